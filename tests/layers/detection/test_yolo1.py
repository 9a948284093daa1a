"""DetectionLoss, of the first YOLO: values and gradients cell by cell, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.shapes import ShapeMismatch
from netspec.shapes import Shape
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, make, net_text, values

NETS = {
    "YoloDetectionLoss": net(
        "DetectionLoss", "detection_loss_param { side: 3 num_class: 4 num_object: 2 }", "2 126", "2 63"
    ),
}

RANDOM = np.random.default_rng(9)
SIDE, CLASSES, BOXES = 3, 4, 2
CELLS = SIDE * SIDE
PREDICTION: Floats = RANDOM.normal(0.4, 0.5, size=(2, (CLASSES + 5 * BOXES) * CELLS))
ROWS: Floats = np.zeros((2, 7, CELLS))
ROWS[:, 2] = -1
OBJECTS = {
    (0, 1): (3, [0.45, 0.2, 0.5, 0.4]),
    (0, 4): (0, [0.5, 0.52, 0.9, 0.8]),
    (1, 8): (2, [0.9, 0.95, 0.1, 0.05]),  # which no box meets
}
for (n, j), (kind, box) in OBJECTS.items():
    ROWS[n, 1:3, j] = 1, kind
    ROWS[n, 3:].reshape(-1)[4 * j : 4 * j + 4] = box
LABEL: Floats = ROWS.reshape(2, -1)
PREDICTION.reshape(2, -1, CELLS)[1, CLASSES + BOXES :, 8] = [0.2, 0.1, 0.05, 0.06, 0.6, 0.7, 0.02, 0.03]


def text(fields: str = "") -> str:
    return f"detection_loss_param {{ side: {SIDE} num_class: {CLASSES} num_object: {BOXES} {fields} }}"


def overlap(a: Floats, b: Floats) -> float:
    sides = [
        min(a[i] + a[i + 2] / 2, b[i] + b[i + 2] / 2) - max(a[i] - a[i + 2] / 2, b[i] - b[i + 2] / 2) for i in (0, 1)
    ]
    shared = 0.0 if min(sides) < 0 else sides[0] * sides[1]
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def reference(
    root: bool = True, within: bool = False, scales: tuple[float, ...] = (1, 0.5, 1, 5)
) -> tuple[Any, Floats]:
    """As the fork's loops go."""
    for_object, for_none, for_class, for_box = scales
    x = PREDICTION.reshape(2, -1, CELLS)
    sums, diff = dict.fromkeys(("class", "object", "none", "box"), 0.0), np.zeros_like(x)
    for item, cell in np.ndindex(2, CELLS):
        scores = x[item, CLASSES : CLASSES + BOXES, cell]
        sums["none"] += for_none * float(np.sum(scores**2))
        diff[item, CLASSES : CLASSES + BOXES, cell] = for_none * scores
        if (item, cell) not in OBJECTS:
            continue
        label, true = OBJECTS[item, cell][0], np.array(OBJECTS[item, cell][1])
        error = x[item, :CLASSES, cell] - (np.arange(CLASSES) == label)
        sums["class"] += for_class * float(np.sum(error**2))
        diff[item, :CLASSES, cell] = for_class * error
        corner, best, shared, near = np.array([cell % SIDE, cell // SIDE]), 0, 0.0, 20.0
        for k in range(BOXES):
            found = x[item, CLASSES + BOXES + 4 * k :, cell][:4].copy()
            if within:
                found[:2] = (corner + found[:2]) / SIDE
            if root:
                found[2:] **= 2
            iou, distance = overlap(found, true), float(np.linalg.norm(found - true))
            if shared > 0 or iou > 0:
                if iou > shared:
                    shared, best = iou, k
            elif distance < near:
                near, best = distance, k
        sums["none"] -= for_none * scores[best] ** 2
        sums["object"] += for_object * (scores[best] - 1) ** 2
        diff[item, CLASSES + best, cell] = for_object * (scores[best] - shared)
        if within:
            true[:2] = true[:2] * SIDE - corner
        if root:
            true[2:] = np.sqrt(true[2:])
        at = CLASSES + BOXES + 4 * best
        diff[item, at : at + 4, cell] = for_box * (x[item, at : at + 4, cell] - true)
        sums["box"] += for_box * float(np.sum((x[item, at : at + 4, cell] - true) ** 2))
    count = len(OBJECTS)
    loss = (sums["class"] + sums["object"] + sums["box"]) / count + sums["none"] / (2 * CELLS * BOXES - count)
    return np.array(loss), diff.reshape(PREDICTION.shape) / 2


CASES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("constriant: true", {"within": True}),
    ("sqrt: false constriant: true", {"root": False, "within": True}),
    ("object_scale: 2 noobject_scale: 3 class_scale: 4 coord_scale: 6", {"scales": (2, 3, 4, 6)}),
]


@pytest.mark.parametrize(("fields", "options"), CASES)
def test_values(fields: str, options: dict[str, Any]) -> None:
    close(values("DetectionLoss", text(fields), [PREDICTION, LABEL]), reference(**options)[0])


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(("fields", "options"), CASES)
def test_the_gradient_is_that_of_the_fork(fields: str, options: dict[str, Any], backend: str) -> None:
    net = netspec.load_text(net_text("DetectionLoss", text(fields), [PREDICTION.shape, LABEL.shape]))
    model = netspec.build(net, backend=backend, dtype="float64")
    model.forward({"x0": PREDICTION, "x1": LABEL})
    np.testing.assert_allclose(model.backward({}).inputs["x0"], reference(**options)[1], rtol=1e-9, atol=1e-12)


def test_predictions_may_have_any_axes() -> None:
    maps = PREDICTION.reshape(2, -1, SIDE, SIDE)
    close(values("DetectionLoss", text(), [maps, LABEL]), reference()[0])
    agree(net_text("DetectionLoss", text(), [(2, 14, 3, 3), (2, 63)]))


@pytest.mark.parametrize(
    ("bottoms", "words"),
    [
        (((2, 125), (2, 63)), "side²·14 = 126 numbers for each item in bottom 0, not 125"),
        (((2, 126), (2, 62)), "side²·7 = 63 numbers for each item in bottom 1, not 62"),
        (((2, 126), (3, 63)), "2 items and 3 targets"),
    ],
)
def test_refused(bottoms: tuple[Shape, ...], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        make("YoloDetectionLoss", side=3, num_class=4, num_object=2).infer(CallSite(bottoms))
    problem: type[Diagnostic] = caught.value.problem
    assert problem is ShapeMismatch and words in caught.value.message
