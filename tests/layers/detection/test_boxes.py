"""DetectionOutput: rules, values box by box, and nets of single-shot detectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from netspec.weights import modules
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

NETS = {
    "DetectionOutput": net(
        "DetectionOutput",
        "detection_output_param { num_classes: 3 nms_param { nms_threshold: 0.45 } keep_top_k: 5 }",
        "2 24",
        "2 18",
        "1 2 24",
    ),
}

IMAGE = (1, 3, 30, 60)
BOXES = ((2, 24), (2, 18), (1, 2, 24))  # 6 prior boxes, 3 classes

# type, bottoms, shape of the top, parameters
SHAPES: list[Any] = [
    ("DetectionOutput", BOXES, "1×1×*×7", {"num_classes": 3}),
    ("DetectionOutput", ((2, 72), *BOXES[1:]), "1×1×*×7", {"num_classes": 3, "share_location": False}),
    ("DetectionOutput", (*BOXES, (2, 12), (2, 24)), "1×1×*×7", {"num_classes": 3}),
    ("DetectionOutput", (*BOXES, IMAGE), "1×1×*×7", {"num_classes": 3}),
    ("DetectionOutput", ((2, UNKNOWN), (2, 18), (1, 2, UNKNOWN)), "1×1×*×7", {"num_classes": 3}),
    ("DetectionEvaluate", ((1, 1, 4, 7), (1, 1, 2, 8)), "1×1×*×5", {"num_classes": 3}),
    ("DetectionEvaluate", ((4, 7, 1, 1), (2, 8), (1, 2)), "*×5×1×1", {"num_classes": 3, "name_size_file": "f"}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "wanted", "params"), SHAPES)
def test_shapes(type_name: str, bottoms: tuple[Shape, ...], wanted: Shape | str, params: dict[str, Any]) -> None:
    (found,) = make(type_name, **params).infer(CallSite(bottoms))
    assert show(found) == (wanted if isinstance(wanted, str) else show(wanted))


# type, bottoms, problem, words of the message, parameters
REFUSED: list[Any] = [
    ("DetectionOutput", ((2, 28), *BOXES[1:]), ShapeMismatch, "6·1·4 = 24", {"num_classes": 3}),
    ("DetectionOutput", BOXES, ShapeMismatch, "6·4 = 24", {"num_classes": 4}),
    ("DetectionOutput", (*BOXES, (2, 24), (2, 24)), ShapeMismatch, "6·2 = 12", {"num_classes": 3}),
    ("DetectionOutput", BOXES, InvalidValue, "of each class", {"num_classes": 3, "background_label_id": -1}),
    ("DetectionOutput", ((1, 24), *BOXES[1:]), ShapeMismatch, "as many items", {"num_classes": 3}),
    ("DetectionOutput", (*BOXES[:2], (1, 24)), BadDimensions, "1×2×(P·4)", {"num_classes": 3}),
    ("DetectionEvaluate", ((1, 1, 4, 7), (1, 1, 2, 7)), ShapeMismatch, "rows of 8", {"num_classes": 3}),
    ("DetectionEvaluate", ((4, 7), (1, 1, 2, 8)), BadDimensions, "1×1×n×7", {"num_classes": 3}),
    ("DetectionEvaluate", ((4, 7), (2, 8), (1, 2)), MissingField, "a file with the sizes of all", {"num_classes": 3}),
    (
        "DetectionEvaluate",
        ((4, 7), (2, 7), (1, 2)),
        ShapeMismatch,
        "rows of 8 numbers in bottom 1",
        {"num_classes": 3, "name_size_file": "f"},
    ),
]


@pytest.mark.parametrize(("type_name", "bottoms", "problem", "words", "params"), REFUSED)
def test_what_is_refused(
    type_name: str, bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **params).infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def overlap(a: Floats, b: Floats) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = [(x[2] - x[0]) * (x[3] - x[1]) if x[2] >= x[0] and x[3] >= x[1] else 0 for x in (a, b)]
    return wide * high / (area[0] + area[1] - wide * high)


def decoded(code: str, offset: Floats, prior: Floats) -> Floats:
    x1, y1, x2, y2 = prior
    wide, high = x2 - x1, y2 - y1
    if code == "CORNER":
        return prior + offset
    if code == "CORNER_SIZE":
        return prior + offset * [wide, high, wide, high]
    cx, cy = offset[0] * wide + (x1 + x2) / 2, offset[1] * high + (y1 + y2) / 2
    half = np.exp(offset[2]) * wide / 2, np.exp(offset[3]) * high / 2
    return np.array([cx - half[0], cy - half[1], cx + half[0], cy + half[1]])


def detected(xs: list[Floats], code: str, share: bool, background: int, keep: int, eta: float, least: float) -> Floats:
    """Greedy suppression, a class of an item at a time; nms_threshold 0.6 and top_k 9."""
    location, score, prior, *first = xs
    boxes, variance = prior.reshape(2, -1, 4)
    count, rows = len(boxes), list[list[float]]()
    for n in range(len(location)):
        found: list[tuple[float, int, Floats]] = []
        for c in range(3):
            if c == background:
                continue
            candidates: list[tuple[float, Floats]] = []
            for p in range(count):
                offset = location[n].reshape(count, -1, 4)[p, 0 if share else c]
                base = boxes[p]
                value = score[n].reshape(count, 3)[p, c]
                if first:
                    base = decoded(code, first[1][n].reshape(count, 4)[p] * variance[p], base)
                    value = value if first[0][n].reshape(count, 2)[p, 1] >= 0.4 else float(c == 0)
                if value > least:
                    candidates.append((value, decoded(code, offset * variance[p], base)))
            limit, kept = 0.6, list[tuple[float, int, Floats]]()
            for value, box in sorted(candidates, key=lambda pair: -pair[0])[:9]:
                if all(overlap(box, other) <= limit for _, _, other in kept):
                    kept.append((value, c, box))
                    limit *= eta if limit > 0.5 else 1
            found += kept
        if 0 <= keep < len(found):
            found = sorted(found, key=lambda one: -one[0])[:keep]
            found.sort(key=lambda one: one[1])
        rows += [[n, c, value, *box] for value, c, box in found]
    return np.array(rows or [[n, *[-1] * 6] for n in range(len(location))], float)[None, None]


@pytest.mark.parametrize("code", ["CORNER", "CENTER_SIZE", "CORNER_SIZE"])
@pytest.mark.parametrize(
    ("share", "background", "keep", "eta", "least", "stages"),
    [
        (True, 0, -1, 1.0, 0.2, 1),
        (True, 0, 5, 1.0, 0.2, 1),
        (False, 1, 7, 1.0, -1.0, 1),
        (False, -1, -1, 0.8, 0.1, 1),
        (True, 0, 6, 1.0, 0.2, 2),
        (True, 0, 6, 1.0, 2.0, 1),  # of which none is left
    ],
)
def test_values_of_detections(
    code: str, share: bool, background: int, keep: int, eta: float, least: float, stages: int
) -> None:
    rng, count = np.random.default_rng(7), 14
    corners = rng.uniform(0, 0.5, (count, 2))
    prior = np.stack([np.hstack([corners, corners + rng.uniform(0.2, 0.4, (count, 2))]), np.full((count, 4), 0.2)])
    location, score = rng.normal(size=(2, count * (4 if share else 12))), rng.uniform(size=(2, count * 3))
    score[:, 3:6] = score[:, :3]  # equal ones
    xs = [location, score, prior.reshape(1, 2, -1)]
    if stages == 2:
        xs += [rng.uniform(size=(2, count * 2)), rng.normal(size=(2, count * 4))]
    message = f"""detection_output_param {{ num_classes: 3 share_location: {str(share).lower()} code_type: {code}
      background_label_id: {background} keep_top_k: {keep} nms_param {{ nms_threshold: 0.6 top_k: 9 eta: {eta} }}
      confidence_threshold: {least} objectness_score: 0.4 save_output_param {{ output_directory: "there" }} }}"""
    found = values("DetectionOutput", message, xs)
    close(found, detected(xs, code, share, background, keep, eta, least))


NOTHING = np.array([[[[n, *[-1] * 6] for n in range(2)]]], float)
SSD = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 40 dim: 40 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 stride: 8 } }
layer { name: "norm" type: "Normalize" bottom: "conv" top: "norm"
  norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } } }
layer { name: "loc" type: "Convolution" bottom: "norm" top: "loc" convolution_param { num_output: 16 kernel_size: 1 } }
layer { name: "loc_p" type: "Permute" bottom: "loc" top: "loc_p" permute_param { order: [0, 2, 3, 1] } }
layer { name: "loc_f" type: "Flatten" bottom: "loc_p" top: "loc_f" }
layer { name: "conf" type: "Convolution" bottom: "norm" top: "conf"
  convolution_param { num_output: 12 kernel_size: 1 } }
layer { name: "conf_p" type: "Permute" bottom: "conf" top: "conf_p" permute_param { order: [0, 2, 3, 1] } }
layer { name: "rows" type: "Reshape" bottom: "conf_p" top: "rows" reshape_param { shape { dim: 0 dim: -1 dim: 3 } } }
layer { name: "soft" type: "Softmax" bottom: "rows" top: "soft" softmax_param { axis: 2 } }
layer { name: "conf_f" type: "Flatten" bottom: "soft" top: "conf_f" }
layer { name: "prior" type: "PriorBox" bottom: "conv" bottom: "data" top: "prior"
  prior_box_param { min_size: 10 max_size: 20 aspect_ratio: 2 variance: [0.1, 0.1, 0.2, 0.2] } }
layer { name: "found" type: "DetectionOutput" bottom: "loc_f" bottom: "conf_f" bottom: "prior" top: "found"
  detection_output_param { num_classes: 3 code_type: CENTER_SIZE keep_top_k: 20 confidence_threshold: 0.2
    nms_param { nms_threshold: 0.45 top_k: 40 } } }
layer { name: "twice" type: "Power" bottom: "found" top: "twice" power_param { scale: 2 } }
"""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_single_shot_detector_agrees(dtype: str) -> None:
    agree(SSD, dtype=dtype)


