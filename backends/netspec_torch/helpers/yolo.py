"""The boxes that YOLO predicts."""

from __future__ import annotations

import torch
from torch import Tensor

from netspec_torch.helpers.boxes import nms


@torch.no_grad()
def yolo_output(
    *predictions: Tensor,
    anchors: list[list[tuple[float, float]]],
    strides: list[int],
    confidence_threshold: float,
    nms_threshold: float,
    exclusive: bool = False,
) -> Tensor:
    """The boxes found, 1×1×K×7: 0, class + 1, score, x1, y1, x2, y2; what NMS keeps.

    predictions: N×(boxes·(5 + classes))×S×S. anchors: for each of them, width and height of a cell's boxes in pixels,
    which `strides` turns into cells. exclusive: whether a box is of its best class alone, by a softmax.
    """
    boxes: list[Tensor] = []
    scores: list[Tensor] = []
    for x, sizes, stride in zip(predictions, anchors, strides, strict=True):
        side = x.shape[3]
        x = x.reshape(len(x), len(sizes), -1, side, side).permute(0, 3, 4, 1, 2)
        cells = torch.arange(side).to(x)
        rows, columns = torch.meshgrid(cells, cells, indexing="ij")
        middle = (torch.sigmoid(x[..., :2]) + torch.stack([columns, rows], -1)[:, :, None]) / side
        half = torch.exp(x[..., 2:4]) * torch.tensor(sizes).to(x) / (2 * stride * side)
        boxes.append(torch.cat([middle - half, middle + half], -1).reshape(-1, 4))
        classes = torch.softmax(x[..., 5:], -1) if exclusive else torch.sigmoid(x[..., 5:])
        scores.append((torch.sigmoid(x[..., 4:5]) * classes).flatten(0, -2))
    score = torch.cat(scores)
    if exclusive:
        best, label = score.max(1)
        at = (best >= confidence_threshold).nonzero()[:, 0]
        best, label = best[at], label[at]
    else:
        at, label = (score > confidence_threshold).nonzero(as_tuple=True)
        best = score[at, label]
    best, order = best.sort(descending=True, stable=True)
    box, label = torch.cat(boxes)[at[order]], label[order]
    kept = nms(box, torch.ones_like(best, dtype=torch.bool), iou_threshold=nms_threshold, inclusive=True)
    rows = torch.cat([torch.stack([torch.zeros_like(best), label.to(best) + 1, best], 1), box], 1)[kept]
    if not len(rows):
        items = torch.arange(len(predictions[0])).to(best)
        rows = torch.cat([items[:, None], best.new_full((len(items), 6), -1)], 1)
    return rows[None, None]
