"""Yolov3, YoloSeg and what comes with them: values annotation by annotation, gradients of the fork, rules, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused, takes_names

NETS = {
    "YoloSeg": net("YoloSeg", "yolo_seg_param { }", "2 3 4 5", "2 3 4 5"),
    "Yolov3": net(
        "Yolov3",
        "yolov3_param { num: 2 num_class: 3 anchors_scale: 8 biases: 6.0 biases: 9.0 biases: 30.0 biases: "
        "22.0 biases: 11.0 biases: 6.0 biases: 14.0 biases: 25.0 mask: 3 mask: 1 object_scale: 5 "
        "coord_scale: 2 thresh: 0.3 }",
        "2 16 4 5",
        "2 10",
    ),
}

PARAM = {"num": 2, "num_class": 3, "biases": (1.0, 1.0, 2.0, 2.0), "mask": (0, 1)}


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Yolov3", PARAM, ((2, 16, 4, 5), (2, 1, 300, 5)), ((),)),
    ("Yolov3", PARAM, ((UNKNOWN, UNKNOWN, UNKNOWN, 5), (2, UNKNOWN)), ((),)),
    ("GaussianYolov3", PARAM, ((2, 24, 4, 5), (2, 1, 300, 5)), ((),)),
    ("AssistedExcitation", {}, ((2, 16, 4, 5), (2, 1, 300, 5), (2, 1, 4, 5)), ((2, 16, 4, 5),)),
    ("AssistedExcitation", {}, ((2, 16, 4, 5), (2, 1, 300, 5), (2, 4, 5)), ((2, 16, 4, 5),)),
    ("SegmentationEvaluate", {"num_classes": 3}, ((2, 3, 4, 5), (2, 3, 8, 9)), ((1, 1, 1, 3),)),
    ("YoloSeg", {}, ((2, 3, UNKNOWN, 5),) * 2, ((),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Yolov3", PARAM, ((2, 16), (2, 10)), BadDimensions, "N×C×H×W"),
    ("Yolov3", PARAM, ((2, 15, 4, 4), (2, 10)), ShapeMismatch, "= 16 channels, not 15"),
    ("GaussianYolov3", PARAM, ((2, 16, 4, 4), (2, 10)), ShapeMismatch, "num·(9 + num_class) = 24 channels, not 16"),
    ("Yolov3", PARAM, ((2, 16, 4, 4), (2, 8)), BadDimensions, "N×1×A×5"),
    ("Yolov3", PARAM, ((2, 16, 4, 4), (3, 10)), ShapeMismatch, "for each item"),
    ("Yolov3", {**PARAM, "mask": (0,)}, ((2, 16, 4, 4), (2, 10)), EntryCount, "num = 2 entries, has 1"),
    ("Yolov3", {**PARAM, "mask": (0, 2)}, ((2, 16, 4, 4), (2, 10)), EntryCount, "2·3 = 6 entries, has 4"),
    ("YoloSeg", {}, ((2, 3), (2, 3)), BadDimensions, "N×C×H×W"),
    ("YoloSeg", {}, ((2, 3, 4, 5), (2, 3, 4, 4)), ShapeMismatch, "equal shape"),
    ("YoloSeg", {}, ((2, 3, 4, 5), (2, 3, 4, 5), (2, 4)), ShapeMismatch, "2×3, not 2×4"),
    ("AssistedExcitation", {}, ((2, 3, 4, 5), (2, 10), (2, 3, 4, 5)), ShapeMismatch, "N×1×H×W"),
    ("AssistedExcitation", {}, ((2, 3), (2, 10), (2, 1)), BadDimensions, "bottom 0"),
    ("SegmentationEvaluate", {}, ((2, 3, 4, 5), (2, 3)), BadDimensions, "N×C×H×W, not 2×3"),
]
test_refused = each(REFUSED, is_refused)


RANDOM = np.random.default_rng(3)
CLASSES, STRIDE = 3, 8
BIASES = np.array([[6.0, 9], [30, 22], [11, 6], [14, 25]])
MASK = [3, 1]
SIDES = np.array([5, 4])  # cells in a row, and rows
PREDICTION: Floats = RANDOM.normal(size=(2, 2 * 8, 4, 5))
LABEL: Floats = np.zeros((2, 1, 6, 5))
LABEL[0, 0, :5] = [
    [1, 0.22, 0.21, 0.45, 0.78],  # bias 3
    [2, 0.23, 0.19, 0.40, 0.80],  # the same cell and bias, of another class
    [0, 0.70, 0.60, 0.80, 0.70],  # bias 1
    [1, 0.50, 0.50, 0.16, 0.28],  # bias 0, which the mask does not name
    [1, 0.21, 0.20, 0.42, 0.76],  # a third of the first cell
]


LABEL[1, 0, 0] = 2, 0.41, 0.55, 0.9, 0.66
LABEL[1, 0, 2] = 1, 0.5, 0.5, 0.9, 0.66  # behind the end


def text(fields: str = "") -> str:
    biases = " ".join(f"biases: {bias}" for bias in BIASES.ravel())
    mask = " ".join(f"mask: {i}" for i in MASK)
    return (
        f"yolov3_param {{ num: 2 num_class: {CLASSES} anchors_scale: {STRIDE} {biases} {mask} "
        f"object_scale: 5 coord_scale: 2 thresh: 0.3 {fields} }}"
    )


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def corners(box: Any) -> Floats:
    return np.concatenate([box[:2] - box[2:] / 2, box[:2] + box[2:] / 2])


def iou(a: Floats, b: Floats, general: bool = False, meet: bool = False) -> float:
    """Of corners. meet: also where boxes lie apart, as if sides could be shared by less than nothing."""
    common = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(common)) if meet or min(common) >= 0 else 0.0
    union = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)
    hull = float(np.prod(np.maximum(a[2:], b[2:]) - np.minimum(a[:2], b[:2])))
    return shared / union - ((hull - union) / hull if general else 0.0)


def slope(box: Floats, truth: Floats, general: bool) -> Floats:
    """By differences."""
    step = 1e-6 * np.eye(4)
    return np.array([(iou(box + d, truth, general, True) - iou(box - d, truth, general, True)) / 2e-6 for d in step])


def reference(
    kind: str = "MSE", focal: bool = False, logistic: bool = False, weight: float = 0.25, classes: float = 1.0
) -> tuple[float, Floats]:
    """The loss, and the numbers that are its gradient but for the batch size, as the fork's loops go."""
    n, (columns, rows) = len(PREDICTION), SIDES
    x = PREDICTION.reshape(n, 2, 8, rows, columns)
    diff, apart = np.zeros_like(x), 0.0

    def box(b: int, k: int, j: int, i: int) -> Floats:
        v = x[b, k, :, j, i]
        return corners(
            np.array(
                [*((np.array([i, j]) + sigmoid(v[:2])) / SIDES), *(np.exp(v[2:4]) * BIASES[MASK[k]] / STRIDE / SIDES)]
            )
        )

    for b in range(n):
        truths = LABEL[b, 0][: int(np.argmax(LABEL[b, 0, :, 1] == 0))]
        for k, j, i in np.ndindex(2, rows, columns):
            if max(iou(box(b, k, j, i), corners(t[1:])) for t in truths) <= 0.3:
                diff[b, k, 4, j, i] = sigmoid(x[b, k, 4, j, i])
        for t in truths:
            likeness = [
                iou(corners(np.array([0, 0, *(s / STRIDE / SIDES)])), corners(np.array([0, 0, *t[3:]]))) for s in BIASES
            ]
            best = int(np.argmax(likeness))
            if best not in MASK:
                continue
            k, (i, j), c = MASK.index(best), (t[1:3] * SIDES).astype(int), 5 + int(t[0])
            v, p, d = x[b, k, :, j, i], sigmoid(x[b, k, :, j, i]), diff[b, k, :, j, i]
            if kind == "MSE":
                factor = 2 * (2 - t[3] * t[4])
                d[:2] = factor * (p[:2] - (t[1:3] * SIDES - [i, j]))
                d[2:4] = factor * (v[2:4] - np.log(t[3:] * STRIDE * SIDES / BIASES[best]))
            else:
                s = slope(box(b, k, j, i), corners(t[1:]), kind == "GIOU")
                d[:2] = -weight * (s[:2] + s[2:])
                d[2:4] = -weight * (s[2:] - s[:2]) / 2 * np.exp(v[2:4])
                apart += 1 - iou(box(b, k, j, i), corners(t[1:]), True)
            d[4] = (p[4] - 1) * (5 if logistic else 1)
            if d[5] != 0:
                d[c] = p[c] - 1
                continue
            d[5:] = classes * (p[5:] - (np.arange(5, 8) == c))
            if focal:
                d[5:] *= -0.5 * -(p[c] - 1) * (2 * p[c] * np.log(p[c]) + p[c] - 1)
    loss = np.sum(diff**2) if kind == "MSE" else np.sum(diff[:, :, 4:] ** 2) + weight * apart
    gradient = diff.copy()
    if logistic:
        through = sigmoid(x)
        gradient[:, :, 4:] *= (through * (1 - through))[:, :, 4:]
        through = through if kind == "MSE" else x
        gradient[:, :, :2] *= (through * (1 - through))[:, :, :2]
    return loss / n, gradient.reshape(PREDICTION.shape) / n