@pytest.mark.parametrize(
    "fields", ["num_classes: 1", "num_classes: 3 nms_param { top_k: 0 }", "num_classes: 3 keep_top_k: 0"]
)
def test_nothing_to_find(fields: str) -> None:
    rng, classes = np.random.default_rng(0), 1 if "1" in fields else 3
    xs = [rng.uniform(size=(2, n)) for n in (24, 6 * classes)] + [rng.uniform(size=(1, 2, 24))]
    close(values("DetectionOutput", f"detection_output_param {{ {fields} }}", xs), NOTHING)


def test_what_puts_channels_last_itself_takes_no_transpose() -> None:
    """TensorFlow runs convolutions so anyway: the Permute of a spec is nothing there."""
    _, _, module = netspec.emit(netspec.load_text(SSD), backend="tensorflow").rpartition("class ")
    assert module.count("tf.transpose(") == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_compiled_code_leaves_a_measure_of_training_out(backend: str) -> None:
    """The reference, which is no code, computes it."""
    text = net_text("DetectionEvaluate", "detection_evaluate_param { num_classes: 3 }", [(1, 1, 4, 7), (1, 1, 2, 8)])
    net = netspec.load_text(text)
    assert "DetectionEvaluate" in [node.type for node in net.layers]
    model = netspec.build(net, backend=backend)
    if backend == "numpy":
        assert model.net.outputs == net.outputs
        return
    assert "DetectionEvaluate" not in [node.type for node in model.net.layers]
    assert set(model.net.outputs) == set(net.inputs)
    assert modules.slots(net, backend) == {}
