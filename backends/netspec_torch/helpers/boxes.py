"""Boxes: prior ones, decoding, IoU, NMS, detections, proposals."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def prior_boxes(
    *,
    cells: tuple[int, int],
    image: tuple[int, int],
    sizes: list[tuple[float, float]],
    steps: tuple[float, float],
    variances: tuple[float, ...],
    offset: float = 0.5,
    clip: bool = False,
    moved: list[tuple[float, float]] | None = None,
    yx: bool = False,
) -> Tensor:
    """Boxes of some sizes (width, height) around each cell of a feature map, in parts of the image; and variances.

    cells, image: rows and columns. steps: how many pixels they are apart. moved: how far each box is, right and down.
    yx: whether y comes before x.
    """
    rows, columns = ((torch.arange(n) + offset) * step for n, step in zip(cells, steps, strict=True))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    middle, half = torch.stack([x, y], -1)[:, :, None], torch.tensor(sizes, dtype=x.dtype) / 2
    middle = middle if moved is None else middle + torch.tensor(moved, dtype=x.dtype)
    height, width = image
    boxes = torch.cat([middle - half, middle + half], -1) / torch.tensor([width, height, width, height])
    boxes = boxes[..., [1, 0, 3, 2]] if yx else boxes
    boxes = boxes.clamp(0, 1) if clip else boxes
    return torch.stack([boxes.flatten(), torch.tensor(variances).expand_as(boxes).flatten()])[None]


def decode_boxes(offsets: Tensor, prior: Tensor, *, code_type: str) -> Tensor:
    """Boxes (x1, y1, x2, y2) from what a net says of them beside prior ones."""
    size = prior[..., 2:] - prior[..., :2]
    if code_type == "corner":
        return prior + offsets
    if code_type == "corner_size":
        return prior + offsets * torch.cat([size, size], -1)
    middle = offsets[..., :2] * size + (prior[..., :2] + prior[..., 2:]) / 2
    half = torch.exp(offsets[..., 2:]) * size / 2
    return torch.cat([middle - half, middle + half], -1)


def iou(a: Tensor, b: Tensor, *, margin: float = 0.0) -> Tensor:
    """Intersection over union. A side is longer by `margin` than its ends are apart: 1 for pixels."""
    common = torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2]) + margin
    shared = common.clamp(min=0).prod(-1)
    area_a, area_b = ((x[..., 2:] - x[..., :2] + margin).clamp(min=0).prod(-1) for x in (a, b))
    return torch.where(shared > 0, shared / (area_a + area_b - shared), 0)


def nms(
    boxes: Tensor,
    candidates: Tensor,
    *,
    iou_threshold: float,
    eta: float = 1.0,
    margin: float = 0.0,
    inclusive: bool = False,
) -> Tensor:
    """Non-maximum suppression: which candidates among boxes …×K×4, best first, are kept, those whose IoU with each box
    kept before is at most `iou_threshold`.

    eta: what the threshold is multiplied by after each box kept, while it is above 0.5. inclusive: whether an IoU of
    just the threshold is too much.
    """
    kept = torch.zeros_like(candidates)
    thresholds = boxes.new_full(candidates.shape[:-1], iou_threshold)
    for i in range(candidates.shape[-1]):
        ious = iou(boxes[..., i : i + 1, :], boxes[..., :i, :], margin=margin)
        covered = ious >= thresholds[..., None] if inclusive else ious > thresholds[..., None]
        kept[..., i] = candidates[..., i] & ~(kept[..., :i] & covered).any(-1)
        if eta < 1:
            thresholds = torch.where(kept[..., i] & (thresholds > 0.5), thresholds * eta, thresholds)
    return kept


def join_levels(
    *tensors: Tensor, levels: int, num_classes: int, order: str = "", ratios: list[int] | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Locations N×(P·4), scores N×(P·C) and prior boxes 1×2×(P·4) from those of each level: scores, locations, then
    prior boxes, of each or of all. All items have what is predicted for the first one.

    order: "maps" if scores are N×C×R×(H·W) and locations N×(R·4)×H×W, "planes" for N×(C·P) and N×(4·P).
    ratios: R of each level, for "planes" with prior boxes of all levels.
    """
    scores, locations, priors = tensors[:levels], tensors[levels : 2 * levels], tensors[2 * levels :]
    counts = [location[0].numel() // 4 for location in locations]
    if order == "maps":
        ratios = [score.shape[2] for score in scores]
        scores = [score.permute(0, 2, 3, 1) for score in scores]
        locations = [x.reshape(len(x), -1, 4, *x.shape[2:]).permute(0, 1, 3, 4, 2) for x in locations]
    elif order == "planes":
        scores = [score.reshape(len(score), num_classes, -1).transpose(1, 2) for score in scores]
        locations = [x.reshape(len(x), 4, -1).transpose(1, 2) for x in locations]
        priors = priors if ratios else [x.reshape(1, 2, 4, -1).transpose(2, 3).flatten(2) for x in priors]
    prior = torch.cat([x.flatten(2) for x in priors], 2)
    if ratios:
        boxes, variance = prior.reshape(2, -1, 4)
        parts = zip(torch.split(boxes, counts), ratios, strict=True)  # pyright: ignore
        parts = [x.reshape(-1, r, 4).transpose(0, 1).reshape(-1, 4) for x, r in parts]
        prior = torch.stack([torch.cat(parts), variance]).reshape(1, 2, -1)
    location, score = (torch.cat([x.flatten(1) for x in xs], 1) for xs in (locations, scores))
    return location[:1].expand_as(location), score[:1].expand_as(score), prior


@torch.no_grad()
def detection_output(
    location: Tensor,
    score: Tensor,
    prior: Tensor,
    *first: Tensor,
    num_classes: int,
    nms_threshold: float,
    confidence_threshold: float = -math.inf,
    code_type: str = "corner",
    background_label_id: int = 0,
    share_location: bool = True,
    variance_encoded_in_target: bool = False,
    top_k: int | None = None,
    keep_top_k: int | None = None,
    eta: float = 1.0,
    objectness_score: float = 0.01,
) -> Tensor:
    """The boxes found, 1×1×K×7: item, class, score, x1, y1, x2, y2. Of each class the `top_k` best with a
    score above `confidence_threshold` go through NMS, then of each item the `keep_top_k` best are kept.

    first: scores and locations of a first stage, which says where there is an object at all.
    """
    n = len(location)
    score = score.reshape(n, -1, num_classes)
    boxes, variance = prior.reshape(2, -1, 1, 4)
    variance = torch.ones_like(variance) if variance_encoded_in_target else variance
    if first:
        nothing = first[0].reshape(n, -1, 2)[..., 1:] < objectness_score
        score = torch.where(nothing, (torch.arange(num_classes, device=score.device) == 0).to(score), score)
    if len(first) > 1:
        boxes = decode_boxes(first[1].reshape(n, -1, 1, 4) * variance, boxes, code_type=code_type)
    labels = torch.tensor(
        [c for c in range(num_classes) if c != background_label_id], dtype=torch.long, device=score.device
    )
    offsets = location.reshape(n, len(variance), -1, 4) * variance
    boxes = decode_boxes(offsets, boxes, code_type=code_type).transpose(1, 2)
    boxes = boxes.expand(-1, len(labels), -1, -1) if share_location else boxes[:, labels]
    best, order = score.transpose(1, 2)[:, labels].sort(descending=True, stable=True)
    longest = int((best[..., :top_k] > confidence_threshold).any(0).any(0).sum())
    best, order = best[..., :longest], order[..., :longest, None]
    boxes = boxes.take_along_dim(order, 2)
    kept = nms(boxes, best > confidence_threshold, iou_threshold=nms_threshold, eta=eta)
    if keep_top_k is not None:
        rank = torch.where(kept, best, -math.inf).flatten(1).argsort(descending=True, stable=True).argsort()
        kept &= rank.reshape(kept.shape) < keep_top_k
    item, label, _ = kept.nonzero(as_tuple=True)
    if len(item):
        rows = torch.cat([torch.stack([item.to(best), labels[label].to(best), best[kept]], 1), boxes[kept]], 1)
    else:
        rows = torch.cat([torch.arange(n).to(best)[:, None], best.new_full((n, 6), -1)], 1)
    return rows[None, None]


@torch.no_grad()
def proposals(
    scores: Tensor,
    bbox_deltas: Tensor,
    im_info: Tensor,
    *,
    anchors: list[tuple[float, float, float, float]],
    feat_stride: int,
    min_size: float,
    pre_nms_top_n: int,
    post_nms_top_n: int,
    nms_threshold: float,
    small_score: float = -math.inf,
) -> tuple[Tensor, Tensor]:
    """Regions R×5 (item, x1, y1, x2, y2, in pixels) with their scores: anchors around each cell, moved as bbox_deltas
    say, after NMS.

    im_info: height, width and scale of the image. min_size: how long sides have to be before scaling. pre_nms_top_n,
    post_nms_top_n: how many boxes enter NMS, and how many of an item are kept. small_score: the score of those too
    small; −∞ leaves them out.
    """
    n, _, height, width = bbox_deltas.shape
    wide = torch.promote_types(bbox_deltas.dtype, torch.float32)  # half precision is too coarse for places
    bbox_deltas, im_info = bbox_deltas.to(wide), im_info.to(wide)
    base = torch.tensor(anchors).to(bbox_deltas)
    y, x = (feat_stride * torch.arange(size).to(bbox_deltas) for size in (height, width))
    y, x = torch.meshgrid(y, x, indexing="ij")
    boxes = torch.stack([x, y, x, y], -1)[:, :, None] + base
    size = boxes[..., 2:] - boxes[..., :2] + 1
    bbox_deltas = bbox_deltas.reshape(n, len(base), 4, height, width).permute(0, 3, 4, 1, 2)
    middle = bbox_deltas[..., :2] * size + (boxes[..., :2] + size / 2)
    half = torch.exp(bbox_deltas[..., 2:]) * size / 2
    rows, columns, scale, *scales = im_info.flatten().unbind()
    border = torch.stack([columns, rows, columns, rows]) - 1
    boxes = torch.cat([middle - half, middle + half], -1).minimum(border).clamp(min=0)
    shortest = min_size * torch.stack([scales[0] if scales else scale, scale])
    small = (boxes[..., 2:] - boxes[..., :2] + 1 < shortest).any(-1)
    scores = torch.where(small, small_score, scores[:, len(base) :].permute(0, 2, 3, 1)).flatten(1)
    best, order = scores.sort(descending=True, stable=True)
    best, boxes = best[:, :pre_nms_top_n], boxes.flatten(1, 3).take_along_dim(order[:, :pre_nms_top_n, None], 1)
    kept = nms(boxes, best > -math.inf, iou_threshold=nms_threshold, margin=1)
    kept &= kept.cumsum(1) <= post_nms_top_n
    item = kept.nonzero()[:, :1]
    return torch.cat([item.to(boxes), boxes[kept]], 1).to(scores.dtype), best[kept]
