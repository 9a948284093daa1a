"""Stacks and pieces of blobs: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import AxisOutOfRange, OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import make, net_text
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "ExpandDimsND": net("ExpandDimsND", "expand_dims_nd_param { axis: -1 }", "2 3 4"),
    "Piece": net("Piece", "piece_param { begin: [0, 1, 2] size: [-1, 2, 1] }", "2 3 4"),
    "Stack": net("Stack", "", "2 3 4", "2 3 4"),
    "Unstack": net("Unstack", "unstack_param { axis: 1 }", "2 3 4", tops=2),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Stack", {}, ((2, 3), (3, 2)), ShapeMismatch, "equal shape"),
    ("Stack", {"axis": 3}, ((2, 3),), AxisOutOfRange, "a new axis among 2"),
    ("ExpandDimsND", {"axis": (-3,)}, ((2, 3),), AxisOutOfRange, "axis -3"),
    ("Piece", {"begin": (0,), "size": (1, 1)}, ((2, 3),), EntryCount, "begin for each axis"),
    ("Piece", {"begin": (0, 2), "size": (1, 2)}, ((2, 3),), OutOfBounds, "2 elements from 2 on, of 3 on axis 1"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Stack", "", (X, -X), np.stack((X, -X))),
    ("Stack", "stack_param { axis: -1 }", (X, -X, X), np.stack((X, -X, X), -1)),
    ("ExpandDimsND", "expand_dims_nd_param { axis: [1, 2] }", (X,), X.reshape(2, 1, 3, 1, 4)),
    ("ExpandDimsND", "expand_dims_nd_param { axis: -1 }", (X,), X[..., None]),
    ("Piece", "piece_param { begin: [0, 1, 2] size: [-1, 2, 1] }", (X,), X[:, 1:3, 2:3]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_parts_are_tops(backend: str) -> None:
    text = net_text("Unstack", "unstack_param { axis: 1 }", [X.shape], 2)
    found = netspec.build(netspec.load_text(text), backend, dtype="float64").forward({"x0": X})
    for i in (0, 1):
        np.testing.assert_array_equal(found[f"y{i}"], X[:, i])


def test_a_blob_has_no_more_parts_than_elements() -> None:
    with pytest.raises(Refusal, match="3 tops, and 2 parts"):
        make("Unstack").infer(CallSite(((2, 3),), 3))
