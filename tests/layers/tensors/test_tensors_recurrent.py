"""Lstm of forks: shapes, parameters, values step by step, and the state between passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, net_text, values
from tests.layers.tables import each, has_parameters, has_shapes, is_refused

FILLED = 'lstm_param { num_output: 4 weight_filler { type: "xavier" } bias_filler { value: 0.3 } %s }'
NETS = {"Lstm": net("Lstm", FILLED % "", "6 3")}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Lstm", {"num_output": 4}, ((6, 3),), ((6, 4),)),
    ("Lstm", {"num_output": 4, "batch_size": 2}, ((6, 3, 1, 1), (6, 1)), ((6, 4),)),
    ("Lstm", {"num_output": 4}, ((6, 2, 3),), ((6, 2, 4),)),
    ("Lstm", {"num_output": 4}, ((UNKNOWN, 2, 3),), ((UNKNOWN, 2, 4),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, names and shapes of the parameter blobs, multiply-accumulates
PARAMETERS: list[tuple[Any, ...]] = [
    (
        "Lstm",
        {"num_output": 4},
        ((6, 2, 3),),
        [("weight_x", (16, 3)), ("weight_h", (16, 4)), ("bias", (16,))],
        6 * 2 * 16 * (3 + 4),
    ),
]
test_parameters_stand_in_the_order_of_the_fork = each(PARAMETERS, has_parameters)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Lstm", {"num_output": 4, "batch_size": 4}, ((6, 3),), NotDivisible, "4 sequences, of which 6 rows"),
    ("Lstm", {"num_output": 4}, ((),), BadDimensions, "not a scalar"),
    ("Lstm", {"num_output": 4}, ((6, 3), (5, 1)), ShapeMismatch, "a mark for each row"),
]
test_refused = each(REFUSED, is_refused)

RANDOM = np.random.default_rng(7)
BLOBS = [RANDOM.normal(size=shape) * 0.5 for shape in ((16, 3), (16, 4), (16,))]


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def stepped(x: Floats, marks: Floats, state: tuple[Floats, Floats]) -> tuple[Floats, tuple[Floats, Floats]]:
    """T×N×4, one sequence at a time, and the last state."""
    weight_x, weight_h, bias = BLOBS
    y, (h0, c0) = np.zeros((*x.shape[:2], 4)), (part.copy() for part in state)
    for n in range(x.shape[1]):
        h, c = h0[n], c0[n]
        for t in range(x.shape[0]):
            if not marks[t, n]:
                h, c = 0 * h, 0 * c
            i, f, o, g = np.split(weight_x @ x[t, n] + weight_h @ h + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            y[t, n] = h
        h0[n], c0[n] = h, c
    return y, (h0, c0)


ZERO = np.zeros((2, 4)), np.zeros((2, 4))


def test_values() -> None:
    x = RANDOM.normal(size=(5, 2, 3))
    wanted, _ = stepped(x, np.ones((5, 2)), ZERO)
    message = "lstm_param { num_output: 4 clipping_threshold: 1 %s }"
    close(values("Lstm", message % "", [x], params={"y": BLOBS}), wanted)
    found = values("Lstm", message % "batch_size: 2", [x.reshape(10, 3)], params={"y": BLOBS})
    close(found, wanted.reshape(10, 4))
    agree(net_text("Lstm", FILLED % "", [(5, 2, 3)]))
    agree(net_text("Lstm", FILLED % "batch_size: 2", [(10, 3), (10, 1)]))


@pytest.mark.parametrize("backend", BACKENDS)
def test_marks_and_the_state_between_passes(backend: str) -> None:
    text = net_text("Lstm", "lstm_param { num_output: 4 batch_size: 2 }", [(10, 3), (10, 1)])
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    model.set_params({"y": BLOBS})
    state, marks = ZERO, np.ones((5, 2))
    marks[0, 0] = marks[2, 1] = 0
    for _ in range(2):
        x = RANDOM.normal(size=(5, 2, 3))
        wanted, state = stepped(x, marks, state)
        found = model.forward({"x0": x.reshape(10, 3), "x1": marks.reshape(10, 1)})["y0"]
        np.testing.assert_allclose(found, wanted.reshape(10, 4), rtol=1e-9)
