"""Shape and blob rules, refusals, costs and wishes: activation, convolution, linear, normalization, pooling."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import pytest
from pydantic import ValidationError

from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Formula, Layer, Phase, Refusal, Site, Wish
from netspec.layers.convolution import Convolution, Deconvolution
from netspec.layers.normalization import BatchNorm
from netspec.layers.pooling import SPP, Pooling
from netspec.problems.fields import BlobCount, InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, EmptyOutput, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show

IMAGE = (2, 6, 9, 11)
VOLUME = (1, 4, 7, 8, 9)


Spec: TypeAlias = tuple[str, dict[str, Any]]
REPEATED = {"kernel_size", "stride", "pad", "dilation"}


def make(type_name: str, **params: Any) -> Layer:
    """A layer; one entry of a repeated field may be written as a number."""
    layer = find(type_name)
    assert layer is not None
    return layer.model_validate({n: (v,) if n in REPEATED and isinstance(v, int) else v for n, v in params.items()})


def row(type_name: str, *expected: Any, **params: Any) -> Any:
    return pytest.param(
        (type_name, params), *expected, id=" ".join([type_name, *(f"{n}={v}" for n, v in params.items())])
    )


def same(a: Shape, b: Shape) -> bool:
    """Equal, and unknown in the same places."""
    return show(a) == show(b)


# type, bottoms, shape of the top, shapes of the parameter blobs, parameters
SHAPES = [
    row("ReLU", ((2, 3),), (2, 3), (), negative_slope=0.1),
    row("ReLU", ((),), (), ()),
    row("PReLU", (IMAGE,), IMAGE, ((6,),)),
    row("PReLU", ((3, 4),), (3, 4), ((),), channel_shared=True),
    row("Dropout", ((2, UNKNOWN),), (2, UNKNOWN), ()),
    row("Convolution", (IMAGE,), (2, 4, 7, 9), ((4, 6, 3, 3), (4,)), num_output=4, kernel_size=3),
    row("Convolution", (IMAGE,), (2, 4, 8, 9), ((4, 6, 2, 3), (4,)), num_output=4, kernel_h=2, kernel_w=3),
    row("Convolution", (IMAGE,), (2, 4, 7, 13), ((4, 6, 3, 3), (4,)), num_output=4, kernel_size=3, pad_w=2),
    row("Convolution", (IMAGE,), (2, 9, 9, 11), ((9, 2, 1, 1), (9,)), num_output=9, kernel_size=1, group=3),
    row(
        "Convolution",
        (VOLUME,),
        (1, 5, 7, 4, 5),
        ((5, 4, 3, 2, 1),),
        num_output=5,
        kernel_size=(3, 2, 1),
        stride=(1, 2, 3),
        pad=(1, 0, 2),
        bias_term=False,
    ),
    row("Convolution", ((1, 1, 8),), (1, 2, 4), ((2, 1, 3), (2,)), num_output=2, kernel_size=3, dilation=2),
    row("Convolution", (VOLUME,), (1, 4, 3, 6, 7), ((3, 7, 3, 3), (3,)), num_output=3, kernel_size=3, axis=2),
    row("Convolution", ((5, 4),), (5, 3), ((3, 4), (3,)), num_output=3),
    # Caffe rounds −1 / 2 to 0: a kernel may be larger than the input by less than the stride.
    row("Convolution", ((1, 1, 4),), (1, 1, 1), ((1, 1, 5), (1,)), num_output=1, kernel_size=5, stride=2),
    row(
        "Convolution",
        ((UNKNOWN, UNKNOWN, 9, UNKNOWN),),
        (UNKNOWN, 4, 4, UNKNOWN),
        ((4, UNKNOWN, 3, 3), (4,)),
        num_output=4,
        kernel_size=3,
        stride=2,
    ),
    row(
        "Deconvolution",
        (IMAGE,),
        (2, 8, 18, 22),
        ((6, 4, 4, 4), (8,)),
        num_output=8,
        kernel_size=4,
        stride=2,
        pad=1,
        group=2,
    ),
    row("Deconvolution", ((1, 5, 7),), (1, 2, 13), ((5, 2, 3), (2,)), num_output=2, kernel_size=3, dilation=3),
    row("Im2col", ((3, 3, 6, 8),), (3, 27, 8, 10), (), kernel_size=3, pad=2),
    row("Im2col", (IMAGE,), (2, 36, 7, 7), (), kernel_size=(2, 3), dilation=2, num_output=7),
    row("InnerProduct", (IMAGE,), (2, 5), ((5, 594), (5,)), num_output=5),
    row("InnerProduct", (IMAGE,), (2, 6, 9, 5), ((11, 5), (5,)), num_output=5, axis=-1, transpose=True),
    row("InnerProduct", (IMAGE,), (5,), ((5, 1188),), num_output=5, axis=0, bias_term=False),
    row("Embed", ((4, 2),), (4, 2, 3), ((7, 3), (3,)), num_output=3, input_dim=7),
    row("Scale", (IMAGE,), IMAGE, ((6,),)),
    row("Scale", (IMAGE,), IMAGE, ((9, 11), (9, 11)), axis=-2, num_axes=-1, bias_term=True),
    row("Scale", (IMAGE,), IMAGE, ((),), num_axes=0),
    row("Scale", (IMAGE,), IMAGE, (IMAGE,), axis=0, num_axes=4),
    row("Scale", (IMAGE, (9, 11)), IMAGE, ((9, 11),), axis=2, bias_term=True),
    row("Scale", (IMAGE, ()), IMAGE, (), axis=3, num_axes=3),
    row("Scale", (IMAGE, (UNKNOWN,)), IMAGE, ()),
    row("Bias", (IMAGE,), IMAGE, ((2,),), axis=-4),
    row("Bias", (IMAGE, (6, 9)), IMAGE, (), axis=1),
    row("LRN", (IMAGE,), IMAGE, (), local_size=3),
    row("BatchNorm", (VOLUME,), VOLUME, ((4,), (4,), (1,))),
    row("MVN", ((3, 5),), (3, 5, 1, 1), ()),
    row("MVN", (IMAGE,), IMAGE, (), across_channels=True),
    row("Softmax", ((2, 3, 4),), (2, 3, 4), (), axis=-1),
    row("Pooling", (IMAGE,), (2, 6, 4, 5), (), kernel_size=3, stride=2),
    row("Pooling", (IMAGE,), (2, 6, 5, 6), (), kernel_size=2, stride=2),
    row("Pooling", (IMAGE,), (2, 6, 4, 5), (), kernel_size=2, stride=2, round_mode=1),
    # Without padding the last window may lie outside, with it it is left out, on the axis without padding, too.
    row("Pooling", ((1, 1, 8, 3),), (1, 1, 5, 2), (), kernel_size=1, stride=2),
    row("Pooling", ((1, 1, 8, 3),), (1, 1, 4, 2), (), kernel_h=1, kernel_w=2, stride=2, pad_h=0, pad_w=1),
    row("Pooling", ((1, 1, 4, 4),), (1, 1, 2, 2), (), kernel_size=3, stride=3, pad=2),
    row("Pooling", ((1, 1, 4, 4),), (1, 1, 1, 1), (), kernel_size=5, stride=2),
    row("Pooling", (VOLUME,), (1, 4, 4, 4, 5), (), kernel_size=2, stride=2),
    row("Pooling", ((1, 4, 7),), (1, 4, 3), (), kernel_size=3, stride=2),
    row("Pooling", ((2, 3, UNKNOWN, 5),), (2, 3, 1, 1), (), global_pooling=True, pad=0, stride=1),
    row("Pooling", ((2, 3, UNKNOWN, 5),), (2, 3, UNKNOWN, 3), (), kernel_size=3, stride=2, pad=1),
    row("SPP", ((3, 2, 9, 13),), (3, 42), (), pyramid_height=3),
    row("SPP", ((2, 3, 11, 13),), (2, 3, 1, 1), (), pyramid_height=1, pool=1),
    row("SPP", ((2, 3, UNKNOWN, 13),), (2, UNKNOWN), (), pyramid_height=4_000_000_000),
]


@pytest.mark.parametrize(("spec", "bottoms", "top", "blobs"), SHAPES)
def test_shapes(spec: Spec, bottoms: tuple[Shape, ...], top: Shape, blobs: tuple[Shape, ...]) -> None:
    layer, site = make(spec[0], **spec[1]), Site(bottoms)
    (found,) = layer.infer(site)
    assert found is not None and same(found, top)
    assert [show(blob.shape) for blob in layer.blobs(site)] == [show(blob) for blob in blobs]
    if isinstance(layer, Formula):
        assert same(layer.trace(site)[0].shape, top)
    layer.macs(site, (found,))
    layer.wish(site)


# type, bottoms, problem, words that the message has to have, parameters
REFUSED = [
    row("PReLU", ((3,),), BadDimensions, ("N×C", "3 has 1")),
    row("Convolution", ((1, 3, 28, 28),), EmptyOutput, ("(28 + 2·0 − 31) / 1 + 1 = −2",), num_output=4, kernel_size=31),
    row(
        "Convolution",
        ((1, 3, 28, 28),),
        EmptyOutput,
        ("(28 + 2·0 − (2·(16 − 1) + 1)) / 2 + 1 = 0",),
        num_output=4,
        kernel_size=16,
        dilation=2,
        stride=2,
    ),
    row(
        "Convolution", (IMAGE,), NotDivisible, ("6 input channels", "6 mod 4 = 2"), num_output=4, kernel_size=3, group=4
    ),
    row("Convolution", (IMAGE,), NotDivisible, ("4 outputs", "4 mod 3 = 1"), num_output=4, kernel_size=3, group=3),
    row("Convolution", (IMAGE,), AxisOutOfRange, ("axis 4", "4 axes"), num_output=4, kernel_size=3, axis=4),
    row("Convolution", (IMAGE,), MissingField, ("kernel_size",), num_output=4),
    row("Convolution", (IMAGE,), InvalidValue, ("kernel_h", "without kernel_w"), num_output=4, kernel_h=3),
    row("Convolution", (IMAGE,), InvalidValue, ("without stride_w",), num_output=4, kernel_size=3, stride_h=3),
    row("Convolution", (IMAGE,), InvalidValue, ("kernel_size", "kernel_w"), num_output=4, kernel_size=3, kernel_w=3),
    row("Convolution", (VOLUME,), BadDimensions, ("3 spatial axes",), num_output=4, kernel_h=1, kernel_w=1),
    row("Convolution", (IMAGE,), BadDimensions, ("3 times", "2 spatial axes"), num_output=4, kernel_size=(3, 3, 3)),
    row("Convolution", (VOLUME,), BadDimensions, ("2 times",), num_output=4, kernel_size=3, pad=(1, 1)),
    row("Convolution", (IMAGE, (2, 6, 9, 12)), ShapeMismatch, ("same shape",), num_output=4, kernel_size=3),
    row(
        "Deconvolution",
        ((1, 1, 28),),
        EmptyOutput,
        ("1·(28 − 1) + 2 − 2·20 = −11",),
        num_output=4,
        kernel_size=2,
        pad=20,
    ),
    row("Im2col", ((2, 3),), BadDimensions, ("axis 1", "2×3"), kernel_size=3),
    row("InnerProduct", (IMAGE,), AxisOutOfRange, ("axis 4",), num_output=3, axis=4),
    row("Scale", (IMAGE,), BadDimensions, ("1 to 4", "2×6×9×11", "4 axes"), num_axes=4),
    row("Scale", ((3,),), AxisOutOfRange, ("axis 1",)),
    row("Scale", (IMAGE, (6,)), ShapeMismatch, ("6", "2×6×9×11", "axis 0"), axis=0),
    row("Bias", (IMAGE, (11, 2)), ShapeMismatch, ("11×2", "axis 3"), axis=3),
    row("Bias", (IMAGE, (1,)), ShapeMismatch, ("axis 1",), axis=1),
    row("LRN", (VOLUME,), BadDimensions, ("5 axes",)),
    row("BatchNorm", ((3,),), AxisOutOfRange, ("1 axis",)),
    row("MVN", (VOLUME,), BadDimensions, ("has 5",)),
    row("Softmax", ((3, 5),), AxisOutOfRange, ("axis 2",), axis=2),
    row("Pooling", ((3, 5),), BadDimensions, ("3×5", "2 axes"), kernel_size=3),
    row("Pooling", (IMAGE,), MissingField, ("kernel_size",)),
    row("Pooling", (IMAGE,), InvalidValue, ("without kernel_h",), kernel_w=3),
    row("Pooling", (IMAGE,), InvalidValue, ("kernel_size", "kernel_h"), kernel_size=3, kernel_h=3, kernel_w=3),
    row("Pooling", (IMAGE,), InvalidValue, ("without pad_w",), kernel_size=3, pad_h=1),
    row("Pooling", (IMAGE,), InvalidValue, ("stride",), kernel_size=3, stride=1, stride_h=1, stride_w=1),
    row("Pooling", (VOLUME,), BadDimensions, ("3 spatial axes",), kernel_h=3, kernel_w=3),
    row("Pooling", (IMAGE,), InvalidValue, ("pad 2", "kernel, 2"), kernel_size=2, pad=2),
    row("Pooling", (IMAGE,), InvalidValue, ("STOCHASTIC", "1×1"), kernel_size=2, pad=1, pool=2),
    row("Pooling", (IMAGE,), InvalidValue, ("kernel_size", "global_pooling"), global_pooling=True, kernel_size=2),
    row("Pooling", (IMAGE,), InvalidValue, ("stride", "global_pooling"), global_pooling=True, stride=2),
    row("Pooling", (IMAGE,), InvalidValue, ("pad", "global_pooling"), global_pooling=True, pad=1),
    row("Pooling", ((1, 3, 28, 28),), EmptyOutput, ("ceil((28 + 2·0 − 31) / 2) + 1 = 0",), kernel_size=31, stride=2),
    row("SPP", ((1, 3, 28, 28),), BadDimensions, ("16 bins", "size of 28"), pyramid_height=5),
    row("SPP", ((1, 3, 28, 28),), BadDimensions, ("16 bins",), pyramid_height=4_000_000_000),
    row("SPP", ((1, 3, 5, 5),), InvalidValue, ("5×5 into 2×2 bins",), pyramid_height=2, pool=2),
    row("SPP", ((1, 3, 5),), BadDimensions, ("N×C×H×W",), pyramid_height=2),
]


@pytest.mark.parametrize(("spec", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    spec: Spec,
    bottoms: tuple[Shape, ...],
    problem: type[Diagnostic],
    words: tuple[str, ...],
) -> None:
    layer, site = make(spec[0], **spec[1]), Site(bottoms)
    with pytest.raises(Refusal) as caught:
        layer.infer(site)
    refusal = caught.value
    assert refusal.problem is problem
    assert all(word in refusal.message for word in words), refusal.message
    assert set(refusal.fields) <= set(type(layer).model_fields)
    assert set(refusal.bottoms) <= set(range(len(bottoms)))
    assert refusal.help or refusal.label


# type, field at fault, parameters
INVALID = [
    row("Convolution", "num_output", kernel_size=3),
    row("Convolution", "num_output", num_output=0, kernel_size=3),
    row("Convolution", "kernel_size", num_output=1, kernel_size=(3, 0)),
    row("Convolution", "stride", num_output=1, kernel_size=3, stride=0),
    row("Convolution", "group", num_output=1, kernel_size=3, group=0),
    row("Dropout", "dropout_ratio", dropout_ratio=0.0),
    row("Dropout", "dropout_ratio", dropout_ratio=1.0),
    row("Exp", "base", base=0.0),
    row("Exp", "base", base=math.inf),
    row("Log", "base", base=-2.0),
    row("Log", "base", base=1.0),
    row("Log", "base", base=math.nan),
    row("Clip", "max", min=0.0),
    row("Scale", "num_axes", num_axes=-2),
    row("LRN", "local_size", local_size=4),
    row("Embed", "input_dim", num_output=3),
    row("SPP", "pyramid_height"),
]


@pytest.mark.parametrize(("spec", "field"), INVALID)
def test_invalid(spec: Spec, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make(spec[0], **spec[1])
    assert caught.value.errors()[0]["loc"][0] == field


def test_fillers_by_default() -> None:
    def value(type_name: str, **params: Any) -> float:
        return make(type_name, **params).blobs(Site((IMAGE,)))[0].filler.value

    assert value("Scale") == 1
    assert value("Scale", filler={}) == 0
    assert value("PReLU") == 0.25
    assert value("PReLU", filler={}) == 0
    assert value("Bias") == 0
    assert value("Convolution", num_output=2, kernel_size=(1,)) == 0


def test_convolution_of_several_bottoms() -> None:
    layer = Convolution.model_validate({"num_output": 2, "kernel_size": (3,)})
    site = Site((IMAGE, IMAGE), tops=2)
    assert layer.infer(site) == ((2, 2, 7, 9),) * 2
    assert layer.macs(site, layer.infer(site)) == 2 * (2 * 2 * 7 * 9) * (6 * 3 * 3)


def test_overhang_of_a_kernel_larger_than_the_input() -> None:
    layer = Convolution.model_validate({"num_output": 1, "kernel_size": (5,), "stride": (2,)})
    at = layer.geometry(Site(((1, 1, 4, 9),)))
    assert at.overhang((1, 1, 4, 9)) == (1, 0)


def test_macs() -> None:
    up = Deconvolution.model_validate({"num_output": 8, "kernel_size": (4,), "group": 2, "stride": (2,)})
    assert up.macs(Site((IMAGE,)), up.infer(Site((IMAGE,)))) == (2 * 6 * 9 * 11) * (4 * 4 * 4)
    full = make("InnerProduct", num_output=5)
    assert full.macs(Site((IMAGE,)), ((2, 5),)) == 2 * 5 * 594


def test_second_top_of_pooling() -> None:
    site = Site((IMAGE,), tops=2)
    assert Pooling.model_validate({"kernel_size": (3,)}).infer(site) == ((2, 6, 7, 9),) * 2
    with pytest.raises(Refusal) as caught:
        Pooling.model_validate({"kernel_size": (3,), "pool": 1}).infer(site)
    assert caught.value.problem is BlobCount


def test_batch_norm_chooses_its_statistics_by_phase() -> None:
    assert BatchNorm().global_stats(Phase.TEST)
    assert not BatchNorm().global_stats(Phase.TRAIN)
    assert BatchNorm.model_validate({"use_global_stats": True}).global_stats(Phase.TRAIN)
    assert not any(blob.learnable for blob in BatchNorm().blobs(Site((IMAGE,))))


def test_wishes() -> None:
    assert make("Convolution", num_output=2, kernel_size=(1,)).wish(Site((IMAGE,))) is Wish.LAST
    assert make("Convolution", num_output=2, kernel_size=(1,), axis=2).wish(Site((IMAGE,))) is Wish.FIRST
    for type_name in ("ReLU", "PReLU", "Dropout", "BatchNorm", "Scale", "Bias", "Softmax", "MVN"):
        assert make(type_name).wish(Site((IMAGE,))) is Wish.EITHER, type_name
    assert make("PReLU", channel_shared=True).wish(Site((IMAGE,))) is Wish.EITHER
    assert make("Scale", num_axes=2).wish(Site((IMAGE,))) is Wish.FIRST
    assert make("InnerProduct", num_output=2).wish(Site((IMAGE,))) is Wish.FIRST


def caffe_windows(size: int, kernel: int, stride: int, pad: int, clip: bool) -> list[tuple[int, int, int]]:
    """Begin and end of each window, cut to the input, and what AVE divides by; written after pooling_layer.cpp."""
    count = math.ceil(np.float32(size + 2 * pad - kernel) / np.float32(stride)) + 1
    if clip and (count - 1) * stride >= size + pad:
        count -= 1
    windows: list[tuple[int, int, int]] = []
    for i in range(count):
        begin = i * stride - pad
        end = min(begin + kernel, size + pad)
        windows.append((max(begin, 0), min(end, size), end - begin))
    return windows


@pytest.mark.parametrize("pads", [(0, 0), (0, 1), (1, 0), (2, 1)])
def test_windows_of_pooling(pads: tuple[int, int]) -> None:
    checked = 0
    for size in range(1, 13):
        for kernel in range(1, 6):
            for stride in range(1, 6):
                if kernel <= max(pads):
                    continue
                layer = Pooling.model_validate({"kernel_size": (kernel,), "stride": (stride,), "pad": pads})
                wanted = [caffe_windows(size, kernel, stride, pad, any(pads)) for pad in pads]
                try:
                    at = layer.geometry(Site(((1, 1, size, size),)))
                except Refusal as refusal:
                    assert refusal.problem is EmptyOutput and not all(wanted)
                    continue
                for i, windows in enumerate(wanted):
                    assert at.output[i] == len(windows)
                    assert at.divisors(i) == tuple(divisor for _, _, divisor in windows)
                    assert at.outside[i] == (windows[-1][0] >= size)
                    # With `pad` before and `end` behind there is room for just these windows.
                    assert (size + pads[i] + at.end[i] - kernel) // stride + 1 == len(windows)
                checked += 1
    assert checked > 100


@pytest.mark.parametrize("size", [(9, 13), (12, 13), (11, 6), (7, 7)])
def test_levels_of_a_pyramid(size: tuple[int, int]) -> None:
    levels = SPP.model_validate({"pyramid_height": 3}).levels(Site(((1, 2, *size),)))
    assert levels is not None
    assert [level.output for level in levels] == [(1, 1), (2, 2), (4, 4)]
