"""Losses of forks, and the norm of channels: values, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.small_nets import text_of
from tests.layers.tables import agrees, computes, each, has_no_meaning, has_shapes, in_backends, is_refused

NETS = {
    "AffinityLoss": net("AffinityLoss", "affinity_loss_param { pseudohuber: true delta: 4 }", "6 1", "6"),
    "CenterLoss": net("CenterLoss", "center_loss_param { num_output: 3 }", "4 5", "4"),
    "ChannelNorm": net("ChannelNorm", "", "2 3 4 5"),
    "L1Loss": net("L1Loss", "", "2 3 4 5"),
    "PythonEuclideanLoss": net("Python", "python_param { module: 'pyloss' layer: 'EuclideanLossLayer' }", "2 5", "2 5"),
}

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


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("L1Loss", {}, ((2, 3), (2, 4)), ShapeMismatch, "equal shape"),
    ("L1Loss", {}, ((1, 2, 3, 4, 5),), BadDimensions, "at most 4 axes"),
    ("AffinityLoss", {}, ((4, 2), (4,)), ShapeMismatch, "4×2 = 8 and 4"),
    ("CenterLoss", {"num_output": 3}, ((4, 5), (4, 2)), InvalidValue, "4, not 8"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, tops
MEASURED: list[tuple[Any, ...]] = [
    ("PythonEuclideanLoss", {}, ((2, 3, 4), (2, 3, 4)), ((1,),)),
]
test_shapes = each(MEASURED, has_shapes)


# type, fields, inputs, value, parameter blobs
VALUES: list[tuple[Any, ...]] = [
    ("L1Loss", "", (A, B), np.abs(A - B).sum() / 2),
    ("L1Loss", "", (A,), np.abs(A).sum() / 2),
    ("L1Loss", "", (HOLES, B), np.nansum(np.abs(HOLES - B)) / 2),
    ("L1Loss", "l1_loss_param { plateau: 1 }", (A,), np.abs(A)[np.abs(A) >= 1].sum() / 2),
    (
        "L1Loss",
        "l1_loss_param { normalize_by_num_entries: true }",
        (HOLES,),
        np.nansum(np.abs(HOLES)) / (np.isfinite(HOLES).sum() / 3),
    ),
    ("L1Loss", "l1_loss_param { l2_per_location: true }", (A, B), APART.sum() / 2),
    (
        "L1Loss",
        "l1_loss_param { l2_per_location: true l2_prescale_by_channels: true epsilon: 0.5 }",
        (A, B),
        np.sqrt(((A - B) ** 2).mean(1) + 0.5).sum() / 2,
    ),
    (
        "L1Loss",
        "l1_loss_param { l2_per_location: true plateau: 2 }",
        (A, B),
        np.where(APART**2 - 0.01 >= 4, APART, 0.1).sum() / 2,
    ),
    ("AffinityLoss", "", (PREDICTION, AFFINITY), (affinity(0, 0) ** 2).sum() / 12),
    (
        "AffinityLoss",
        "affinity_loss_param { gap: 0.5 penalty: 1 scale: 0.1 }",
        (PREDICTION, AFFINITY),
        (affinity(0.5, 1) ** 2).sum() / 12,
    ),
    (
        "AffinityLoss",
        "affinity_loss_param { pseudohuber: true delta: 4 }",
        (PREDICTION, AFFINITY),
        (16 * (np.sqrt(1 + (affinity(0, 0) / 4) ** 2) - 1)).sum() / 12,
    ),
    (
        "CenterLoss",
        "center_loss_param { num_output: 3 }",
        (ROWS, LABELS),
        ((ROWS - WEIGHT[LABELS]) ** 2).sum() / 8,
        [WEIGHT],
    ),
    ("ChannelNorm", "", (A,), np.linalg.norm(A, axis=1, keepdims=True)),
]
test_values = in_backends(VALUES, computes)


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


# type, fields, bottoms
UNSAID: list[tuple[Any, ...]] = [
    ("AffinityLoss", {"maxgrad": 1.0}, ((4,), (4,))),
    ("AffinityLoss", {"weighted": True}, ((4,), (4,), (4,))),
]
test_a_meaning_that_is_not_there_is_refused_only_when_asked_for = each(UNSAID, has_no_meaning)


@pytest.mark.parametrize("row", VALUES, ids=[" ".join(row[:2]) for row in VALUES])
def test_backends_agree(row: Any) -> None:
    type_name, fields, inputs, *_ = row
    filled = fields.replace("num_output: 3", 'num_output: 3 center_filler { type: "xavier" }')
    agrees(type_name, filled, inputs)
