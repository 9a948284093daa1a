"""Convolution and its kind: shapes, refusals, and what forks add to it, by loops over windows."""

from __future__ import annotations

from typing import Any

from netspec.layers.base import CallSite, LayoutPreference
from netspec.layers.caffe.convolution import Convolution, Deconvolution
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, EmptyOutput, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import make
from tests.layers.tables import each, has_shapes, is_explained, is_invalid, is_read_over
from tests.layers.windows import convolves, correlate, padded, spread

IMAGE = (2, 6, 9, 11)
VOLUME = (1, 4, 7, 8, 9)
SMALL, FILM = (2, 3, 7, 6), (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("Convolution", {"num_output": 4, "kernel_size": (3,)}, (IMAGE,), ((2, 4, 7, 9),), ((4, 6, 3, 3), (4,))),
    ("Convolution", {"num_output": 4, "kernel_h": 2, "kernel_w": 3}, (IMAGE,), ((2, 4, 8, 9),), ((4, 6, 2, 3), (4,))),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3,), "pad_w": 2},
        (IMAGE,),
        ((2, 4, 7, 13),),
        ((4, 6, 3, 3), (4,)),
    ),
    (
        "Convolution",
        {"num_output": 9, "kernel_size": (1,), "group": 3},
        (IMAGE,),
        ((2, 9, 9, 11),),
        ((9, 2, 1, 1), (9,)),
    ),
    (
        "Convolution",
        {"num_output": 5, "kernel_size": (3, 2, 1), "stride": (1, 2, 3), "pad": (1, 0, 2), "bias_term": False},
        (VOLUME,),
        ((1, 5, 7, 4, 5),),
        ((5, 4, 3, 2, 1),),
    ),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "dilation": (2,)},
        ((1, 1, 8),),
        ((1, 2, 4),),
        ((2, 1, 3), (2,)),
    ),
    (
        "Convolution",
        {"num_output": 3, "kernel_size": (3,), "axis": 2},
        (VOLUME,),
        ((1, 4, 3, 6, 7),),
        ((3, 7, 3, 3), (3,)),
    ),
    ("Convolution", {"num_output": 3}, ((5, 4),), ((5, 3),), ((3, 4), (3,))),
    # Caffe rounds −1 / 2 to 0: a kernel may be larger than the input by less than the stride.
    (
        "Convolution",
        {"num_output": 1, "kernel_size": (5,), "stride": (2,)},
        ((1, 1, 4),),
        ((1, 1, 1),),
        ((1, 1, 5), (1,)),
    ),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3,), "stride": (2,)},
        ((UNKNOWN, UNKNOWN, 9, UNKNOWN),),
        ((UNKNOWN, 4, 4, UNKNOWN),),
        ((4, UNKNOWN, 3, 3), (4,)),
    ),
    (
        "Deconvolution",
        {"num_output": 8, "kernel_size": (4,), "stride": (2,), "pad": (1,), "group": 2},
        (IMAGE,),
        ((2, 8, 18, 22),),
        ((6, 4, 4, 4), (8,)),
    ),
    (
        "Deconvolution",
        {"num_output": 2, "kernel_size": (3,), "dilation": (3,)},
        ((1, 5, 7),),
        ((1, 2, 13),),
        ((5, 2, 3), (2,)),
    ),
    ("Im2col", {"kernel_size": (3,), "pad": (2,)}, ((3, 3, 6, 8),), ((3, 27, 8, 10),), ()),
    ("Im2col", {"kernel_size": (2, 3), "dilation": (2,), "num_output": 7}, (IMAGE,), ((2, 36, 7, 7),), ()),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "pad_type": 1},
        ((1, 2, UNKNOWN, 7),),
        ((1, 2, UNKNOWN, 7),),
        ((2, 2, 3, 3), (2,)),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (31,)},
        ((1, 3, 28, 28),),
        EmptyOutput,
        "(28 + 2·0 − 31) / 1 + 1 = −2",
    ),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (16,), "dilation": (2,), "stride": (2,)},
        ((1, 3, 28, 28),),
        EmptyOutput,
        "(28 + 2·0 − (2·(16 − 1) + 1)) / 2 + 1 = 0",
    ),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3,), "group": 4},
        (IMAGE,),
        NotDivisible,
        ("6 input channels", "6 mod 4 = 2"),
    ),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3,), "group": 3},
        (IMAGE,),
        NotDivisible,
        ("4 outputs", "4 mod 3 = 1"),
    ),
    ("Convolution", {"num_output": 4, "kernel_size": (3,), "axis": 4}, (IMAGE,), AxisOutOfRange, ("axis 4", "4 axes")),
    ("Convolution", {"num_output": 4}, (IMAGE,), MissingField, "kernel_size"),
    ("Convolution", {"num_output": 4, "kernel_h": 3}, (IMAGE,), InvalidValue, ("kernel_h", "without kernel_w")),
    ("Convolution", {"num_output": 4, "kernel_size": (3,), "stride_h": 3}, (IMAGE,), InvalidValue, "without stride_w"),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3,), "kernel_w": 3},
        (IMAGE,),
        InvalidValue,
        ("kernel_size", "kernel_w"),
    ),
    ("Convolution", {"num_output": 4, "kernel_h": 1, "kernel_w": 1}, (VOLUME,), BadDimensions, "3 spatial axes"),
    (
        "Convolution",
        {"num_output": 4, "kernel_size": (3, 3, 3)},
        (IMAGE,),
        BadDimensions,
        ("3 times", "2 spatial axes"),
    ),
    ("Convolution", {"num_output": 4, "kernel_size": (3,), "pad": (1, 1)}, (VOLUME,), BadDimensions, "2 times"),
    ("Convolution", {"num_output": 4, "kernel_size": (3,)}, (IMAGE, (2, 6, 9, 12)), ShapeMismatch, "same shape"),
    (
        "Deconvolution",
        {"num_output": 4, "kernel_size": (2,), "pad": (20,)},
        ((1, 1, 28),),
        EmptyOutput,
        "1·(28 − 1) + 2 − 2·20 = −11",
    ),
    ("Im2col", {"kernel_size": (3,)}, ((2, 3),), BadDimensions, ("axis 1", "2×3")),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "pad": (1,), "pad_l": 1},
        (SMALL,),
        InvalidValue,
        "the same thing twice",
    ),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "pad_type": 1, "pad_l": 1},
        (SMALL,),
        InvalidValue,
        "the same thing twice",
    ),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "pad_l": 1}, (FILM,), BadDimensions, "two spatial axes"),
    ("Convolution", {"num_output": 2, "kernel_size": (9,), "pad_l": 1}, (SMALL,), EmptyOutput, "7 + 2·0"),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "hole": (2,), "dilation": (2,)},
        (SMALL,),
        InvalidValue,
        "dilation and hole",
    ),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "hole_h": 2}, (SMALL,), InvalidValue, "given by hole_h"),
    (
        "Deconvolution",
        {"num_output": 2, "kernel_size": (3,), "pad_l": 1},
        (SMALL,),
        InvalidValue,
        "pads both ends of an axis alike",
    ),
]
test_refused = each(REFUSED, is_explained)


