"""NdPooling, with a size for each axis: shapes, refusals, and windows by loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.shapes import BadDimensions, EmptyOutput
from tests.layers.tables import each, has_shapes, is_explained
from tests.layers.windows import over_windows, pools

FILM = (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    (
        "NdPooling",
        {"kernel_shape": {"dim": (2, 2, 2)}, "stride_shape": {"dim": (2, 2, 2)}},
        (FILM,),
        ((1, 2, 2, 3, 3),),
        (),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("NdPooling", {"kernel_shape": {"dim": (3, 2)}}, (FILM,), BadDimensions, "kernel_shape is given 2 times"),
    ("NdPooling", {"kernel_shape": {"dim": (9, 9, 9)}}, (FILM,), EmptyOutput, "size −4 on axis 2"),
]
test_refused = each(REFUSED, is_explained)


# type, fields, input, what numpy says
POOLED: list[tuple[Any, ...]] = [
    (
        "NdPooling",
        "kernel_shape { dim: 2 dim: 2 dim: 2 } stride_shape { dim: 2 dim: 2 dim: 2 }",
        FILM,
        lambda x: over_windows(x, 2, 2, ((0, 0), (0, 0), (0, 1)), np.nanmax),
    ),
]
test_pooling = each(POOLED, pools)
