"""Layers that pick elements by index: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import AxisOutOfRange, OutOfBounds
from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "Gather": net("Gather", "gather_param { indices: 1 shape: 0 }", "2 3 4"),
    "GatherV2": net("GatherV2", "gather_v2_param { axis: -2 }", "2 3 4", "2"),
    "OneHot": net("OneHot", "one_hot_param { depth: 3 }", "4"),
    "Shape": net("Shape", "", "2 3 4"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Gather", {"indices": (0, 1), "shape": (3,)}, ((2, 3),), EntryCount, "2 indices in a shape of 3"),
    ("Gather", {"indices": (2,), "shape": (1,)}, ((2, 3),), OutOfBounds, "index 2"),
    ("OneHot", {"depth": 3, "axis": 3}, ((2, 3),), AxisOutOfRange, "a new axis among 2"),
    ("OneHot", {"depth": 3, "axis": -2}, ((2, 3),), InvalidValue, "at least 0"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Gather", "gather_param { indices: [2, 0, 2, 1] shape: [2, 2] axis: 1 }", (X,), X[:, [[2, 0], [2, 1]]]),
    ("Gather", "gather_param { indices: [1, 2] shape: 2 axis: -1 }", (X,), X[..., 1:3]),
    ("Gather", "gather_param { indices: 1 shape: 0 }", (X,), X[1]),
    ("GatherV2", "", (X, np.array([[1.0, 0.9], [0.0, 1.0]])), X[[[1, 0], [0, 1]]]),
    ("GatherV2", "gather_v2_param { axis: -2 }", (X, np.array([2.0, 0.0])), X[:, [2, 0]]),
    ("GatherV2", "gather_v2_param { axis: 1 }", (X, np.array(1.0)), X[:, 1]),
    ("Shape", "", (X,), [2, 3, 4]),
    ("OneHot", "one_hot_param { depth: 3 }", (np.array([2.0, -0.5, 1.9, 3.0]),), np.eye(4)[[2, 3, 1, 3], :3]),
    (
        "OneHot",
        "one_hot_param { depth: 3 on_value: 5 off_value: -1 axis: 0 }",
        (np.array([[0.0, 2.0]]),),
        (6 * np.eye(3)[[0, 2]] - 1).T.reshape(3, 1, 2),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
