"""Losses of forks, products with a margin, and layers of FlowNet: values, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, CountMismatch, NotDivisible, ShapeMismatch
from netspec.shapes import Shape
from tests.layers.small_nets import layer, run, text_of

BACKENDS = ["numpy", "torch", "tensorflow"]
RANDOM = np.random.default_rng(7)
A, B = RANDOM.normal(size=(2, 2, 3, 4, 5))
HOLES = np.where(RANDOM.random(A.shape) < 0.3, np.nan, A)
APART = np.sqrt(((A - B) ** 2).sum(1) + 0.01)
PREDICTION, AFFINITY = np.array([[5.0], [6], [3], [7], [2], [1]]), np.array([6.0, 4, -5, -4, 0, 1.1])
ROWS, LABELS = RANDOM.normal(size=(4, 5)), np.array([0, 2, 1, 1])
WEIGHT = RANDOM.normal(size=(3, 5))


def affinity(gap: float, penalty: float) -> Any:
    """Example by example, as gnina's loop goes."""
    found: list[float] = []
    for p, y in zip(PREDICTION[:, 0], AFFINITY, strict=True):
        d = 0.0
        if y > 0:
            d = min(p - y + gap / 2, 0) if p < y else max(p - y - gap / 2, 0)
        elif y < 0 and p > -y:
            d = max(p + y + penalty - gap / 2, 0)
        found.append(d)
    return np.array(found)


def margin(times: int, bound: float) -> Any:
    """cos(m·θ) turned over and moved down on every part, so that it goes on falling."""
    lengths = np.linalg.norm(ROWS, axis=1)
    result = ROWS @ (WEIGHT / np.linalg.norm(WEIGHT, axis=1, keepdims=True)).T
    for i, label in enumerate(LABELS):
        angle = np.arccos(result[i, label] / lengths[i])
        part = int(angle * times / np.pi)
        less = (-1) ** part * np.cos(times * angle) - 2 * part
        result[i, label] = (lengths[i] * less + bound * result[i, label]) / (1 + bound)
    return result


