"""How far the boxes that YOLO predicts are from annotations cell by cell."""

from __future__ import annotations

import torch
from torch import Tensor

from netspec_torch.helpers.boxes import iou


def cell_loss(
    prediction: Tensor,
    annotations: Tensor,
    *,
    anchors: list[tuple[float, float]],
    mask: list[int],
    ignore_threshold: float,
    scales: list[float],
    exclusive: bool = False,
    rescore: bool = False,
) -> Tensor:
    """A sum of squares, with a gradient of its own.

    prediction: N×(boxes·(5 + classes))×S×S. annotations: of each item by cells whether it is difficult, whether there
    is an object, its class, and then x, y, width and height of each cell. anchors: width and height, of which a cell
    has those in `mask`. scales: of coordinates, of boxes with an object, of those without one, of classes. exclusive:
    whether classes exclude each other, and boxes whose IoU is above `ignore_threshold` are not judged. rescore: whether
    a box should score its IoU.
    """
    n, _, side, _ = prediction.shape
    count, (coordinate, object_, nothing, class_) = len(mask), scales
    prediction = prediction.reshape(n, count, -1, side, side).permute(0, 3, 4, 1, 2)
    with torch.no_grad():
        x, cells = prediction.detach(), side * side
        anchor = x.new_tensor(anchors)
        places = torch.meshgrid(torch.arange(side).to(x), torch.arange(side).to(x), indexing="ij")
        s = torch.sigmoid(x[..., :5])
        p = torch.softmax(x[..., 5:], -1) if exclusive else torch.sigmoid(x[..., 5:])
        middle = (s[..., :2] + torch.stack(places[::-1], -1)[:, :, None]) / side
        half = torch.exp(x[..., 2:4]) * anchor[mask] / 2
        boxes = torch.cat([middle - half, middle + half], -1).reshape(n, -1, 1, 4)
        table = annotations.reshape(n, 7 * cells)
        item, cell = (table[:, cells : 2 * cells] != 0).nonzero(as_tuple=True)
        truth = table[:, 3 * cells :].reshape(n, cells, 4)[item, cell]
        corners = torch.cat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
        ious = torch.where(item == torch.arange(n).to(item)[:, None, None], iou(boxes, corners), 0)
        judged = (torch.nn.functional.pad(ious, (0, 1)).amax(-1) <= ignore_threshold).reshape(s.shape[:-1])
        score = s[..., 4]
        idle = nothing * (score**2 * judged if exclusive else score**2).sum()
        # Each annotation's cell, and in it the box whose anchor is most like it, if it is one of this mask.
        own_size = torch.cat([-truth[:, 2:], truth[:, 2:]], 1)[:, None]
        chosen = iou(torch.cat([-anchor, anchor], -1), own_size).argmax(1)
        slots = torch.tensor([mask.index(k) if k in mask else -1 for k in range(len(anchors))]).to(item)
        there = slots[chosen] >= 0
        item, truth, corners, chosen = item[there], truth[there], corners[there], chosen[there]
        column, row = (truth[:, :2] * side).long().clamp(0, side - 1).unbind(1)
        at = ((item * side + row) * side + column) * count + slots[chosen]
        label = table[:, 2 * cells : 3 * cells].long()[item, row * side + column]
        same = at[:, None] == at
        first, last = ~same.tril(-1).any(1), ~same.triu(1).any(1)
        v, own, named = x.reshape(-1, x.shape[-1])[at], s.reshape(-1, 5)[at], p.reshape(-1, p.shape[-1])[at]
        near = coordinate * (2 - truth[:, 2:3] * truth[:, 3:])
        moved = own[:, :2] - (truth[:, :2] * side - torch.stack([column, row], 1))
        grown = v[:, 2:4] - torch.log(truth[:, 2:] / anchor[chosen])
        gap = own[:, 4] - (iou(boxes.reshape(-1, 4)[at], corners) if rescore else 1)
        wrong = named - (label[:, None] == torch.arange(named.shape[1]).to(label)).to(named)
        counted = last if exclusive else first
        loss = (near * (moved**2 + grown**2)).sum() + object_ * (gap**2).sum()
        loss = loss + class_ * (wrong if exclusive else wrong[first]).pow(2).sum()
        loss = loss / len(at) + idle / (score.numel() - len(at))
        slope = own * (1 - own)
        place = torch.cat([near * moved * slope[:, :2], near * grown, (object_ * gap * slope[:, 4])[:, None]], 1)
        delta = torch.zeros_like(x)
        delta[..., 4] = judged * nothing * score * score * (1 - score)
        delta = delta.reshape(-1, x.shape[-1])
        delta[at[last], :5] = place[last]
        delta[at[counted], 5:] = class_ * wrong[counted]
        if not exclusive:
            delta[at[~first], 5 + label[~first]] = named[~first].gather(1, label[~first][:, None])[:, 0] - 1
        delta = delta.reshape(prediction.shape)
    pull = (prediction * delta).sum() / n
    return loss + (pull - pull.detach())
