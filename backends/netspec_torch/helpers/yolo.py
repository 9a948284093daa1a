"""The boxes that YOLO predicts, and how far they are from annotations."""

from __future__ import annotations

import torch
from torch import Tensor

from netspec_torch.helpers.boxes import iou, nms


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


def annotated_boxes(annotations: Tensor, *, rows: bool, end: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """Item, class, and box (middle and size) of what is annotated.

    annotations: with `rows` of item, class from 1, number, x1, y1, x2, y2, difficult, where an item of −1 is none; else
    N×M, rows of class, x, y, width, height for each item, until number `end` of them is 0.
    """
    if rows:
        table = annotations.reshape(-1, 8)
        table = table[table[:, 0] >= 0]
        low, high = table[:, 3:5], table[:, 5:7]
        return table[:, 0].long(), table[:, 1].long() - 1, torch.cat([(low + high) / 2, high - low], 1)
    table = annotations.reshape(len(annotations), -1, 5)
    there = (table[..., end] != 0).long().cumprod(1) > 0
    found = table[there]
    return there.nonzero()[:, 0], found[:, 0].long(), found[:, 1:]


def region_loss(
    prediction: Tensor,
    annotations: Tensor,
    *,
    anchors: list[tuple[float, float]],
    ignore_threshold: float,
    scales: list[float],
    rows: bool = False,
    bias_match: bool = True,
    rescore: bool = True,
    averaged: bool = False,
) -> Tensor:
    """The sum of the squares of numbers that are its gradient by the batch size.

    prediction: N×(boxes·(5 + classes))×H×W. anchors: width and height of a cell's boxes. ignore_threshold: the IoU
    above which a box without an object is not judged. scales: of coordinates, of boxes with an object, of those without
    one, of classes. bias_match: whether the anchor decides which box an annotation is, or the box predicted. averaged:
    whether the sum is divided by the batch size, and without `rescore` coordinates of small boxes count more.
    """
    n, _, height, width = prediction.shape
    count, (coordinate, object_, nothing, class_) = len(anchors), scales
    prediction = prediction.reshape(n, count, -1, height, width).permute(0, 3, 4, 1, 2)
    with torch.no_grad():
        x = prediction.detach()
        grid, anchor = x.new_tensor([width, height]), x.new_tensor(anchors)
        places = torch.meshgrid(torch.arange(height).to(x), torch.arange(width).to(x), indexing="ij")
        middle = (torch.sigmoid(x[..., :2]) + torch.stack(places[::-1], -1)[:, :, None]) / grid
        size = torch.exp(x[..., 2:4]) * anchor / grid
        score, p = torch.sigmoid(x[..., 4]), torch.softmax(x[..., 5:], -1)
        boxes = torch.cat([middle - size / 2, middle + size / 2], -1).reshape(n, -1, 1, 4)
        item, label, truth = annotated_boxes(annotations, rows=rows)
        corners = torch.cat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
        ious = iou(boxes, corners)
        ious = torch.where(item == torch.arange(n).to(item)[:, None, None], ious, 0)
        best = torch.nn.functional.pad(ious, (0, 1)).amax(-1).reshape(score.shape)
        delta = torch.zeros_like(x)
        delta[..., 4] = torch.where(best > ignore_threshold, 0, nothing * score * score * (1 - score))
        # Each annotation's cell, and in it the box that is most like it.
        cell = torch.minimum((truth[:, :2] * grid).long(), grid.long() - 1).clamp(min=0)
        sizes = (anchor / grid).expand(len(truth), -1, -1) if bias_match else size[item, cell[:, 1], cell[:, 0]]
        alike = iou(torch.cat([-sizes, sizes], -1), torch.cat([-truth[:, 2:], truth[:, 2:]], 1)[:, None])
        own = alike.argmax(1)
        at = ((item * height + cell[:, 1]) * width + cell[:, 0]) * count + own
        last = ~(at[:, None] == at).triu(1).any(1)
        x, delta = x.reshape(-1, x.shape[-1]), delta.reshape(-1, x.shape[-1])
        v, s = x[at], torch.sigmoid(x[at][:, :2])
        wanted = iou(boxes.reshape(-1, 4)[at], corners) if rescore else torch.ones_like(score.flatten()[at])
        score, p = score.flatten()[at], p.reshape(-1, p.shape[-1])[at]
        moved = (s - (truth[:, :2] * grid - cell)) * s * (1 - s)
        grown = v[:, 2:4] - torch.log(truth[:, 2:] * grid / anchor[own])
        right = (label[:, None] == torch.arange(p.shape[-1]).to(label)).to(p)
        near = coordinate * (2 - truth[:, 2:3] * truth[:, 3:]) if averaged and not rescore else coordinate
        object_delta = object_ * (score - wanted) * score * (1 - score)
        new = torch.cat([near * moved, near * grown, object_delta[:, None], class_ * (p - right)], 1)
        delta[at[last]] = new[last]
        delta = delta.reshape(prediction.shape)
    pull = (prediction * delta).sum() / n
    return (delta**2).sum() / (n if averaged else 1) + (pull - pull.detach())
