"""MS-CNN's DetectionLoss and DetectionGroupLoss: rules, values, gradients, and what is left to chance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NORMAL = (
    "bbox_reg_param { bbox_mean: 0.1 bbox_mean: 0 bbox_mean: 0 bbox_mean: 0 "
    "bbox_std: 0.1 bbox_std: 0.1 bbox_std: 0.2 bbox_std: 0.2 }"
)
MAP = (
    "detection_loss_param { cls_num: 3 field_h: 20 field_w: 30 downsample_rate: 8 bg_multiple: 1 bg_threshold: 0.6 %s }"
)
GROUP = (
    "detection_group_loss_param { cls_num: 3 field_h: [20, 10] field_w: [30, 20] stride: 8 bg_multiple: 1 "
    "bg_threshold: 0.6 %s }"
)
MAPS, PAIRS = ("2 7 4 5", "2 6 4 5"), ("4 3 4 5", "4 4 4 5", "4 6 4 5")
NETS = {
    "DetectionGroupLoss": net("DetectionGroupLoss", GROUP % "neg_mining_type: 'bootstrap'" + NORMAL, *PAIRS),
    "MSCNNDetectionLoss": net("DetectionLoss", MAP % "sample_mode: 'bootstrap'" + NORMAL, *MAPS),
}
ONE: dict[str, Any] = {"cls_num": 3, "field_h": 20, "field_w": 30, "downsample_rate": 8}
TWO: dict[str, Any] = {"cls_num": 3, "field_h": (20, 10), "field_w": (30, 20), "stride": 8}
THREE = ((4, 3, 4, 5), (4, 4, 4, 5), (4, 6, 4, 5))

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("MSCNNDetectionLoss", ONE, ((2, 7, UNKNOWN, 5), (2, 6, UNKNOWN, 5)), ((1, 1, 1, 2),)),
    ("DetectionGroupLoss", TWO, THREE, ((1, 1, 1, 2),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MSCNNDetectionLoss", ONE, ((2, 8, 4, 5), (2, 6, 4, 5)), ShapeMismatch, "not 8 channels"),
    ("MSCNNDetectionLoss", ONE, ((2, 7, 4, 5), (2, 5, 4, 5)), ShapeMismatch, "maps N×6×H×W"),
    ("MSCNNDetectionLoss", ONE, ((2, 7, 4, 5), (2, 6, 4, 6)), ShapeMismatch, "equal size on axis 3: 5 and 6"),
    ("MSCNNDetectionLoss", ONE, ((2, 7), (2, 6)), BadDimensions, "N×C×H×W, not 2×7"),
    ("MSCNNDetectionLoss", {**ONE, "objectness": True}, ((2, 7, 4, 5), (2, 6, 4, 5)), InvalidValue, "2 classes, not 3"),
    ("DetectionGroupLoss", TWO, ((3, 3, 4, 5), (3, 4, 4, 5), (3, 6, 4, 5)), NotDivisible, "2 fields, of which 3 maps"),
    ("DetectionGroupLoss", TWO, (THREE[0], THREE[0], THREE[2]), ShapeMismatch, "4 channels of boxes, not 3"),
    ("DetectionGroupLoss", {**TWO, "neg_mining_type": "all"}, THREE, InvalidValue, "random or bootstrap or mixture"),
    ("DetectionGroupLoss", {**TWO, "batch_size": 0}, THREE, InvalidValue, "or −1, not 0"),
]
test_refused = each(REFUSED, is_refused)

FIELDS = [
    "sample_mode: 'bootstrap'",
    "sample_mode: 'all' bb_smooth: false iou_weighted: true",
    "sample_mode: 'bootstrap' pos_neg_weighted: true iou_weighted: true lambda: 0.5 field_xyr: 1 field_whr: 4",
]
GROUP_FIELDS = [
    "neg_mining_type: 'bootstrap' min_num_neg: 2",
    "neg_mining_type: 'bootstrap' field_xyr: 1 field_whr: 4 pos_neg_weighted: true",
    "neg_mining_type: 'bootstrap' field_xyr: 1 neg_ranking_type: 'conf_prob' bbox_loss_type: 'Euclidean_L2'",
]


@pytest.mark.parametrize("ignored", ["", "loss_param { ignore_label: 2 }"])
@pytest.mark.parametrize("normal", ["", NORMAL])
def test_backends_agree(normal: str, ignored: str) -> None:
    for fields in FIELDS:
        shapes = [[int(size) for size in shape.split()] for shape in MAPS]
        agree(net_text("DetectionLoss", MAP % fields + normal + ignored, shapes))
    for fields in GROUP_FIELDS:
        shapes = [[int(size) for size in shape.split()] for shape in PAIRS]
        agree(net_text("DetectionGroupLoss", GROUP % fields + normal + ignored, shapes))


# Four places in a row, 10 apart, with a field of 20×10: an object of class 1 in the second, whose box is larger by e
# and moved by a field; the others have none, the third too large an IoU.
X = np.zeros((1, 6, 1, 4))
X[0, 1] = 0, 3, 5, 2
X[0, 2, 0, 1] = 0.25
TRUTH = np.zeros((1, 6, 1, 4))
TRUTH[0, :, 0, 1] = 1, 35, 5, 20 * math.e, 10, 0.8
TRUTH[0, 5, 0, 2] = 0.7
HAND = "cls_num: 2 field_h: 10 field_w: 20 %s: 10"
BOXES = (0.75**2 / 2 + 0.5) / 4


def missed(score: float) -> float:
    return math.log(1 + math.exp(score))


def test_values() -> None:
    wanted = (missed(-3) + missed(0) + missed(2)) / 3 + BOXES  # four without an object would count, two are there
    message = f"detection_loss_param {{ {HAND % 'downsample_rate'} sample_mode: 'bootstrap' }}"
    close(values("DetectionLoss", message, [X, TRUTH]), np.array([wanted, BOXES]).reshape(1, 1, 1, 2))
    inputs = [X[:, :2], X[:, 2:], TRUTH]
    message = f"detection_group_loss_param {{ {HAND % 'stride'} neg_mining_type: 'bootstrap' %s }}"
    close(values("DetectionGroupLoss", message % "", inputs), np.array([wanted, BOXES]).reshape(1, 1, 1, 2))
    wanted = (missed(-3) + missed(2)) / 2 + BOXES  # of two places without an object the one that looks like one
    found = values("DetectionGroupLoss", message % "bg_multiple: 1 min_num_neg: 1", inputs)
    close(found, np.array([wanted, BOXES]).reshape(1, 1, 1, 2))


def test_limits_do_not_hold_for_the_gradient() -> None:
    """Nor does the part of boxes, the second number, have one."""
    message = f"detection_loss_param {{ {HAND % 'downsample_rate'} field_xyr: 10 sample_mode: 'bootstrap' }}"
    net = netspec.load_text("force_backward: true\n" + net_text("DetectionLoss", message, [X.shape, TRUTH.shape]))
    for backend in ("torch", "tensorflow"):
        model = netspec.build(net, backend, dtype="float64")
        boxes = model.forward({"x0": X, "x1": TRUTH})["y0"][0, 0, 0, 1]
        np.testing.assert_allclose(boxes, (0.9**2 / 2 + 0.5) / 4)
        found = model.backward({"y0": np.ones((1, 1, 1, 2))}).inputs["x0"]
        assert found is not None
        np.testing.assert_allclose(found[0, 2:, 0, 1], [-0.9 / 4, 0, -1 / 4, 0])


def counted(text: str, backend: str, scores: str, **inputs: Any) -> Any:
    """How many places have a gradient in each item, for scores of which none is sure."""
    model = netspec.build(netspec.load_text("force_backward: true\n" + text), backend, dtype="float64")
    model.forward(inputs)
    found = model.backward({"y0": np.ones((1, 1, 1, 2))}).inputs[scores]
    assert found is not None
    return (np.abs(found) > 1e-9).sum((1, 2, 3)) / 2


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_what_is_drawn(backend: str) -> None:
    truth = np.zeros((2, 6, 9, 9))
    truth[0, 0, 0, :5], truth[1, 5, 0] = 1, 1
    x = np.zeros((2, 6, 9, 9))
    message = f"detection_loss_param {{ {HAND % 'downsample_rate'} lambda: 0 bg_multiple: 2 %s }}"
    text = net_text("DetectionLoss", message, [x.shape, truth.shape])
    most = {"random": (15, 4), "mixture": (15, 8)}  # draws may meet a place twice, or none that counts
    for mode, limits in most.items():
        found = counted(text % f"sample_mode: '{mode}'", backend, "x0", x0=x, x1=truth)
        assert 5 < found[0] <= limits[0] and 0 < found[1] <= limits[1]
    message = f"detection_group_loss_param {{ {HAND % 'stride'} lambda: 0 bg_multiple: 2 min_num_neg: 3 %s }}"
    text = net_text("DetectionGroupLoss", message, [(2, 2, 9, 9), (2, 4, 9, 9), truth.shape])
    inputs = {"x0": x[:, :2], "x1": x[:, 2:], "x2": truth}
    for fields, places in (
        ("", [15, 3]),
        ("neg_mining_type: 'mixture'", [15, 3]),
        ("batch_size: 9", [9, 9]),
        ("batch_size: 80", [80, 72]),
    ):
        assert counted(text % fields, backend, "x0", **inputs).tolist() == places


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("fields", ["", "neg_mining_type: 'mixture'", "batch_size: 6"])
def test_what_is_drawn_has_the_loss_of_any(fields: str, backend: str) -> None:
    """Where all places are alike it does not matter which."""
    truth = np.zeros((1, 6, 5, 5))
    message = f"detection_group_loss_param {{ {HAND % 'stride'} {fields} }}"
    text = net_text("DetectionGroupLoss", message, [(1, 2, 5, 5), (1, 4, 5, 5), truth.shape])
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    found = model.forward({"x0": np.zeros((1, 2, 5, 5)), "x1": np.zeros((1, 4, 5, 5)), "x2": truth})["y0"]
    np.testing.assert_allclose(found, np.array([math.log(2), 0]).reshape(1, 1, 1, 2))