CASES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("use_focal_loss: true", {"focal": True}),
    ("use_logic_gradient: true", {"logistic": True}),
    ("class_scale: 3", {"classes": 3}),
    ("class_scale: 0", {"classes": 0}),
    ("iou_loss: IOU", {"kind": "IOU"}),
    ("iou_loss: GIOU iou_normalizer: 0.5", {"kind": "GIOU", "weight": 0.5}),
    ("iou_loss: GIOU use_logic_gradient: true", {"kind": "GIOU", "logistic": True}),
]


@pytest.mark.parametrize(("fields", "options"), CASES)
def test_values(fields: str, options: dict[str, Any]) -> None:
    close(values("Yolov3", text(fields), [PREDICTION, LABEL]), np.array(reference(**options)[0]))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(("fields", "options"), CASES)
def test_the_gradient_is_that_of_the_fork(fields: str, options: dict[str, Any], backend: str) -> None:
    net = netspec.load_text(net_text("Yolov3", text(fields), [PREDICTION.shape, LABEL.shape]))
    model = netspec.build(net, backend=backend, dtype="float64")
    model.forward({"x0": PREDICTION, "x1": LABEL})
    gradient = model.backward({}).inputs["x0"]
    np.testing.assert_allclose(gradient, reference(**options)[1], rtol=1e-6, atol=1e-9)


