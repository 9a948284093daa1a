"""MergeCrop: the middle of what is larger, refusals, and which bottoms count and have a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {"MergeCrop": net("MergeCrop", "", "2 3 4 5", "2 2 7 5")}
A, B = (2, 3, 4, 5), (2, 3, 7, 6)

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("MergeCrop", {}, (A, (2, 4, 7, 6)), ((2, 7, 4, 5),)),
    ("MergeCrop", {"operation": 1}, (A, B), (A,)),
    ("MergeCrop", {}, ((2, 3, 4, 4, 4), (2, 1, 8, 8, 8)), ((2, 4, 4, 4, 4),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MergeCrop", {}, (B, A), OutOfBounds, "on axis 2 4 to 7"),
    ("MergeCrop", {}, (A, (3, *B[1:])), ShapeMismatch, "as many items"),
    ("MergeCrop", {"operation": 1}, (A, (2, 4, 7, 6)), ShapeMismatch, "as many channels"),
    ("MergeCrop", {}, (A, (*B, 1)), BadDimensions, "of as many axes"),
    ("MergeCrop", {"forward": (True,) * 3}, (A, B), EntryCount, "two bottoms, and 3 forward"),
]
test_refused = each(REFUSED, is_refused)


@pytest.mark.parametrize("fields", ["", "backward: [true, true]", "operation: ADD", "forward: [true, false]"])
def test_values_and_gradients(fields: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=A), rng.normal(size=B)
    middle: Floats = b[:, :, 1:5, :5] * (0 if "false" in fields else 1)
    wanted = a + middle if "ADD" in fields else np.concatenate([a, middle], 1)
    message = f"mergecrop_param {{ {fields} }}"
    close(values("MergeCrop", message, [a, b]), wanted)
    text = net_text("MergeCrop", message, [A, B])
    agree(text)
    model = netspec.build(netspec.load_text("force_backward: true\n" + text), "torch", dtype="float64")
    model.forward({"x0": a, "x1": b})
    found = model.backward({"y0": np.ones(wanted.shape)}).inputs.get("x1")
    assert (found is not None and bool(np.any(found))) == ("backward" in fields)
