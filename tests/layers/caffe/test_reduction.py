"""Reduction and ArgMax: shapes, refusals, and values by hand."""

from __future__ import annotations

from typing import Any

from netspec.problems.shapes import AxisOutOfRange, OutOfBounds
from netspec.shapes import UNKNOWN
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_refused, means

Q = UNKNOWN


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Reduction", {}, ((2, 3, 4),), ((),)),
    ("Reduction", {"axis": -1, "operation": 4}, ((2, 3, 4),), ((2, 3),)),
    ("ArgMax", {}, ((2, 5),), ((2, 1, 1),)),
    ("ArgMax", {"top_k": 3, "out_max_val": True}, ((2, 5, 4, 4),), ((2, 2, 3, 1),)),
    ("ArgMax", {"top_k": 3, "axis": 1}, ((2, 5, 4),), ((2, 3, 4),)),
    ("ArgMax", {}, ((Q, 5, Q),), ((Q, 1, 1),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Reduction", {"axis": 2}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("Reduction", {}, ((),), AxisOutOfRange, "0 axes"),
    ("ArgMax", {"top_k": 6}, ((2, 5),), OutOfBounds, "top_k 6"),
    ("ArgMax", {"top_k": 3, "axis": 0}, ((2, 5),), OutOfBounds, "top_k 3"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, tops
FORMULAS: list[tuple[Any, ...]] = [
    # of equal values the later comes first
    ("ArgMax", {"top_k": 2}, [[[3, 7, 7, 1]]], [[[[2, 1]]]]),
    ("ArgMax", {"top_k": 3, "axis": 0}, [[1, 1, 1, 0]], [[2, 1, 0]]),
    ("ArgMax", {"out_max_val": True}, [[[3, 7, 7, 1]]], [[[[2], [7]]]]),
    ("Reduction", {"operation": 2, "coeff": 2}, [[1, -2]], [6]),
    ("Reduction", {"operation": 4, "axis": 1}, [[[1, 3]]], [[2]]),
]
test_formulas = each(FORMULAS, means)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("ArgMax", "argmax_param { axis: 1 top_k: 2 min_first: true }", ([[3, 1, 1, 2]],), [[1, 2]]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
