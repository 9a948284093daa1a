"""What YOLO has found: box by box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.yolo import YoloDetectionOutput, Yolov3DetectionOutput
from netspec_numpy.boxes import unsuppressed
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

Anchors = Sequence[tuple[float, float]]


def yolo2(layer: YoloDetectionOutput, place: Place) -> tuple[Values, ...]:
    found: list[tuple[float, int, Values]] = []
    for x in place.inputs[:2]:
        for box, numbers in _boxes(x, layer.anchors(), 1):
            classes = np.exp(numbers[1:] - numbers[1:].max())
            label = int(classes.argmax())
            score = _sigmoid(numbers[0]) * classes[label] / classes.sum()
            if score >= layer.confidence_threshold:
                found.append((float(score), label, box))
    return (_kept(found, layer.nms_threshold, len(place.inputs[0])),)


def yolo3(layer: Yolov3DetectionOutput, place: Place) -> tuple[Values, ...]:
    found: list[tuple[float, int, Values]] = []
    for x, anchors, stride in zip(place.inputs, layer.anchors(len(place.inputs)), layer.anchors_scale, strict=False):
        for box, numbers in _boxes(x, anchors, stride):
            scores = _sigmoid(numbers[0]) * _sigmoid(numbers[1:])
            found += [(float(scores[c]), int(c), box) for c in np.flatnonzero(scores > layer.confidence_threshold)]
    return (_kept(found, layer.nms_threshold, len(place.inputs[0])),)


def _boxes(x: Values, anchors: Anchors, stride: int) -> list[tuple[Values, Values]]:
    """Each box, and what is predicted of its object and classes."""
    side = x.shape[3]
    x = x.reshape(len(x), len(anchors), -1, side, side)
    found: list[tuple[Values, Values]] = []
    for item, row, column, n in np.ndindex(len(x), side, side, len(anchors)):
        numbers = x[item, n, :, row, column]
        cell: Values = np.asarray((column, row), float)
        middle = (_sigmoid(numbers[:2]) + cell) / side
        half = np.exp(numbers[2:4]) * np.asarray(anchors[n], float) / (2 * stride * side)
        found.append((np.concatenate([middle - half, middle + half]), numbers[4:]))
    return found


def _kept(found: list[tuple[float, int, Values]], limit: float, items: int) -> Values:
    found = sorted(found, key=lambda one: -one[0])
    kept = unsuppressed(np.array([box for _, _, box in found]), limit, reached=True)
    rows = [[0.0, found[i][1] + 1, found[i][0], *found[i][2]] for i in kept]
    return np.array(rows or [[i, *[-1.0] * 6] for i in range(items)], float)[np.newaxis, np.newaxis]


def _sigmoid(x: Values) -> Values:
    return 1 / (1 + np.exp(-x))


MEANINGS: dict[type[Layer], Meaning] = {YoloDetectionOutput: yolo2, Yolov3DetectionOutput: yolo3}
