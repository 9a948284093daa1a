"""YoloDetectionOutput and Yolov3DetectionOutput: values box by box, rules, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, VARYING
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused, takes_names

NETS = {
    "RegionLoss": net(
        "RegionLoss", "region_loss_param { num: 2 num_class: 3 biases: [1, 1, 2, 2] }", "2 16 2 2", "2 1 3 5"
    ),
    "YoloDetectionOutput": net(
        "YoloDetectionOutput",
        "yolo_detection_output_param { num_classes: 3 num_box: 2 biases: [0.5, 0.75, 1.25, 1.5] "
        "confidence_threshold: 0.1 nms_threshold: 0.0 }",
        "2 16 3 3",
        "2 16 2 2",
    ),
    "Yolov3DetectionOutput": net(
        "Yolov3DetectionOutput",
        "yolov3_detection_output_param { num_classes: 3 num_box: 2 biases: 10.0 biases: 14.0 biases: 23.0 "
        "biases: 27.0 biases: 37.0 biases: 58.0 biases: 81.0 biases: 82.0 mask: [2, 3, 0, 1] "
        "mask_group_num: 2 anchors_scale: [32, 16] confidence_threshold: 0.3 nms_threshold: 0.2 }",
        "2 16 3 3",
        "2 16 2 2",
    ),
}

BIASES = (10.0, 14.0, 23.0, 27.0, 37.0, 58.0, 81.0, 82.0)
MASKED = {"num_classes": 3, "num_box": 2, "biases": BIASES, "mask": (2, 3, 0, 1), "anchors_scale": (32, 16)}
PLAIN = {"num_classes": 3, "num_box": 2, "biases": BIASES}


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("RegionLoss", {}, ((2, 125, 13, 13), (2, 150)), ((),)),
    ("EvalDetection", {}, ((2, 1470), (2, 150)), ((2, VARYING),), ()),
    ("YoloDetectionOutput", {"biases": (1.0,) * 10}, ((2, 125, 13, 13),), ((1, 1, VARYING, 7),), ()),
    (
        "Yolov3DetectionOutput",
        {"biases": (1.0,) * 12, "mask": (3, 4, 5, 0, 1, 2), "anchors_scale": (32, 16)},
        ((2, 75, 13, 13), (2, 75, 26, 26)),
        ((1, 1, VARYING, 7),),
        (),
    ),
    ("Yolov3DetectionOutput", MASKED, ((2, 16, 3, 3), (2, 16, 6, 6)), ((1, 1, VARYING, 7),)),
    (
        "Yolov3DetectionOutput",
        MASKED,
        ((UNKNOWN, UNKNOWN, UNKNOWN, 3), (2, 16, UNKNOWN, UNKNOWN)),
        ((1, 1, VARYING, 7),),
    ),
    ("YoloDetectionOutput", PLAIN, ((2, 16, 3, 3),), ((1, 1, VARYING, 7),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("RegionLoss", {}, ((2, 124, 13, 13), (2, 150)), ShapeMismatch, "= 125 channels"),
    ("Yolov3DetectionOutput", {}, ((2, 75, 13, 13), (2, 75)), BadDimensions, "2×75"),
    ("YoloDetectionOutput", PLAIN, ((2, 15, 3, 3),), ShapeMismatch, "16 channels"),
    ("YoloDetectionOutput", PLAIN, ((2, 16, 3, 4),), ShapeMismatch, "3 and 4"),
    ("YoloDetectionOutput", PLAIN, ((2, 16),), BadDimensions, "N×C×H×W"),
    ("YoloDetectionOutput", {**PLAIN, "biases": (1.0,)}, ((2, 16, 3, 3),), EntryCount, "2·2 = 4"),
    ("Yolov3DetectionOutput", MASKED, ((2, 16, 3, 3),), EntryCount, "mask_group_num 2"),
    ("Yolov3DetectionOutput", {**MASKED, "mask": (0, 1)}, ((2, 16, 3, 3),) * 2, EntryCount, "1·1 + 2 = 3"),
    ("Yolov3DetectionOutput", {**MASKED, "mask": (0, 1, 2, 9)}, ((2, 16, 3, 3),) * 2, EntryCount, "2·10 = 20"),
    ("Yolov3DetectionOutput", {**MASKED, "anchors_scale": (32,)}, ((2, 16, 3, 3),) * 2, EntryCount, "1 anchors"),
]
test_refused = each(REFUSED, is_refused)


RANDOM = np.random.default_rng(11)
LARGE, SMALL = RANDOM.normal(size=(2, 2 * 8, 3, 3)), RANDOM.normal(size=(2, 2 * 8, 2, 2))


WRITTEN = " ".join(f"biases: {bias}" for bias in BIASES)


def three(threshold: float, limit: float) -> str:
    return f"""yolov3_detection_output_param {{ num_classes: 3 num_box: 2 {WRITTEN} mask: [2, 3, 0, 1] mask_group_num: 2
      anchors_scale: [32, 16] confidence_threshold: {threshold} nms_threshold: {limit} }}"""


def two(threshold: float, limit: float) -> str:
    return f"""yolo_detection_output_param {{ num_classes: 3 num_box: 2 biases: [0.5, 0.75, 1.25, 1.5]
      confidence_threshold: {threshold} nms_threshold: {limit} }}"""


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def overlap(a: Floats, b: Floats) -> float:
    """Of boxes given by their middle, width and height."""
    sides = [
        min(a[k] + a[k + 2] / 2, b[k] + b[k + 2] / 2) - max(a[k] - a[k + 2] / 2, b[k] - b[k + 2] / 2) for k in (0, 1)
    ]
    shared = 0.0 if min(sides) < 0 else sides[0] * sides[1]
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def found(xs: list[Floats], version: int, threshold: float, limit: float) -> Floats:
    candidates: list[tuple[float, int, Floats]] = []
    for t, x in enumerate(xs):
        side = np.array([x.shape[3], x.shape[2]])
        for b, j, i, n in np.ndindex(len(x), *x.shape[2:], 2):
            v = x[b, n * 8 : n * 8 + 8, j, i]
            if version == 3:
                w, h = np.reshape(BIASES, (4, 2))[[2, 3, 0, 1][2 * t + n]] / (side * (32, 16)[t])
                scores = {c: sigmoid(v[4]) * sigmoid(v[5 + c]) for c in range(3)}
                scores = {c: score for c, score in scores.items() if score > threshold}
            else:
                w, h = np.array([[0.5, 0.75], [1.25, 1.5]])[n] / side
                c = int(v[5:].argmax())
                scores = {c: sigmoid(v[4]) * np.exp(v[5 + c]) / np.exp(v[5:]).sum()}
                scores = {c: score for c, score in scores.items() if score >= threshold}
            box = np.concatenate([(np.array([i, j]) + sigmoid(v[:2])) / side, np.exp(v[2:4]) * [w, h]])
            candidates += [(score, c, box) for c, score in scores.items()]
    kept: list[tuple[float, int, Floats]] = []
    for one in sorted(candidates, key=lambda candidate: -candidate[0]):
        if all(overlap(one[2], other[2]) < limit for other in kept):
            kept.append(one)
    rows = [[0, c + 1, score, x - w / 2, y - h / 2, x + w / 2, y + h / 2] for score, c, (x, y, w, h) in kept]
    return np.array(rows or [[n, *[-1] * 6] for n in range(len(xs[0]))], float)[None, None]


@pytest.mark.parametrize(("threshold", "limit"), [(0.01, 0.45), (0.3, 0.2), (0.2, 0.99), (0.1, 0.0), (2.0, 0.45)])
@pytest.mark.parametrize("version", [2, 3])
def test_values(version: int, threshold: float, limit: float) -> None:
    xs = [LARGE, SMALL]
    if version == 3:
        xs[0] = np.concatenate([LARGE, LARGE[:, :, 1:]], 2)  # more rows than columns
    type_name, message = (
        ("Yolov3DetectionOutput", three(threshold, limit))
        if version == 3
        else ("YoloDetectionOutput", two(threshold, limit))
    )
    close(values(type_name, message, xs), found(xs, version, threshold, limit))


def test_one_bottom() -> None:
    close(values("YoloDetectionOutput", two(0.1, 0.4), [LARGE]), found([LARGE], 2, 0.1, 0.4))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_detectors_agree(dtype: str) -> None:
    net = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 32 dim: 32 } } }
layer { name: "a" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 16 kernel_size: 8 stride: 8 weight_filler { type: "xavier" } } }
layer { name: "b" type: "Convolution" bottom: "a" top: "b"
  convolution_param { num_output: 16 kernel_size: 2 stride: 2 weight_filler { type: "xavier" } } }
layer { name: "three" type: "Yolov3DetectionOutput" bottom: "a" bottom: "b" top: "three" THREE }
layer { name: "two" type: "YoloDetectionOutput" bottom: "a" bottom: "b" top: "two" TWO }
"""
    agree(net.replace("THREE", three(0.2, 0.45)).replace("TWO", two(0.2, 0.45)), dtype=dtype)


