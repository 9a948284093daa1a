"""How far the boxes that YOLO version 3 predicts are from annotations."""

from __future__ import annotations

import torch
from torch import Tensor

from netspec_torch.helpers.boxes import iou
from netspec_torch.helpers.yolo import annotated_boxes


def iou_gradient(box: Tensor, truth: Tensor, *, generalized: bool) -> Tensor:
    """How the IoU of boxes with others changes with their corners, …×4, as if they met wherever they lie.

    generalized: whether it is GIoU.
    """
    side, sign = box[..., 2:] - box[..., :2], box.new_tensor([-1, -1, 1, 1])
    common = torch.minimum(box[..., 2:], truth[..., 2:]) - torch.maximum(box[..., :2], truth[..., :2])
    shared, area = common.prod(-1, keepdim=True), (truth[..., 2:] - truth[..., :2]).prod(-1, keepdim=True)
    union = side.prod(-1, keepdim=True) + area - shared
    inside = torch.cat([box[..., :2] > truth[..., :2], box[..., 2:] < truth[..., 2:]], -1)
    by_shared = sign * inside * common.flip(-1).repeat(1, 2)
    by_union = sign * side.flip(-1).repeat(1, 2) - by_shared
    slope = torch.where(union > 0, (union * by_shared - shared * by_union) / union**2, 0)
    if generalized:
        around = torch.maximum(box[..., 2:], truth[..., 2:]) - torch.minimum(box[..., :2], truth[..., :2])
        hull = around.prod(-1, keepdim=True)
        outside = torch.cat([box[..., :2] < truth[..., :2], box[..., 2:] > truth[..., 2:]], -1)
        by_hull = sign * outside * around.flip(-1).repeat(1, 2)
        slope = slope + torch.where(hull > 0, (hull * by_union - union * by_hull) / hull**2, 0)
    return slope


def giou(box: Tensor, truth: Tensor) -> Tensor:
    """Generalized IoU: less the share that neither covers of the smallest box around both."""
    sides = (torch.minimum(box[..., 2:], truth[..., 2:]) - torch.maximum(box[..., :2], truth[..., :2])).clamp(min=0)
    union = sum((x[..., 2:] - x[..., :2]).prod(-1) for x in (box, truth)) - sides.prod(-1)
    hull = (torch.maximum(box[..., 2:], truth[..., 2:]) - torch.minimum(box[..., :2], truth[..., :2])).prod(-1)
    return iou(box, truth) - (hull - union) / hull


def yolo3_loss(
    prediction: Tensor,
    annotations: Tensor,
    *,
    anchors: list[tuple[float, float]],
    mask: list[int],
    stride: int,
    ignore_threshold: float,
    scales: list[float],
    focal: bool = False,
    logistic: bool = False,
    iou_loss: str = "",
    iou_normalizer: float = 1.0,
) -> Tensor:
    """The sum of the squares of numbers that are its gradient, by the batch size.

    prediction: N×(boxes·(5 + classes))×H×W. annotations: N×M, rows of class, x, y, width, height. anchors: width and
    height of boxes in pixels, of which a cell has those in `mask`. ignore_threshold: the IoU above which a box without
    an object is not judged. scales: of coordinates, of boxes with an object, of classes. focal: whether classes that
    are right count less. logistic: whether the gradient goes through sigmoids. iou_loss: "iou" or "giou" if boxes are
    compared by it, `iou_normalizer` being what that counts.
    """
    n, _, height, width = prediction.shape
    count, (coordinate, object_, class_) = len(mask), scales
    prediction = prediction.reshape(n, count, -1, height, width).permute(0, 3, 4, 1, 2)
    with torch.no_grad():
        x = prediction.detach()
        grid, anchor = x.new_tensor([width, height]), x.new_tensor(anchors) / stride
        places = torch.meshgrid(torch.arange(height).to(x), torch.arange(width).to(x), indexing="ij")
        p = torch.sigmoid(x)
        middle = (p[..., :2] + torch.stack(places[::-1], -1)[:, :, None]) / grid
        size = torch.exp(x[..., 2:4]) * anchor[mask] / grid
        boxes = torch.cat([middle - size / 2, middle + size / 2], -1).reshape(n, -1, 1, 4)
        item, _, truth = annotated_boxes(annotations, rows=False)
        corners = torch.cat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
        ious = iou(boxes, corners)
        ious = torch.where(item == torch.arange(n).to(item)[:, None, None], ious, 0)
        best = torch.nn.functional.pad(ious, (0, 1)).amax(-1).reshape(p.shape[:-1])
        delta = torch.zeros_like(x)
        delta[..., 4] = torch.where(best > ignore_threshold, 0, p[..., 4])
        # Each annotation's cell, and in it the box whose anchor is most like it, if it is one of this mask.
        item, label, truth = annotated_boxes(annotations, rows=False, end=3)
        own_size = torch.cat([-truth[:, 2:], truth[:, 2:]], 1)[:, None]
        alike = iou(torch.cat([-anchor / grid, anchor / grid], -1), own_size)
        slots = torch.tensor([mask.index(k) if k in mask else -1 for k in range(len(anchors))]).to(item)
        chosen = alike.argmax(1)
        there = (slots[chosen] >= 0) & (alike.amax(1) > 0)
        item, label, truth, chosen = item[there], label[there], truth[there], chosen[there]
        cell = torch.minimum((truth[:, :2] * grid).long(), grid.long() - 1).clamp(min=0)
        at = ((item * height + cell[:, 1]) * width + cell[:, 0]) * count + slots[chosen]
        same = at[:, None] == at
        first, last = ~same.tril(-1).any(1), ~same.triu(1).any(1)
        slope = p * (1 - p) if logistic else torch.ones_like(p)
        slope[..., 2:4] = 1
        x, delta, p = x.reshape(-1, x.shape[-1]), delta.reshape(-1, x.shape[-1]), p.reshape(-1, x.shape[-1])
        v, s, own = x[at], p[at], boxes.reshape(-1, 4)[at]
        if iou_loss:
            corners = torch.cat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
            by_low, by_high = iou_gradient(own, corners, generalized=iou_loss == "giou").chunk(2, 1)
            place = torch.cat([-(by_low + by_high), (by_low - by_high) / 2 * torch.exp(v[:, 2:4])], 1) * iou_normalizer
            if logistic:
                slope[..., :2] = prediction[..., :2].detach() * (1 - prediction[..., :2].detach())
        else:
            moved, grown = s[:, :2] - (truth[:, :2] * grid - cell), torch.log(truth[:, 2:] * grid / anchor[chosen])
            place = torch.cat([moved, v[:, 2:4] - grown], 1) * (coordinate * (2 - truth[:, 2:3] * truth[:, 3:4]))
        delta[at[last], :5] = torch.cat([place, object_ * (s[:, 4:5] - 1)], 1)[last]
        s = s[:, 5:]
        classes = class_ * (s - (label[:, None] == torch.arange(s.shape[1]).to(label)).to(s))
        own_class = s.gather(1, label[:, None])
        if focal:
            classes = classes * 0.5 * (own_class - 1) * (2 * own_class * torch.log(own_class + 1e-15) + own_class - 1)
        delta[at[first], 5:] = classes[first]
        if class_:
            delta[at[~first], 5 + label[~first]] = own_class[~first, 0] - 1
        delta = delta.reshape(prediction.shape)
        if iou_loss:
            loss = (delta[..., 4:] ** 2).sum() + iou_normalizer * (1 - giou(own, corners)).sum()
        else:
            loss = (delta**2).sum()
    pull = (prediction * (slope * delta)).sum() / n
    return loss / n + (pull - pull.detach())
