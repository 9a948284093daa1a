"""How far what YOLO version 3 predicts is from annotations: annotation by annotation."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.yolo3 import IouLoss, Yolov3
from netspec_numpy.boxes import iou
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values
from netspec_numpy.yolo import Truths, annotated, corners, region, sigmoid


def loss(layer: Yolov3, place: Place) -> tuple[Values, ...]:
    x, annotations = place.inputs
    n, _, height, width = x.shape
    biases: Values = np.asarray(layer.all_anchors(), float) / layer.anchors_scale
    mask, grid = list(layer.mask[: layer.num]), np.asarray((width, height), float)
    x = x.reshape(n, layer.num, -1, height, width)
    seen, used = annotated(annotations, False, n), annotated(annotations, False, n, end=3)
    delta, apart = np.zeros_like(x), 0.0
    for item, b, row, column in np.ndindex(n, layer.num, height, width):
        numbers, mine = x[item, b, :, row, column], seen[int(item)]
        box = region(numbers, (column, row), biases[mask[b]], grid)
        if max((iou(box, corners(truth)) for _, truth in mine), default=0.0) <= layer.thresh:
            delta[item, b, 4, row, column] = sigmoid(numbers[4])
    for item, truths in enumerate(used):
        for label, truth, b in _chosen(truths, biases, mask, grid):
            column, row = np.clip(np.trunc(truth[:2] * grid), 0, grid - 1).astype(int)
            bias, numbers = biases[mask[b]], x[item, b, :, row, column]
            box, new, p = region(numbers, (column, row), bias, grid), delta[item, b, :, row, column], sigmoid(numbers)
            if layer.iou_loss is IouLoss.MSE:
                k = layer.coord_scale * (2 - truth[2] * truth[3])
                new[:2] = k * (p[:2] - (truth[:2] * grid - (column, row)))
                new[2:4] = k * (numbers[2:4] - np.log(truth[2:] * grid / bias))
            else:
                low, high = np.split(_iou_gradient(box, corners(truth), layer.iou_loss is IouLoss.GIOU), 2)
                new[:2] = -layer.iou_normalizer * (low + high)
                new[2:4] = -layer.iou_normalizer * (high - low) / 2 * np.exp(numbers[2:4])
                apart += 1 - _giou(box, corners(truth))
            new[4] = (p[4] - 1) * (layer.object_scale if layer.use_logic_gradient else 1)
            if new[5]:
                new[5 + label] = p[5 + label] - 1
                continue
            new[5:] = layer.class_scale * (p[5:] - (np.arange(layer.num_class) == label))
            if layer.use_focal_loss:
                q = p[5 + label]
                new[5:] *= 0.5 * (q - 1) * (2 * q * np.log(q + 1e-15) + q - 1)
    if layer.iou_loss is IouLoss.MSE:
        return (np.sum(delta**2) / n,)
    return ((np.sum(delta[:, :, 4:] ** 2) + layer.iou_normalizer * apart) / n,)


def _chosen(truths: Truths, biases: Values, mask: list[int], grid: Values) -> list[tuple[int, Values, int]]:
    """The annotations of this bottom, and which of a cell's boxes each belongs to."""
    found: list[tuple[int, Values, int]] = []
    for label, truth in truths:
        half = np.concatenate([-truth[2:], truth[2:]]) / 2 * np.tile(grid, 2)
        alike = [iou(np.concatenate([-size, size]) / 2, half) for size in biases]
        best = int(np.argmax(alike))
        if alike[best] > 0 and best in mask:
            found.append((label, truth, mask.index(best)))
    return found


def _iou_gradient(box: Values, truth: Values, generalized: bool) -> Values:
    """How the IoU, as if boxes met, changes with the left, upper, right and lower side of the first."""
    side, common = box[2:] - box[:2], np.minimum(box[2:], truth[2:]) - np.maximum(box[:2], truth[:2])
    around = np.maximum(box[2:], truth[2:]) - np.minimum(box[:2], truth[:2])
    shared, hull = common.prod(), around.prod()
    union = side.prod() + (truth[2:] - truth[:2]).prod() - shared
    found: Values = np.zeros(4)
    for i in range(4):
        k, sign = i % 2, 1 if i > 1 else -1
        by_shared = sign * common[1 - k] if sign * (truth[i] - box[i]) > 0 else 0.0
        by_hull = sign * around[1 - k] if sign * (truth[i] - box[i]) < 0 else 0.0
        by_union = sign * side[1 - k] - by_shared
        if union > 0:
            found[i] = (union * by_shared - shared * by_union) / union**2
        if generalized and hull > 0:
            found[i] += (hull * by_union - union * by_hull) / hull**2
    return found


def _giou(box: Values, truth: Values) -> float:
    """Generalized IoU: less the share that neither covers of the smallest box around both."""
    common = np.maximum(np.minimum(box[2:], truth[2:]) - np.maximum(box[:2], truth[:2]), 0)
    union = (box[2:] - box[:2]).prod() + (truth[2:] - truth[:2]).prod() - common.prod()
    hull = (np.maximum(box[2:], truth[2:]) - np.minimum(box[:2], truth[:2])).prod()
    return float(common.prod() / union - (hull - union) / hull)


MEANINGS: dict[type[Layer], Meaning] = {Yolov3: loss}