def test_without_annotations() -> None:
    found = values("Yolov3", text(), [PREDICTION, np.zeros((2, 10))])
    objects = sigmoid(PREDICTION.reshape(2, 2, 8, 4, 5)[:, :, 4])
    close(found, np.sum(objects**2) / 2)


@pytest.mark.parametrize("fields", ["", "iou_loss: GIOU"])
def test_backends_agree(fields: str) -> None:
    agree(net_text("Yolov3", text(fields), [(2, 16, 3, 5), (2, 1, 7, 5)]))


MAPS, WHERE = RANDOM.normal(size=(2, 3, 4, 5)), (RANDOM.random((2, 3, 4, 5)) < 0.4).astype(float)
COVERED = WHERE.sum((2, 3))
SHARE = (COVERED.sum(0) / (20 - COVERED).sum(0))[None, :, None, None]
SCALES = np.where(WHERE > 0.5, 0.2 * (2 - SHARE), 0.2)


@pytest.mark.parametrize(
    ("fields", "xs", "difference"),
    [
        ("", [MAPS, WHERE], 5 * (sigmoid(MAPS) - WHERE)),
        ("object_scale: 0.2", [MAPS, WHERE], 0.2 * (sigmoid(MAPS) - WHERE)),
        ("object_scale: 0.2 num_class: 3", [MAPS, WHERE, COVERED], SCALES * (sigmoid(MAPS) - WHERE)),
    ],
)
def test_maps(fields: str, xs: list[Floats], difference: Floats) -> None:
    message = f"yolo_seg_param {{ {fields} }}"
    close(values("YoloSeg", message, xs), np.array(np.sum(difference**2) / 2))
    net = netspec.load_text(net_text("YoloSeg", message, [x.shape for x in xs]))
    for backend in ("torch", "tensorflow"):
        model = netspec.build(net, backend=backend, dtype="float64")
        model.forward({f"x{i}": x for i, x in enumerate(xs)})
        np.testing.assert_allclose(model.backward({}).inputs["x0"], difference / 2, rtol=1e-9, err_msg=backend)


@pytest.mark.parametrize("field", ["iou_thresh: 0.5", "max_delta: 10", "accumulate: true"])
def test_what_has_no_meaning(field: str) -> None:
    with pytest.raises(netspec.SpecError, match=field.split(":")[0]):
        netspec.emit(netspec.load_text(net_text("Yolov3", text(field), [PREDICTION.shape, LABEL.shape])), "torch")


# type, fields, shapes of the bottoms
NAMED: list[tuple[Any, ...]] = [
    ("Yolov3", text("iou_loss: GIOU"), "N,16,H,W", "N,1,3,5"),
    ("YoloSeg", "", "N,3,H,W", "N,3,H,W", "N,3"),
]
test_sizes_may_have_names = each(NAMED, takes_names)