# type, fields, inputs, parameter blobs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any, Any]] = [
    ("L1Loss", "", (A, B), None, np.abs(A - B).sum() / 2),
    ("L1Loss", "", (A,), None, np.abs(A).sum() / 2),
    ("L1Loss", "", (HOLES, B), None, np.nansum(np.abs(HOLES - B)) / 2),
    ("L1Loss", "l1_loss_param { plateau: 1 }", (A,), None, np.abs(A)[np.abs(A) >= 1].sum() / 2),
    (
        "L1Loss",
        "l1_loss_param { normalize_by_num_entries: true }",
        (HOLES,),
        None,
        np.nansum(np.abs(HOLES)) / (np.isfinite(HOLES).sum() / 3),
    ),
    ("L1Loss", "l1_loss_param { l2_per_location: true }", (A, B), None, APART.sum() / 2),
    (
        "L1Loss",
        "l1_loss_param { l2_per_location: true l2_prescale_by_channels: true epsilon: 0.5 }",
        (A, B),
        None,
        np.sqrt(((A - B) ** 2).mean(1) + 0.5).sum() / 2,
    ),
    (
        "L1Loss",
        "l1_loss_param { l2_per_location: true plateau: 2 }",
        (A, B),
        None,
        np.where(APART**2 - 0.01 >= 4, APART, 0.1).sum() / 2,
    ),
    ("AffinityLoss", "", (PREDICTION, AFFINITY), None, (affinity(0, 0) ** 2).sum() / 12),
    (
        "AffinityLoss",
        "affinity_loss_param { gap: 0.5 penalty: 1 scale: 0.1 }",
        (PREDICTION, AFFINITY),
        None,
        (affinity(0.5, 1) ** 2).sum() / 12,
    ),
    (
        "AffinityLoss",
        "affinity_loss_param { pseudohuber: true delta: 4 }",
        (PREDICTION, AFFINITY),
        None,
        (16 * (np.sqrt(1 + (affinity(0, 0) / 4) ** 2) - 1)).sum() / 12,
    ),
    (
        "CenterLoss",
        "center_loss_param { num_output: 3 }",
        (ROWS, LABELS),
        [WEIGHT],
        ((ROWS - WEIGHT[LABELS]) ** 2).sum() / 8,
    ),
    ("ChannelNorm", "", (A,), None, np.linalg.norm(A, axis=1, keepdims=True)),
    ("Mean", "mean_param { operation: ADD value: 2 }", (A,), None, A + 2),
    (
        "Mean",
        "mean_param { operation: SUBTRACT value: [1, 2] mean_scale: 3 input_scale: 0.5 output_scale: 4 }",
        (RANDOM.normal(size=(1, 4)) * 0 + 1,),
        None,
        4 * (0.5 - 3 * np.array([[1, 2, 1, 2]])),
    ),
    *(
        (
            "MarginInnerProduct",
            f"margin_inner_product_param {{ num_output: 3 type: {name} base: 100 gamma: 1 power: 2 lambda_min: 5 }}",
            (ROWS, LABELS),
            [WEIGHT],
            margin(times, 25),
        )
        for times, name in enumerate(("SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"), 1)
    ),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "fields", "inputs", "params", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], params: Any, value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend, params=params)
    np.testing.assert_allclose(found, value, rtol=1e-12)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "params", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], params: Any, value: Any) -> None:
    filled = fields.replace("num_output: 3", 'num_output: 3 weight_filler { type: "xavier" }')
    if type_name == "CenterLoss":
        filled = filled.replace("weight_filler", "center_filler")
    report = netspec.verify(netspec.load_text(text_of(type_name, filled, inputs)), grad=True)
    assert report.ok, report


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_mix_is_a_second_top(backend: str) -> None:
    fields = "margin_inner_product_param { num_output: 3 type: TRIPLE base: 100 gamma: 1 iteration: 1 }"
    model = netspec.build(netspec.load_text(layer("MarginInnerProduct", fields, "4 5", "4", tops=2)), backend)
    model.set_params({"layer": [WEIGHT]})
    np.testing.assert_allclose(model.forward({"x0": ROWS, "x1": LABELS})["y1"], [100 / 3], rtol=1e-6)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradients_that_caffe_has_its_own_way(backend: str) -> None:
    def gradients(type_name: str, fields: str, inputs: tuple[Any, ...], params: Any = None) -> Any:
        text = "force_backward: true\n" + text_of(type_name, fields, inputs)
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        if params is not None:
            model.set_params({"layer": params})
        y = model.forward({f"x{i}": x for i, x in enumerate(inputs)})["y0"]
        return model.backward({"y0": np.ones_like(y)})

    centers = gradients("CenterLoss", "center_loss_param { num_output: 3 }", (ROWS, LABELS), [WEIGHT]).params["layer"][
        0
    ]
    wanted = [(WEIGHT[j] - ROWS[j == LABELS]).sum(0) / ((j == LABELS).sum() + 1) for j in range(3)]
    np.testing.assert_allclose(centers, wanted, rtol=1e-12)
    at_zero = gradients("ChannelNorm", "", (np.zeros((1, 2, 1, 1)),)).inputs["x0"]
    np.testing.assert_array_equal(at_zero, np.zeros((1, 2, 1, 1)))
    holes = gradients("L1Loss", "", (np.array([[np.nan, 2.0, 0.0, -1.0]]),)).inputs["x0"]
    np.testing.assert_array_equal(holes, [[0, 1, -1, -1]])
    scaled = gradients("AffinityLoss", "affinity_loss_param { scale: 0.5 }", (np.array([3.0, 1]), np.array([1.0, -2])))
    np.testing.assert_allclose(scaled.inputs["x0"], [0.5, 0])


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
    ("L1Loss", {}, ((2, 3), (2, 4)), ShapeMismatch, "equal shape"),
    ("L1Loss", {}, ((1, 2, 3, 4, 5),), BadDimensions, "at most 4 axes"),
    ("AffinityLoss", {}, ((4, 2), (4,)), ShapeMismatch, "4×2 = 8 and 4"),
    ("CenterLoss", {"num_output": 3}, ((4, 5), (4, 2)), InvalidValue, "4, not 8"),
    ("MarginInnerProduct", {"num_output": 3}, ((4, 5), (4, 2)), CountMismatch, "4 labels, one for each row of 4×5"),
    ("Mean", {"operation": 1, "value": (1.0, 2.0)}, ((1, 3),), NotDivisible, "3 mod 2 = 1"),
    ("Mean", {"operation": 1}, ((1, 3),), MissingField, "value"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("type_name", "fields", "bottoms"),
    [
        ("AffinityLoss", {"maxgrad": 1.0}, ((4,), (4,))),
        ("AffinityLoss", {"weighted": True}, ((4,), (4,), (4,))),
        ("Mean", {"operation": 4, "file": "mean.binaryproto"}, ((1, 3),)),
    ],
)
def test_a_meaning_that_is_not_there_is_refused_only_when_asked_for(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...]
) -> None:
    kind: Any = find(type_name)
    made = kind.model_validate(fields)
    made.infer(Site(bottoms))
    with pytest.raises(Refusal) as caught:
        made.trace(Site(bottoms))
    assert caught.value.problem is NoMeaning
