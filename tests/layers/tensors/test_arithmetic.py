"""Arithmetic of Synopsys' fork: values, refusals, and the slope that its Mish has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import AxisOutOfRange, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.small_nets import text_of
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "Atan": net("Atan", "", "2 3 4"),
    "Ceil": net("Ceil", "", "8"),
    "Div": net("Div", "", "2 3 4", ""),
    "Floor": net("Floor", "", "8"),
    "FloorDiv": net("FloorDiv", "", "2 3 4", "3 1"),
    "FloorMod": net("FloorMod", "", "2 3 4", "3 1"),
    "HardTanh": net("HardTanh", "", "2 3 4"),
    "LogSoftmax": net("LogSoftmax", "", "2 3 4"),
    "Maximum": net("Maximum", "", "2 3 4", "3 1"),
    "Minimum": net("Minimum", "", "2 3 4", "3 1"),
    "Mish": net("Mish", "", "2 3 4"),
    "NotEqual": net("NotEqual", "", "2 3", ""),
    "Round": net("Round", "", "8"),
    "ScaledTanH": net("ScaledTanH", "scaled_tanh_param { alpha: 1.5 beta: 0.5 }", "2 3 4"),
    "Sin": net("Sin", "", "2 3 4"),
    "Softplus": net("Softplus", "", "2 3 4"),
    "Softsign": net("Softsign", "", "2 3 4"),
    "Sub": net("Sub", "", "2 3 4", "3 1"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
Y = RANDOM.normal(size=(3, 1)) + 4
ROW = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.0, 7.25])
MARKS = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])


def softmax(x: Any, axis: int) -> Any:
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Sub", {}, ((2, 3), (2, 4)), ShapeMismatch, "equal, or 1"),
    ("NotEqual", {}, ((2, 3), (3,)), ShapeMismatch, "a blob and a scalar"),
    ("LogSoftmax", {"axis": 2}, ((2, 3),), AxisOutOfRange, "axis 2"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Sub", "", (X, Y), X - Y),
    ("Div", "", (Y, X), Y / X),
    ("Div", "", (X, np.array(2.0)), X / 2),
    ("FloorDiv", "", (X, Y / 4), np.floor(X / (Y / 4))),
    ("FloorMod", "", (X, Y / 4), X - np.floor(X / (Y / 4)) * (Y / 4)),
    ("Maximum", "", (X, Y - 4), np.maximum(X, Y - 4)),
    ("Minimum", "", (X, Y - 4), np.minimum(X, Y - 4)),
    ("NotEqual", "", (MARKS, np.array(0.0)), [[0, 1, 1], [1, 0, 0]]),
    ("NotEqual", "", (MARKS, MARKS[::-1]), [[1, 1, 1], [1, 1, 1]]),
    ("Softplus", "", (X,), np.log1p(np.exp(X))),
    ("Softsign", "", (X,), X / (1 + np.abs(X))),
    ("Mish", "", (X,), X * np.tanh(np.log1p(np.exp(X)))),
    ("HardTanh", "", (X,), np.clip(X, -1, 1)),
    ("ScaledTanH", "scaled_tanh_param { alpha: 1.5 beta: 0.5 }", (X,), 1.5 * np.tanh(X / 2)),
    ("LogSoftmax", "", (X,), np.log(softmax(X, 1))),
    ("LogSoftmax", "log_softmax_param { axis: -1 }", (np.array([[0.0, 100.0]]),), [[np.log(1e-20), 0]]),
    ("Sin", "", (X,), np.sin(X)),
    ("Atan", "", (X,), np.arctan(X)),
    ("Floor", "", (ROW,), [-3, -2, -1, 0, 0, 1, 2, 7]),
    ("Ceil", "", (ROW,), [-2, -1, 0, 0, 1, 2, 2, 8]),
    ("Round", "", (ROW,), [-2, -2, 0, 0, 0, 2, 2, 7]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_mish_has_the_slope_of_what_it_gives(backend: str) -> None:
    net = netspec.load_text("force_backward: true\n" + text_of("Mish", "", (X,)), phase="TRAIN")
    model = netspec.build(net, backend, dtype="float64")
    y = model.forward({"x0": X})["y0"]
    gate = np.tanh(np.log1p(np.exp(y)))
    slope = y * (1 - gate**2) / (1 + np.exp(-y)) + gate
    np.testing.assert_allclose(model.backward({"y0": np.ones_like(y)}).inputs["x0"], slope, rtol=1e-9)
