"""LSTM and RNN: shapes, parameters in the order of Caffe, refusals."""

from __future__ import annotations

from typing import Any

from netspec.problems.fields import BlobCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.layers.tables import each, has_parameters, has_shapes, is_refused

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2)), ((5, 2, 4),)),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2), (2, 6)), ((5, 2, 4),)),
    (
        "LSTM",
        {"num_output": 4, "expose_hidden": True},
        ((5, 2, 3), (5, 2), (1, 2, 4), (1, 2, 4)),
        ((5, 2, 4), (1, 2, 4), (1, 2, 4)),
    ),
    ("RNN", {"num_output": 4, "expose_hidden": True}, ((5, 2, 3), (5, 2), (1, 2, 4)), ((5, 2, 4), (1, 2, 4))),
    ("LSTMUnit", {}, ((1, 2, 3), (1, 2, 12), (1, 2)), ((1, 2, 3), (1, 2, 3))),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, names and shapes of the parameter blobs, multiply-accumulates
PARAMETERS: list[tuple[Any, ...]] = [
    (
        "LSTM",
        {"num_output": 4},
        ((5, 2, 3, 1), (5, 2), (2, 6)),
        [("weight_x", (16, 3)), ("bias", (16,)), ("weight_static", (16, 6)), ("weight_h", (16, 4))],
        5 * 2 * (16 * 3 + 16 * 4) + 2 * 16 * 6,
    ),
    (
        "RNN",
        {"num_output": 4},
        ((5, 2, 3), (5, 2)),
        [("weight_x", (4, 3)), ("bias", (4,)), ("weight_h", (4, 4)), ("weight_o", (4, 4)), ("bias_o", (4,))],
        5 * 2 * (4 * 3 + 4 * 4 + 4 * 4),
    ),
]
test_parameters_stand_in_the_order_of_caffe = each(PARAMETERS, has_parameters)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("LSTM", {"num_output": 4}, ((5, 2), (5, 2)), BadDimensions, "at least 3 axes"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 3)), ShapeMismatch, "5×2"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2), (3, 6)), ShapeMismatch, "2 streams"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2)), BlobCount, "1 top, not 2", 2),
    ("LSTM", {"num_output": 4, "expose_hidden": True}, ((5, 2, 3), (5, 2)), BlobCount, "4 or 5 bottoms, not 2", 3),
    (
        "RNN",
        {"num_output": 4, "expose_hidden": True},
        ((5, 2, 3), (5, 2), (1, 2, 3)),
        ShapeMismatch,
        "the first state of this RNN has to be 1×2×4",
        2,
    ),
    ("LSTMUnit", {}, ((1, 2, 3), (1, 2, 9), (1, 2)), ShapeMismatch, "four gates", 2),
    ("LSTMUnit", {}, ((2, 2, 3), (2, 2, 12), (2, 2)), BadDimensions, "one step", 2),
]
test_refused = each(REFUSED, is_refused)