def test_a_measure_that_is_read_on_stays() -> None:
    text = (
        net_text("EvalDetection", "", [(2, 1470), (2, 150)]) + 'layer { type: "ReLU" name: "z" bottom: "y0" top: "z" }'
    )
    net = netspec.load_text(text)
    assert net.compiled.layers == net.layers
    for backend in ("torch", "tensorflow"):
        with pytest.raises(netspec.SpecError) as refused:
            netspec.emit(net, backend)
        assert [d.code for d in refused.value.diagnostics] == ["NS401"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layer_without_a_meaning_says_why(backend: str) -> None:
    text = net_text("RegionLoss", "region_loss_param { side: 4 num_class: 3 }", [(1, 40, 4, 4), (1, 150)])
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(netspec.load_text(text), backend=backend)
    assert [fault.code for fault in caught.value.diagnostics] == ["NS401"]
    assert "no biases" in str(caught.value)


FOUND = """yolov3_detection_output_param {
  num_box: 2 num_classes: 3 biases: [8, 8, 20, 16] mask: [0, 1] mask_group_num: 1 anchors_scale: 4
}"""
# type, fields, shapes of the bottoms
NAMED: list[tuple[Any, ...]] = [
    ("RegionLoss", "region_loss_param { num: 2 num_class: 3 biases: [1, 1, 2, 2] }", "N,16,H,W", "N,1,3,5"),
    ("Yolov3DetectionOutput", FOUND, "N,16,H,H"),
]
test_sizes_may_have_names = each(NAMED, takes_names)
