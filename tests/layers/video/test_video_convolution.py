"""NdConvolution, with a size for each axis: shapes, refusals, and windows by loops."""

from __future__ import annotations

from typing import Any

from netspec.problems.fields import InvalidValue, MissingField
from tests.layers.tables import each, has_shapes, is_explained, is_refused
from tests.layers.windows import convolves, correlate, padded

FILM = (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    (
        "NdConvolution",
        {"num_output": 3, "kernel_shape": {"dim": (3, 2, 1)}},
        (FILM,),
        ((1, 3, 2, 5, 5),),
        ((3, 2, 3, 2, 1), (3,)),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("NdConvolution", {"num_output": 2}, (FILM,), MissingField, "NdConvolution has no kernel_size"),
]
test_refused = each(REFUSED, is_explained)


BRIEFLY: list[tuple[Any, ...]] = [
    (
        "NdConvolution",
        {"num_output": 2, "kernel_shape": {"dim": (3, 0, 1)}},
        (FILM,),
        InvalidValue,
        "kernel_shape must be at least 1",
    ),
]
test_refused_briefly = each(BRIEFLY, is_refused)


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[Any, ...]] = [
    (
        "NdConvolution",
        "num_output: 3 kernel_shape { dim: 3 dim: 2 dim: 1 } stride_shape { dim: 1 dim: 2 dim: 3 } "
        "pad_shape { dim: 1 dim: 0 dim: 1 }",
        FILM,
        (3, 2, 3, 2, 1),
        lambda x, w: correlate(padded(x, (1, 1), (0, 0), (1, 1)), w, (1, 2, 3)),
    ),
]
test_convolution = each(CONVOLVED, convolves)
