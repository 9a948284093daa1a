"""What YOLO has found, and how far that is from annotations: box by box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.yolo import RegionLoss, YoloDetectionOutput, Yolov3DetectionOutput
from netspec_numpy.boxes import iou, nms
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

Anchors = Sequence[tuple[float, float]]
Truths = list[tuple[int, Values]]  # classes and boxes, by their middle and size


def yolo2(layer: YoloDetectionOutput, place: Place) -> tuple[Values, ...]:
    found: list[tuple[float, int, Values]] = []
    for x in place.inputs[:2]:
        for box, numbers in _boxes(x, layer.anchors(), 1):
            classes = np.exp(numbers[1:] - numbers[1:].max())
            label = int(classes.argmax())
            score = sigmoid(numbers[0]) * classes[label] / classes.sum()
            if score >= layer.confidence_threshold:
                found.append((float(score), label, box))
    return (_kept(found, layer.nms_threshold, len(place.inputs[0])),)


def yolo3(layer: Yolov3DetectionOutput, place: Place) -> tuple[Values, ...]:
    found: list[tuple[float, int, Values]] = []
    for x, anchors, stride in zip(place.inputs, layer.anchors(len(place.inputs)), layer.anchors_scale, strict=False):
        for box, numbers in _boxes(x, anchors, stride):
            scores = sigmoid(numbers[0]) * sigmoid(numbers[1:])
            found += [(float(scores[c]), int(c), box) for c in np.flatnonzero(scores > layer.confidence_threshold)]
    return (_kept(found, layer.nms_threshold, len(place.inputs[0])),)


def region_loss(layer: RegionLoss, place: Place) -> tuple[Values, ...]:
    param, biases = layer.region_loss_param, np.asarray(layer.anchors(), float)
    x, annotations = place.inputs[:2]
    n, _, height, width = x.shape
    x, grid = x.reshape(n, param.num, -1, height, width), np.asarray((width, height), float)
    truths, averaged = annotated(annotations, layer.rows(place.site), n), layer.averaged(place.site)
    delta = np.zeros_like(x)
    for item, b, row, column in np.ndindex(n, param.num, height, width):
        numbers = x[item, b, :, row, column]
        score, box = sigmoid(numbers[4]), region(numbers, (column, row), biases[b], grid)
        mine: Truths = truths[int(item)]
        if max((iou(box, corners(truth)) for _, truth in mine), default=0.0) <= param.thresh:
            delta[item, b, 4, row, column] = param.noobject_scale * score * score * (1 - score)
    for item in range(n):
        for label, truth in truths[item]:
            column, row = np.clip(np.trunc(truth[:2] * grid), 0, grid - 1).astype(int)
            sizes = biases if param.bias_match else biases * np.exp(x[item, :, 2:4, row, column])
            half = np.concatenate([-truth[2:], truth[2:]]) / 2
            b = int(np.argmax([iou(np.concatenate([-size, size]) / 2, half * np.tile(grid, 2)) for size in sizes]))
            v = x[item, b, :, row, column]
            s, score = sigmoid(v[:2]), sigmoid(v[4])
            box = region(v, (column, row), biases[b], grid)
            wanted = iou(box, corners(truth)) if param.rescore else 1.0
            p = np.exp(v[5:] - v[5:].max())
            new = delta[item, b, :, row, column]
            weight = param.coord_scale
            if averaged and not param.rescore:
                weight *= 2 - truth[2] * truth[3]
            new[:2] = weight * (s - (truth[:2] * grid - (column, row))) * s * (1 - s)
            new[2:4] = weight * (v[2:4] - np.log(truth[2:] * grid / biases[b]))
            new[4] = param.object_scale * (score - wanted) * score * (1 - score)
            new[5:] = param.class_scale * (p / p.sum() - (np.arange(len(p)) == label))
    return (np.sum(delta**2) / (n if averaged else 1),)


def annotated(annotations: Values, rows: bool, n: int, end: int = 1) -> list[Truths]:
    """For each item the classes and boxes (middle and size) that are annotated, up to where number `end` is 0."""
    found: list[Truths] = [[] for _ in range(n)]
    if rows:
        for row in annotations.reshape(-1, 8):
            if row[0] >= 0:
                box = np.concatenate([(row[3:5] + row[5:7]) / 2, row[5:7] - row[3:5]])
                found[int(row[0])].append((int(row[1]) - 1, box))
        return found
    for item, table in enumerate(annotations.reshape(n, -1, 5)):
        for row in table:
            if row[end] == 0:
                break
            found[item].append((int(row[0]), row[1:]))
    return found


def region(numbers: Values, cell: tuple[int, int], bias: Values, grid: Values) -> Values:
    """The box that is predicted, by its corners."""
    return corners(np.concatenate([(sigmoid(numbers[:2]) + cell) / grid, np.exp(numbers[2:4]) * bias / grid]))


def corners(box: Values) -> Values:
    return np.concatenate([box[:2] - box[2:] / 2, box[:2] + box[2:] / 2])


def _boxes(x: Values, anchors: Anchors, stride: int) -> list[tuple[Values, Values]]:
    """Each box, and what is predicted of its object and classes."""
    height, width = x.shape[2:]
    x, grid = x.reshape(len(x), len(anchors), -1, height, width), np.asarray((width, height), float)
    found: list[tuple[Values, Values]] = []
    for item, row, column, n in np.ndindex(len(x), height, width, len(anchors)):
        numbers = x[item, n, :, row, column]
        cell: Values = np.asarray((column, row), float)
        middle = (sigmoid(numbers[:2]) + cell) / grid
        half = np.exp(numbers[2:4]) * np.asarray(anchors[n], float) / (2 * stride * grid)
        found.append((np.concatenate([middle - half, middle + half]), numbers[4:]))
    return found


def _kept(found: list[tuple[float, int, Values]], nms_threshold: float, items: int) -> Values:
    found = sorted(found, key=lambda one: -one[0])
    kept = nms(np.array([box for _, _, box in found]), nms_threshold, inclusive=True)
    rows = [[0.0, found[i][1] + 1, found[i][0], *found[i][2]] for i in kept]
    return np.array(rows or [[i, *[-1.0] * 6] for i in range(items)], float)[np.newaxis, np.newaxis]


def sigmoid(x: Values) -> Values:
    return 1 / (1 + np.exp(-x))


MEANINGS: dict[type[Layer], Meaning] = {
    RegionLoss: region_loss,
    YoloDetectionOutput: yolo2,
    Yolov3DetectionOutput: yolo3,
}
