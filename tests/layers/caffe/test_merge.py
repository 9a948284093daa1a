"""Layers that join blobs and take them apart: shapes, refusals, values, fields of forks."""

from __future__ import annotations

from typing import Any

import numpy as np

import netspec
from netspec.layers.tensors.eltwise import FurtherOp
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, NotDivisible, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_read_over, is_refused, means

Q = UNKNOWN
ROWS = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 7.0, 4.0]])
IMAGE = np.arange(24.0).reshape(1, 2, 3, 4)
RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
Y = RANDOM.normal(size=(3, 1)) + 4
ROW = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.0, 7.25])


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Eltwise", {}, ((2, 3), (2, 3), (2, 3)), ((2, 3),)),
    ("Eltwise", {"operation": 2}, ((Q, 3), (2, 3)), ((2, 3),)),
    ("Eltwise", {}, ((2, Q), ()), ((2, Q),)),
    ("Eltwise", {}, ((), ()), ((),)),
    ("Concat", {}, ((2, 3, 4),), ((2, 3, 4),)),
    ("Concat", {"axis": -2}, ((2, 3, 4), (2, 5, 4)), ((2, 8, 4),)),
    ("Concat", {"concat_dim": 0}, ((2, 3), (1, 3)), ((3, 3),)),
    ("Concat", {}, ((2, 3, Q), (2, Q, 4)), ((2, Q, Q),)),
    ("Slice", {}, ((2, 6),), ((2, 6),)),
    ("Slice", {}, ((2, 6),), ((2, 2), (2, 2), (2, 2))),
    ("Slice", {"axis": -1, "slice_point": (1, 4)}, ((2, 6),), ((2, 1), (2, 3), (2, 2))),
    ("Slice", {"slice_dim": 0}, ((2, 6),), ((1, 6), (1, 6))),
    ("Slice", {}, ((2, Q),), ((2, Q), (2, Q))),
    ("Slice", {"slice_point": (2,)}, ((2, Q),), ((2, 2), (2, Q))),
    ("Split", {}, ((2, 3),), ((2, 3), (2, 3))),
    ("Silence", {}, ((2, 3), ()), ()),
    ("Filter", {}, ((4, 3), (4,), (4, 1, 1)), ((4, 3), (4,))),
    ("BatchReindex", {}, ((4, 3, 2), (7,)), ((7, 3, 2),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("Eltwise", {}, ((2, 5), (2, 5), (2, 6)), ShapeMismatch, "equal shape"),
    ("Eltwise", {}, ((2, 1), (2, 5)), ShapeMismatch, "equal shape"),
    ("Eltwise", {}, ((), (2, 5)), ShapeMismatch, "equal shape"),
    ("Eltwise", {}, ((2, 5), (2, 5), ()), ShapeMismatch, "equal shape"),
    ("Eltwise", {"coeff": (1.0,)}, ((2,), (2,)), EntryCount, "2 bottoms and 1 coefficients"),
    ("Eltwise", {"operation": 0, "coeff": (1.0, 1.0)}, ((2,), (2,)), InvalidValue, "SUM alone"),
    ("Concat", {}, ((2, 3, 4), (2, 3, 5)), ShapeMismatch, "every axis but 1"),
    ("Concat", {}, ((2, 3, 4), (2, 3)), ShapeMismatch, "every axis but 1"),
    ("Concat", {"axis": 1, "concat_dim": 1}, ((2, 3),), InvalidValue, "two names"),
    ("Concat", {"concat_dim": 2}, ((2, 3),), AxisOutOfRange, "concat_dim 2"),
    ("Slice", {}, ((2, 6),), NotDivisible, "6 = 4·1 + 2", 4),
    ("Slice", {"slice_point": (1, 2)}, ((2, 6),), EntryCount, "2 tops need 1 slice_point, not 2", 2),
    ("Slice", {"slice_point": (2, 2)}, ((2, 6),), InvalidValue, "2, 2", 3),
    ("Slice", {"slice_point": (0,)}, ((2, 6),), InvalidValue, "from 1 on", 2),
    ("Slice", {"slice_point": (7,)}, ((2, 6),), OutOfBounds, "7", 2),
    ("Slice", {"slice_point": (1, 2)}, ((2, 2),), OutOfBounds, "3 tops", 3),
    ("Slice", {"axis": 1, "slice_dim": 1}, ((2, 6),), InvalidValue, "two names", 2),
    ("Filter", {}, ((4, 3), (4,)), BlobCount, "1, not 2", 2),
    ("Filter", {}, ((4, 3), (5,)), ShapeMismatch, "as many items"),
    ("Filter", {}, ((4, 3), (4, 2)), ShapeMismatch, "one number for each item"),
    ("BatchReindex", {}, ((4, 3), (2, 1)), BadDimensions, "one axis"),
    ("Concat", {"per_fla_fuse": True}, ((2, 3), (2, 4)), BadDimensions, "2×3 has 2 axes"),
    ("Eltwise", {"operation": FurtherOp.DIV}, ((2,), (2,), (2,)), netspec.problems.fields.BlobCount, "it has 3"),
    ("Eltwise", {"operation": FurtherOp.MIN, "coeff": (1.0, 1.0)}, ((2,), (2,)), InvalidValue, "for SUM alone"),
    ("Eltwise", {"axis": 1}, ((2, 3), (2,)), ShapeMismatch, "from 1 on, not 2"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, tops
FORMULAS: list[tuple[Any, ...]] = [
    ("Eltwise", {"coeff": (2, -1, 1)}, [[1], [2], [3]], [[3]]),
    ("Eltwise", {"operation": 0}, [[1], [2], [3]], [[6]]),
    ("Eltwise", {"operation": 2}, [[1, 5], [2, 4], [0, 9]], [[2, 9]]),
    ("BatchReindex", {}, [[[1], [2]], [1, 0, 1]], [[[2], [1], [2]]]),
]
test_formulas = each(FORMULAS, means)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Eltwise", "eltwise_param { operation: DIV }", (ROWS, ROWS + 3), ROWS / (ROWS + 3)),
    (
        "Eltwise",
        "eltwise_param { operation: MIN }",
        (ROWS, ROWS[::-1], 0 * ROWS),
        np.minimum(np.minimum(ROWS, ROWS[::-1]), 0),
    ),
    (
        "Concat",
        "concat_param { per_fla_fuse: true }",
        (IMAGE, IMAGE[:, :, :1]),
        np.concatenate(
            [IMAGE.transpose(0, 2, 3, 1).reshape(1, 24), IMAGE[:, :, :1].transpose(0, 2, 3, 1).reshape(1, 8)], 1
        ),
    ),
    ("Eltwise", "eltwise_param { coeff: [1, -2, 1] }", (X, np.array(3.0), X), 2 * X - 6),
    ("Eltwise", "eltwise_param { operation: PROD }", (X, np.array(3.0)), 3 * X),
    ("Eltwise", "eltwise_param { operation: DIV }", (X, np.array(3.0)), X / 3),
    ("Eltwise", "eltwise_param { operation: MAX }", (X, np.array(0.5)), np.maximum(X, 0.5)),
    ("Eltwise", "eltwise_param { axis: 1 coeff: [1, -2] }", (X, Y[:, 0]), X - 2 * Y),
    ("Eltwise", "eltwise_param { axis: 0 operation: DIV }", (X, ROW[6:]), X / ROW[6:, None, None]),
    ("Eltwise", "eltwise_param { axis: -1 operation: MAX }", (X, X[0, 0]), np.maximum(X, X[0, 0])),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


# type, fields that change nothing, bottoms
READ_OVER: list[tuple[Any, ...]] = [
    ("Concat", "concat_param { engine: MKL2017 }", "2 3", "2 3"),
    ("Eltwise", "eltwise_param { engine: MKLDNN }", "2 3", "2 3"),
    ("Split", "split_param { engine: MKL2017 }", "2 3"),
]
test_fields_without_effect = each(READ_OVER, is_read_over)
