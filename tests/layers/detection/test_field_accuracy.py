"""DetectionAccuracy, DetectionGroupAccuracy and BboxAccuracy: rules, and values place by place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, close, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "BboxAccuracy": net("BboxAccuracy", "", "9 12", "9 5", "9 6", tops=2),
    "DetectionAccuracy": net(
        "DetectionAccuracy",
        "detection_accuracy_param { cls_num: 3 field_h: 20 field_w: 30 downsample_rate: 8 }",
        "2 7 4 5",
        "2 6 4 5",
        tops=2,
    ),
    "DetectionGroupAccuracy": net(
        "DetectionGroupAccuracy",
        "detection_group_accuracy_param { cls_num: 3 field_h: [20, 10] field_w: [30, 20] stride: 8 }",
        "4 3 4 5",
        "4 4 4 5",
        "4 6 4 5",
        tops=2,
    ),
}
ONE: dict[str, Any] = {"cls_num": 3, "field_h": 20, "field_w": 30, "downsample_rate": 8}
TWO: dict[str, Any] = {"cls_num": 3, "field_h": (20, 10), "field_w": (30, 20), "stride": 8}
MAPS = ((2, 7, 4, 5), (2, 6, 4, 5))
PAIRS = ((4, 3, 4, 5), (4, 4, 4, 5), (4, 6, 4, 5))

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DetectionAccuracy", ONE, MAPS, ((1, 1, 1, 2), (1, 1, 1, 1))),
    ("DetectionGroupAccuracy", TWO, PAIRS, ((1, 1, 1, 2),)),
    ("BboxAccuracy", {}, ((9, 12), (9, 5, 1, 1), (9, 6, 1, 1)), ((1, 1, 1, 1), (1, 1, 1, 1))),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("DetectionAccuracy", ONE, (MAPS[1], MAPS[1]), ShapeMismatch, "3 scores and 4 numbers of a box: not 6 channels"),
    ("DetectionAccuracy", {**ONE, "top_k": 4}, MAPS, OutOfBounds, "top_k 4 is more than the 3 classes"),
    ("DetectionGroupAccuracy", {**TWO, "objectness": True}, PAIRS, InvalidValue, "2 classes, not 3"),
    ("BboxAccuracy", {}, ((9, 10), (9, 5), (9, 6)), ShapeMismatch, "4 numbers of a box of each class"),
    ("BboxAccuracy", {"bbox_reg_param": {"cls_aware": False}}, ((9, 12), (9, 5), (9, 6)), ShapeMismatch, "rows of 8"),
]
test_refused = each(REFUSED, is_refused)


def iou(a: Any, b: Any, least: float) -> float:
    """Of boxes with a middle, width and height, whose shared sides count from `least` on."""
    sides = [min(p[i] + p[i + 2] / 2 for p in (a, b)) - max(p[i] - p[i + 2] / 2 for p in (a, b)) for i in (0, 1)]
    shared = math.prod(sides) if min(sides) >= least else 0
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def judged(scores: Floats, said: Floats, truth: Floats, fields: Any, top_k: int, group: bool, ignored: int) -> Any:
    """Accuracy of all, of objects, and the mean IoU."""
    hits, own_hits, ious = list[bool](), list[bool](), list[float]()
    for i, row, column in np.ndindex(len(scores), *scores.shape[2:]):
        numbers, (wide, high) = truth[i, :, row, column], fields[i % len(fields)]
        label = int(numbers[0])
        if label == ignored:
            continue
        order = sorted(range(3), key=lambda c, s=scores[i, :, row, column]: (-s[c], c if group else -c))
        hit = label in order[:top_k]
        if label or numbers[5] < 0.5:
            hits.append(hit)
        if label:
            own_hits.append(hit)
            x, y, w, h = np.clip(said[i, :, row, column], *np.array([[-1, -1, -L, -L], [1, 1, L, L]]))
            box = x * wide + (column + 0.5) * 8, y * high + (row + 0.5) * 8, wide * math.exp(w), high * math.exp(h)
            ious.append(iou(box, numbers[1:5], 1.0 if group else 0.0))
    return [np.mean(found) if found else -1 for found in (hits, own_hits, ious)]


L = math.log(2)


@pytest.mark.parametrize("objects", [3, 0])
@pytest.mark.parametrize("top_k", [1, 2])
def test_values_of_maps(top_k: int, objects: int) -> None:
    rng = np.random.default_rng(top_k)
    scores, said = rng.integers(0, 3, (4, 3, 4, 5)).astype(float), rng.normal(size=(4, 4, 4, 5))
    box = rng.uniform((0, 0, 5, 5), (40, 32, 40, 40), (4, 4, 5, 4)).transpose(0, 3, 1, 2)
    labels = rng.integers(0, objects or 1, (4, 1, 4, 5))
    truth = np.concatenate([labels, box, rng.uniform(size=(4, 1, 4, 5))], 1)
    fields = "cls_num: 3 field_xyr: 1 field_h: 20 field_w: 30"
    for ignored in (1, 9):
        param = f"loss_param {{ ignore_label: {ignored} }}"
        message = f"detection_accuracy_param {{ {fields} downsample_rate: 8 top_k: {top_k} }} {param}"
        found = values("DetectionAccuracy", message, [np.concatenate([scores, said], 1), truth], tops=2)
        *shares, same = judged(scores, said, truth, [(30, 20)], top_k, False, ignored)
        close(found, np.reshape(shares, (1, 1, 1, 2)), np.reshape(same, (1, 1, 1, 1)))
        message = f"detection_group_accuracy_param {{ {fields} field_h: 10 field_w: 4 stride: 8 }} {param}"
        found = values("DetectionGroupAccuracy", message, [scores, said, truth], tops=2)
        *shares, same = judged(scores, said, truth, [(30, 20), (4, 10)], 1, True, ignored)
        close(found, np.reshape(shares, (1, 1, 1, 2)), np.reshape(same, (1, 1, 1, 1)))


@pytest.mark.parametrize("aware", [True, False])
def test_values_of_regions(aware: bool) -> None:
    rng = np.random.default_rng(4)
    said = rng.normal(size=(9, 12 if aware else 8)) * 0.3
    ends = rng.uniform((0, 0, 50, 50), (20, 20, 90, 90), (2, 9, 4))
    labels, overlap = rng.integers(0, 3, 9), rng.uniform(0.5, 0.97, 9)
    labels[:3], overlap[2] = (0, 2, 1), 0.98
    regions = np.concatenate([np.zeros((9, 1)), ends[0]], 1)
    truth = np.concatenate([labels[:, np.newaxis], ends[1], overlap[:, np.newaxis]], 1)
    after, before = list[float](), list[float]()
    for i in range(9):
        first = 4 * int(labels[i] if aware else min(labels[i], 1))
        if labels[i] and overlap[i] <= 0.975:
            sizes = [e[i, 2:] - e[i, :2] + 1 for e in ends]
            own, known = ([*(e[i, :2] + s / 2), *s] for e, s in zip(ends, sizes, strict=True))
            d = said[i, first : first + 4] * [0.1, 0.1, 0.2, 0.2]
            after.append(iou([*(d[:2] * sizes[0] + own[:2]), *(np.exp(d[2:]) * sizes[0])], known, 0.0))
            before.append(iou(own, known, 0.0))
    normal = "bbox_mean: [0, 0, 0, 0] bbox_std: [0.1, 0.1, 0.2, 0.2]"
    message = f"bbox_reg_param {{ {normal} cls_aware: {str(aware).lower()} }}"
    found = values("BboxAccuracy", message, [said, regions, truth], tops=2)
    close(found, *(np.reshape(np.mean(x), (1, 1, 1, 1)) for x in (after, before)))
    truth[:, 0] = 0
    close(values("BboxAccuracy", message, [said, regions, truth]), np.full((1, 1, 1, 1), -1.0))
