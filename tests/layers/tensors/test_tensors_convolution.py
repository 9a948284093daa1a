"""Convolution of each channel by itself: shapes, refusals, and windows by loops."""

from __future__ import annotations

from typing import Any

from netspec.problems.shapes import NotDivisible
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.tables import each, has_shapes, is_explained
from tests.layers.windows import convolves, correlate

NETS = {
    "ConvolutionDepthwise": net("ConvolutionDepthwise", "convolution_param { kernel_size: 3 stride: 2 }", "2 3 7 6"),
    "DepthwiseConvolution": net(
        "DepthwiseConvolution", "convolution_param { num_output: 6 kernel_size: 3 group: 3 }", "2 3 7 6"
    ),
}

SMALL = (2, 3, 7, 6)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    (
        "DepthwiseConvolution",
        {"num_output": 4, "kernel_size": (3,)},
        ((2, UNKNOWN, 7, 7),),
        ((2, 4, 5, 5),),
        ((4, UNKNOWN, 3, 3), (4,)),
    ),
    (
        "ConvolutionDepthwise",
        {"kernel_size": (3,)},
        ((2, UNKNOWN, 7, 7),),
        ((2, UNKNOWN, 5, 5),),
        ((UNKNOWN, 1, 3, 3), (UNKNOWN,)),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    (
        "DepthwiseConvolution",
        {"num_output": 4, "kernel_size": (3,), "group": 3},
        (SMALL,),
        NotDivisible,
        "4 outputs do not make 3 groups",
    ),
]
test_refused = each(REFUSED, is_explained)


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[Any, ...]] = [
    (
        "DepthwiseConvolution",
        "num_output: 6 kernel_size: 3 group: 3",
        SMALL,
        (6, 1, 3, 3),
        lambda x, w: correlate(x, w, (1, 1), 3),
    ),
    (
        "DepthwiseConvolution",
        "num_output: 2 kernel_size: 3",
        SMALL,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, w, (1, 1)),
    ),
    ("ConvolutionDepthwise", "kernel_size: 3 stride: 2", SMALL, (3, 1, 3, 3), lambda x, w: correlate(x, w, (2, 2), 3)),
    (
        "ConvolutionDepthwise",
        "num_output: 7 group: 2 kernel_size: 3",
        SMALL,
        (3, 1, 3, 3),
        lambda x, w: correlate(x, w, (1, 1), 3),
    ),
]
test_convolution = each(CONVOLVED, convolves)
