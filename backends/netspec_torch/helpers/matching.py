"""Which boxes are trained to be what: the loss of single-shot detectors."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from netspec_torch.helpers.boxes import decode_boxes, iou


def first_boxes(
    prior: Tensor, location: Tensor | None, *, code_type: str, encode_variance_in_target: bool
) -> tuple[Tensor, Tensor]:
    """Prior boxes and their variances; the boxes where a first stage has moved them, if its locations are given."""
    boxes, variance = prior.detach().reshape(2, -1, 4)
    if location is None:
        return boxes, variance
    offsets = location.detach().reshape(-1, *boxes.shape)
    offsets = offsets if encode_variance_in_target else offsets * variance
    return decode_boxes(offsets, boxes, code_type=code_type), variance


def encode_boxes(boxes: Tensor, prior: Tensor, *, code_type: str) -> Tensor:
    """What a net has to say of boxes (x1, y1, x2, y2) beside prior ones: the inverse of `decode_boxes`."""
    size = prior[..., 2:] - prior[..., :2]
    if code_type == "corner":
        return boxes - prior
    if code_type == "corner_size":
        return (boxes - prior) / torch.cat([size, size], -1)
    middle = (boxes[..., :2] + boxes[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2
    return torch.cat([middle / size, torch.log((boxes[..., 2:] - boxes[..., :2]) / size)], -1)


def pair_up(ious: Tensor, *, overlap_threshold: float) -> Tensor:
    """The column that each row of P×G is matched with; −1 for none. The largest element of all matches its row and its
    column, then the largest of those left, and so on; rows left take their largest one, from `overlap_threshold` on.
    """
    matched, left = torch.full_like(ious[:, 0], -1, dtype=torch.long), ious.clone()
    while left.max() > 1e-6:
        row, column = divmod(int(left.argmax()), left.shape[1])
        matched[row] = column
        left[row], left[:, column] = 0, 0
    best, column = ious.max(1)
    return torch.where((matched < 0) & (best >= overlap_threshold), column, matched)


@torch.no_grad()
def match_annotations(
    location: Tensor,
    prior: Tensor,
    annotations: Tensor,
    *first: Tensor,
    overlap_threshold: float = math.inf,
    background_label_id: int = 0,
    neg_overlap: float = 0.5,
    use_difficult_gt: bool = True,
    one_object: bool = False,
    ignore_cross_boundary_bbox: bool = False,
    predicted: bool = False,
    code_type: str = "corner",
    encode_variance_in_target: bool = False,
    objectness_score: float = 0.01,
) -> tuple[Tensor, Tensor]:
    """The annotation of each prior box, N×P×8: item (−1: there is none), class, number, x1, y1, x2, y2, difficult. And
    which boxes without one may be negatives: those whose IoU with all annotations of the item is below `neg_overlap`.

    first: scores of a first stage, which must be `objectness_score` for a negative, and its locations, which move the
    prior boxes. one_object: give all the class behind background. ignore_cross_boundary_bbox: leave boxes out that go
    beyond the image. predicted: match the boxes predicted beside the prior ones.
    """
    n = len(location)
    moved = location if predicted else first[1] if len(first) > 1 else None
    boxes, _ = first_boxes(prior, moved, code_type=code_type, encode_variance_in_target=encode_variance_in_target)
    candidates = boxes.expand(n, -1, 4)
    usable = ((candidates >= 0) & (candidates <= 1)).all(-1) | (not ignore_cross_boundary_bbox)
    rows = annotations.reshape(-1, 8)
    rows = rows if use_difficult_gt else rows[rows[:, 7] == 0]
    if one_object:
        rows = torch.cat([rows[:, :1], torch.full_like(rows[:, :1], background_label_id + 1), rows[:, 2:]], 1)
    nothing = rows.new_tensor([[-1, background_label_id, 0, 0, 0, 0, 0, 0]])
    found: list[Tensor] = []
    largest: list[Tensor] = []
    for i in range(n):
        mine = torch.cat([rows[rows[:, 0].trunc() == i], nothing])
        ious = iou(candidates[i][:, None], mine[:, 3:7]) * usable[i][:, None]
        found.append(mine[pair_up(ious, overlap_threshold=overlap_threshold)])
        largest.append(ious.amax(1) if len(mine) > 1 else torch.full_like(ious[:, 0], math.inf))
    truth = torch.stack(found)
    negative = (truth[..., 0] == -1) & (torch.stack(largest) < neg_overlap) & usable
    return truth, negative & (first[0].reshape(n, -1, 2)[..., 1] >= objectness_score) if first else negative


def multibox_loss(
    location: Tensor,
    score: Tensor,
    prior: Tensor,
    truth: Tensor,
    negative: Tensor,
    first: Tensor | None = None,
    *,
    num_classes: int,
    neg_pos_ratio: float | None = None,
    sample_size: int | None = None,
    code_type: str = "corner",
    loc_weight: float = 1.0,
    l2: bool = False,
    logistic: bool = False,
    share_location: bool = True,
    encode_variance_in_target: bool = False,
    bp_inside: bool = False,
    divisor: str = "matches",
) -> Tensor:
    """The loss of the locations of boxes that match annotations, and of the classes of these and of negatives.

    truth, negative: of `match_annotations`. first: the locations of a first stage, which move the prior boxes.
    neg_pos_ratio: how many negatives count for each match of an item, those with the greatest loss first; None: all
    boxes count.
    sample_size: only so many boxes of an item count, matched or not: those with the greatest loss of location and
    class. bp_inside: leave coordinates out that those boxes have beyond the image.
    """
    boxes, variance = first_boxes(
        prior, first, code_type=code_type, encode_variance_in_target=encode_variance_in_target
    )
    positive, label = truth[..., 0] > -1, truth[..., 1].long()
    score = score.reshape(*label.shape, num_classes)
    location = location.reshape(*label.shape, -1, 4)
    location = location[:, :, 0] if share_location else location.take_along_dim(label[..., None, None], 2)[:, :, 0]
    target = encode_boxes(truth[..., 3:7], boxes, code_type=code_type) / variance
    counted = positive[..., None] & ((boxes >= 0) & (boxes <= 1) | (not bp_inside))
    difference = (location / variance if encode_variance_in_target else location) - target
    if logistic:
        labels = F.one_hot(label, num_classes).to(score)
        losses = F.binary_cross_entropy_with_logits(score, labels, reduction="none").sum(-1)
    else:
        losses = F.cross_entropy(score.transpose(1, 2), label, reduction="none")
        losses = losses - (losses.detach() + math.log(2**-126)).clamp(min=0)  # no logarithm of less than FLT_MIN
    if neg_pos_ratio is not None:
        order = torch.where(negative, losses.detach(), -math.inf).argsort(dim=1, descending=True, stable=True)
        most = (positive.sum(1, keepdim=True) * neg_pos_ratio).floor()
        losses = losses[positive | (negative & (order.argsort(1) < most))]
    if sample_size is not None:
        size = torch.where(counted, difference.detach(), 0).abs()
        far = torch.where((size < 1) | l2, size**2 / 2, size - 0.5).sum(-1)
        chosen = (losses.detach() + far).argsort(dim=1, descending=True, stable=True).argsort(1) < sample_size
        positive, negative, counted = positive & chosen, negative & chosen, counted & chosen[..., None]
        losses = losses[positive | negative]
    difference = difference[counted]
    zeros = torch.zeros_like(difference)
    moved = difference.square() / 2 if l2 else F.smooth_l1_loss(difference, zeros, reduction="none")
    sizes = {"matches": positive.sum().clamp(min=1), "boxes": positive.numel(), "items": len(positive), "one": 1}
    return (loc_weight * moved.sum() + losses.sum()) / sizes[divisor]
