"""Which boxes are trained to be what: the loss of single-shot detectors."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from netspec_torch.helpers.boxes import decode_boxes, overlaps


def first_boxes(
    prior: Tensor, location: Tensor | None, *, code: str, variance_in_target: bool
) -> tuple[Tensor, Tensor]:
    """Prior boxes and their variances; the boxes where a first stage has moved them, if its locations are given."""
    boxes, variance = prior.detach().reshape(2, -1, 4)
    if location is None:
        return boxes, variance
    offsets = location.detach().reshape(-1, *boxes.shape)
    return decode_boxes(offsets if variance_in_target else offsets * variance, boxes, code=code), variance


def encode_boxes(boxes: Tensor, prior: Tensor, *, code: str) -> Tensor:
    """What a net has to say of boxes (x1, y1, x2, y2) beside prior ones: the inverse of `decode_boxes`."""
    size = prior[..., 2:] - prior[..., :2]
    if code == "corner":
        return boxes - prior
    if code == "corner_size":
        return (boxes - prior) / torch.cat([size, size], -1)
    middle = (boxes[..., :2] + boxes[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2
    return torch.cat([middle / size, torch.log((boxes[..., 2:] - boxes[..., :2]) / size)], -1)


def pair_up(overlap: Tensor, *, threshold: float) -> Tensor:
    """The column that each row of P×G is matched with; −1 for none. The largest element of all matches its row and its
    column, then the largest of those left, and so on; rows left take their largest one, if it is at least `threshold`.
    """
    matched, left = torch.full_like(overlap[:, 0], -1, dtype=torch.long), overlap.clone()
    while left.max() > 1e-6:
        row, column = divmod(int(left.argmax()), left.shape[1])
        matched[row] = column
        left[row], left[:, column] = 0, 0
    best, column = overlap.max(1)
    return torch.where((matched < 0) & (best >= threshold), column, matched)


@torch.no_grad()
def match_annotations(
    location: Tensor,
    prior: Tensor,
    annotations: Tensor,
    *first: Tensor,
    threshold: float = math.inf,
    background: int = 0,
    below: float = 0.5,
    difficult: bool = True,
    one_object: bool = False,
    inside: bool = False,
    predicted: bool = False,
    code: str = "corner",
    variance_in_target: bool = False,
    objectness: float = 0.01,
) -> tuple[Tensor, Tensor]:
    """The annotation of each prior box, N×P×8: item (−1: there is none), class, number, x1, y1, x2, y2, difficult. And
    which boxes without one may be negatives: those that overlap all annotations of the item by less than `below`.

    first: scores of a first stage, which must be `objectness` for a negative, and its locations, which move the prior
    boxes. one_object: give all the class behind background. inside: leave boxes out that go beyond the image.
    predicted: match the boxes predicted beside the prior ones.
    """
    n = len(location)
    moved = location if predicted else first[1] if len(first) > 1 else None
    candidates = first_boxes(prior, moved, code=code, variance_in_target=variance_in_target)[0].expand(n, -1, 4)
    usable = ((candidates >= 0) & (candidates <= 1)).all(-1) | (not inside)
    rows = annotations.reshape(-1, 8)
    rows = rows if difficult else rows[rows[:, 7] == 0]
    if one_object:
        rows = torch.cat([rows[:, :1], torch.full_like(rows[:, :1], background + 1), rows[:, 2:]], 1)
    nothing = rows.new_tensor([[-1, background, 0, 0, 0, 0, 0, 0]])
    found: list[Tensor] = []
    largest: list[Tensor] = []
    for i in range(n):
        mine = torch.cat([rows[rows[:, 0].trunc() == i], nothing])
        overlap = overlaps(candidates[i][:, None], mine[:, 3:7]) * usable[i][:, None]
        found.append(mine[pair_up(overlap, threshold=threshold)])
        largest.append(overlap.amax(1) if len(mine) > 1 else torch.full_like(overlap[:, 0], math.inf))
    truth = torch.stack(found)
    negative = (truth[..., 0] == -1) & (torch.stack(largest) < below) & usable
    return truth, negative & (first[0].reshape(n, -1, 2)[..., 1] >= objectness) if first else negative


def multibox_loss(
    location: Tensor,
    score: Tensor,
    prior: Tensor,
    truth: Tensor,
    negative: Tensor,
    first: Tensor | None = None,
    *,
    classes: int,
    ratio: float | None = None,
    sample: int | None = None,
    code: str = "corner",
    weight: float = 1.0,
    l2: bool = False,
    logistic: bool = False,
    share_location: bool = True,
    variance_in_target: bool = False,
    inside: bool = False,
    divisor: str = "matches",
) -> Tensor:
    """The loss of the locations of boxes that match annotations, and of the classes of these and of negatives.

    truth, negative: of `match_annotations`. first: the locations of a first stage, which move the prior boxes. ratio:
    how many negatives count for each match of an item, those with the greatest loss first; None: all boxes count.
    sample: only so many boxes of an item count, matched or not: those with the greatest loss of location and class.
    inside: leave coordinates out that those boxes have beyond the image.
    """
    boxes, variance = first_boxes(prior, first, code=code, variance_in_target=variance_in_target)
    positive, label = truth[..., 0] > -1, truth[..., 1].long()
    score = score.reshape(*label.shape, classes)
    location = location.reshape(*label.shape, -1, 4)
    location = location[:, :, 0] if share_location else location.take_along_dim(label[..., None, None], 2)[:, :, 0]
    target = encode_boxes(truth[..., 3:7], boxes, code=code) / variance
    counted = positive[..., None] & ((boxes >= 0) & (boxes <= 1) | (not inside))
    difference = (location / variance if variance_in_target else location) - target
    if logistic:
        labels = F.one_hot(label, classes).to(score)
        losses = F.binary_cross_entropy_with_logits(score, labels, reduction="none").sum(-1)
    else:
        losses = F.cross_entropy(score.transpose(1, 2), label, reduction="none")
        losses = losses - (losses.detach() + math.log(2**-126)).clamp(min=0)  # no logarithm of less than FLT_MIN
    if ratio is not None:
        order = torch.where(negative, losses.detach(), -math.inf).argsort(dim=1, descending=True, stable=True)
        most = (positive.sum(1, keepdim=True) * ratio).floor()
        losses = losses[positive | (negative & (order.argsort(1) < most))]
    if sample is not None:
        size = torch.where(counted, difference.detach(), 0).abs()
        far = torch.where((size < 1) | l2, size**2 / 2, size - 0.5).sum(-1)
        chosen = (losses.detach() + far).argsort(dim=1, descending=True, stable=True).argsort(1) < sample
        positive, negative, counted = positive & chosen, negative & chosen, counted & chosen[..., None]
        losses = losses[positive | negative]
    difference = difference[counted]
    zeros = torch.zeros_like(difference)
    moved = difference.square() / 2 if l2 else F.smooth_l1_loss(difference, zeros, reduction="none")
    sizes = {"matches": positive.sum().clamp(min=1), "boxes": positive.numel(), "items": len(positive), "one": 1}
    return (weight * moved.sum() + losses.sum()) / sizes[divisor]