# type, fields, the field at fault
INVALID: list[tuple[Any, ...]] = [
    ("Convolution", {"kernel_size": (3,)}, "num_output"),
    ("Convolution", {"num_output": 0, "kernel_size": (3,)}, "num_output"),
    ("Convolution", {"num_output": 1, "kernel_size": (3, 0)}, "kernel_size"),
    ("Convolution", {"num_output": 1, "kernel_size": (3,), "stride": (0,)}, "stride"),
    ("Convolution", {"num_output": 1, "kernel_size": (3,), "group": 0}, "group"),
]
test_invalid = each(INVALID, is_invalid)


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[Any, ...]] = [
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 pad_l: 1 pad_b: 2",
        SMALL,
        (2, 3, 3, 3),
        lambda x, w: correlate(padded(x, (0, 2), (1, 0)), w, (1, 1)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 4 stride: 3 pad_type: 1",
        SMALL,
        (2, 3, 4, 4),
        lambda x, w: correlate(padded(x, (1, 2), (0, 1)), w, (3, 3)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 hole: 2",
        SMALL,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, spread(w, 2), (1, 1)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 hole_h: 2 hole_w: 2",
        SMALL,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, spread(w, 2), (1, 1)),
    ),
]
test_convolution = each(CONVOLVED, convolves)


def test_convolution_of_several_bottoms() -> None:
    layer = Convolution.model_validate({"num_output": 2, "kernel_size": (3,)})
    site = CallSite((IMAGE, IMAGE), tops=2)
    assert layer.infer(site) == ((2, 2, 7, 9),) * 2
    assert layer.macs(site, layer.infer(site)) == 2 * (2 * 2 * 7 * 9) * (6 * 3 * 3)


def test_overhang_of_a_kernel_larger_than_the_input() -> None:
    layer = Convolution.model_validate({"num_output": 1, "kernel_size": (5,), "stride": (2,)})
    at = layer.geometry(CallSite(((1, 1, 4, 9),)))
    assert at.overhang((1, 1, 4, 9)) == (1, 0)


# type, fields that change nothing, bottoms
READ_OVER: list[tuple[Any, ...]] = [
    (
        "Convolution",
        'convolution_param { num_output: 2 kernel_size: 1 conv_algorithm: "winograd" relu: false negative_slope: 2 }',
        "1 2 3 3",
    ),
    (
        "Convolution",
        'convolution_param { num_output: 2 kernel_size: 1 conv_algos_override: "1,1,1" '
        "cudnn_convolution_algo_seeker: FindEx }",
        "1 2 3 3",
    ),
    (
        "Convolution",
        "convolution_param { num_output: 2 kernel_size: 1 cudnnConvolutionFwdAlgo: 0 cudnnConvolutionBwdDataAlgo: 1 "
        "cudnnConvolutionBwdFilterAlgo: 3 }",
        "1 2 3 3",
    ),
]
test_fields_without_effect = each(READ_OVER, is_read_over)


def test_a_filler_by_default() -> None:
    layer = make("Convolution", num_output=2, kernel_size=(1,))
    assert layer.blobs(CallSite((IMAGE,)))[0].filler.value == 0


def test_multiply_accumulates() -> None:
    up = Deconvolution.model_validate({"num_output": 8, "kernel_size": (4,), "group": 2, "stride": (2,)})
    assert up.macs(CallSite((IMAGE,)), up.infer(CallSite((IMAGE,)))) == (2 * 6 * 9 * 11) * (4 * 4 * 4)


def test_wishes() -> None:
    assert (
        make("Convolution", num_output=2, kernel_size=(1,)).layout_preference(CallSite((IMAGE,)))
        is LayoutPreference.LAST
    )
    assert (
        make("Convolution", num_output=2, kernel_size=(1,), axis=2).layout_preference(CallSite((IMAGE,)))
        is LayoutPreference.FIRST
    )
