"""Pooling in all its forms: shapes, refusals, and windows by the loops of Caffe's pooling_layer.cpp."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.layers.caffe.pooling import SPP, Pooling
from netspec.problems.fields import BlobCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, EmptyOutput
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import BACKENDS
from tests.layers.tables import each, has_shapes, is_explained, is_invalid
from tests.layers.windows import over_windows, pools, spec, zeros_count

IMAGE = (2, 6, 9, 11)
VOLUME = (1, 4, 7, 8, 9)
SMALL, FILM = (2, 3, 7, 6), (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("Pooling", {"kernel_size": (3,), "stride": (2,)}, (IMAGE,), ((2, 6, 4, 5),), ()),
    ("Pooling", {"kernel_size": (2,), "stride": (2,)}, (IMAGE,), ((2, 6, 5, 6),), ()),
    ("Pooling", {"kernel_size": (2,), "stride": (2,), "round_mode": 1}, (IMAGE,), ((2, 6, 4, 5),), ()),
    # Without padding the last window may lie outside, with it it is left out, on the axis without padding, too.
    ("Pooling", {"kernel_size": (1,), "stride": (2,)}, ((1, 1, 8, 3),), ((1, 1, 5, 2),), ()),
    (
        "Pooling",
        {"kernel_h": 1, "kernel_w": 2, "stride": (2,), "pad_h": 0, "pad_w": 1},
        ((1, 1, 8, 3),),
        ((1, 1, 4, 2),),
        (),
    ),
    ("Pooling", {"kernel_size": (3,), "stride": (3,), "pad": (2,)}, ((1, 1, 4, 4),), ((1, 1, 2, 2),), ()),
    ("Pooling", {"kernel_size": (5,), "stride": (2,)}, ((1, 1, 4, 4),), ((1, 1, 1, 1),), ()),
    ("Pooling", {"kernel_size": (2,), "stride": (2,)}, (VOLUME,), ((1, 4, 4, 4, 5),), ()),
    ("Pooling", {"kernel_size": (3,), "stride": (2,)}, ((1, 4, 7),), ((1, 4, 3),), ()),
    ("Pooling", {"global_pooling": True, "pad": (0,), "stride": (1,)}, ((2, 3, UNKNOWN, 5),), ((2, 3, 1, 1),), ()),
    ("Pooling", {"kernel_size": (3,), "stride": (2,), "pad": (1,)}, ((2, 3, UNKNOWN, 5),), ((2, 3, UNKNOWN, 3),), ()),
    ("SPP", {"pyramid_height": 3}, ((3, 2, 9, 13),), ((3, 42),), ()),
    ("SPP", {"pyramid_height": 1, "pool": 1}, ((2, 3, 11, 13),), ((2, 3, 1, 1),), ()),
    ("SPP", {"pyramid_height": 4_000_000_000}, ((2, 3, UNKNOWN, 13),), ((2, UNKNOWN),), ()),
    ("Pooling", {"kernel_size": (3,), "pad_b": 1}, ((1, 2, UNKNOWN, 7),), ((1, 2, UNKNOWN, 5),), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Pooling", {"kernel_size": (3,)}, ((3, 5),), BadDimensions, ("3×5", "2 axes")),
    ("Pooling", {}, (IMAGE,), MissingField, "kernel_size"),
    ("Pooling", {"kernel_w": 3}, (IMAGE,), InvalidValue, "without kernel_h"),
    (
        "Pooling",
        {"kernel_size": (3,), "kernel_h": 3, "kernel_w": 3},
        (IMAGE,),
        InvalidValue,
        ("kernel_size", "kernel_h"),
    ),
    ("Pooling", {"kernel_size": (3,), "pad_h": 1}, (IMAGE,), InvalidValue, "without pad_w"),
    ("Pooling", {"kernel_size": (3,), "stride": (1,), "stride_h": 1, "stride_w": 1}, (IMAGE,), InvalidValue, "stride"),
    ("Pooling", {"kernel_h": 3, "kernel_w": 3}, (VOLUME,), BadDimensions, "3 spatial axes"),
    ("Pooling", {"kernel_size": (2,), "pad": (2,)}, (IMAGE,), InvalidValue, ("pad 2", "kernel, 2")),
    ("Pooling", {"kernel_size": (2,), "pad": (1,), "pool": 2}, (IMAGE,), InvalidValue, ("STOCHASTIC", "1×1")),
    (
        "Pooling",
        {"global_pooling": True, "kernel_size": (2,)},
        (IMAGE,),
        InvalidValue,
        ("kernel_size", "global_pooling"),
    ),
    ("Pooling", {"global_pooling": True, "stride": (2,)}, (IMAGE,), InvalidValue, ("stride", "global_pooling")),
    ("Pooling", {"global_pooling": True, "pad": (1,)}, (IMAGE,), InvalidValue, ("pad", "global_pooling")),
    (
        "Pooling",
        {"kernel_size": (31,), "stride": (2,)},
        ((1, 3, 28, 28),),
        EmptyOutput,
        "ceil((28 + 2·0 − 31) / 2) + 1 = 0",
    ),
    ("SPP", {"pyramid_height": 5}, ((1, 3, 28, 28),), BadDimensions, ("16 bins", "size of 28")),
    ("SPP", {"pyramid_height": 4_000_000_000}, ((1, 3, 28, 28),), BadDimensions, "16 bins"),
    ("SPP", {"pyramid_height": 2, "pool": 2}, ((1, 3, 5, 5),), InvalidValue, "5×5 into 2×2 bins"),
    ("SPP", {"pyramid_height": 2}, ((1, 3, 5),), BadDimensions, "N×C×H×W"),
]
test_refused = each(REFUSED, is_explained)


# type, fields, the field at fault
INVALID: list[tuple[Any, ...]] = [
    ("SPP", {}, "pyramid_height"),
]
test_invalid = each(INVALID, is_invalid)


# type, fields, input, what numpy says
POOLED: list[tuple[Any, ...]] = [
    (
        "Pooling",
        "kernel_size: 2 stride: 2 ceil_mode: false",
        SMALL,
        lambda x: over_windows(x, 2, 2, ((0, 0), (0, 0)), np.nanmax),
    ),
    (
        "Pooling",
        "kernel_size: 2 stride: 2 ceil_mode: true",
        SMALL,
        lambda x: over_windows(x, 2, 2, ((0, 1), (0, 0)), np.nanmax),
    ),
    (
        "Pooling",
        "kernel_size: 3 stride: 2 pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmax),
    ),
    (
        "Pooling",
        "pool: AVE kernel_size: 3 stride: 2 pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 2)), zeros_count),
    ),
    (  # what is padded counts, what a window has beyond it does not
        "Pooling",
        "pool: AVE kernel_size: 3 stride: 2 pad_l: 1 pad_r: 1 pad_t: 0 pad_b: 2",
        (1, 2, 4, 6),
        lambda x: over_windows(np.pad(x, ((0, 0), (0, 0), (0, 1), (1, 1))), 3, 2, ((0, 0), (0, 1)), np.nanmean),
    ),
    (  # padding in which there is room for a window that is left out
        "Pooling",
        "pool: AVE kernel_size: 2 stride: 2 pad_l: 0 pad_r: 2 pad_t: 1 pad_b: 0",
        (1, 2, 4, 6),
        lambda x: over_windows(np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 0))), 2, 2, ((0, 1), (0, 0)), np.nanmean),
    ),
    (
        "Pooling",
        "kernel_size: 3 stride: 2 pad_type: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (0, 1)), np.nanmax),
    ),
    ("Pooling", "kernel_size: 1 stride: 2 pad_type: 1", SMALL, lambda x: x[..., ::2, ::2]),
    (
        "Pooling",
        "pool: AVE kernel_size: 3 stride: 2 pad: 1 avg_include_pad: false axis: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: MAX kernel_size: 3 stride: 2 pad: 1 avg_include_pad: false",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmax),
    ),
    (
        "Pooling",
        "pool: AVE_EXC_PAD kernel_size: 3 stride: 2 pad: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: AVE_TF kernel_size: 3 stride: 2 pad_type: 1",
        SMALL,
        lambda x: over_windows(x, 3, 2, ((1, 1), (0, 1)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: AVE_EXC_PAD kernel_size: 2 stride: 2",
        FILM,
        lambda x: over_windows(x, 2, 2, ((0, 0), (0, 0), (0, 1)), np.nanmean),
    ),
    (  # PyTorch refuses a kernel larger than the input on three axes
        "Pooling",
        "pool: AVE kernel_size: 2 stride: 2",
        (2, 2, 1, 5, 1),
        lambda x: over_windows(x, 2, 2, ((0, 1), (0, 1), (0, 1)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: AVE_EXC_PAD kernel_size: 3 stride: 2 pad: 1",
        (2, 2, 1, 5, 1),
        lambda x: over_windows(x, 3, 2, ((1, 1), (1, 1), (1, 1)), np.nanmean),
    ),
    ("Pooling", "pool: AVE_EXC_PAD global_pooling: true", SMALL, lambda x: x.mean((2, 3), keepdims=True)),
]
test_pooling = each(POOLED, pools)


def test_second_top_of_pooling() -> None:
    site = CallSite((IMAGE,), tops=2)
    assert Pooling.model_validate({"kernel_size": (3,)}).infer(site) == ((2, 6, 7, 9),) * 2
    with pytest.raises(Refusal) as caught:
        Pooling.model_validate({"kernel_size": (3,), "pool": 1}).infer(site)
    assert caught.value.problem is BlobCount


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
                    at = layer.geometry(CallSite(((1, 1, size, size),)))
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
    levels = SPP.model_validate({"pyramid_height": 3}).levels(CallSite(((1, 2, *size),)))
    assert levels is not None
    assert [level.output for level in levels] == [(1, 1), (2, 2), (4, 4)]


def test_what_a_mean_counts_behind() -> None:
    """The last window of three has one element and one zero: what lies beyond pad_b does not count."""
    net = netspec.load_text(spec("Pooling", "pool: AVE kernel_size: 3 stride: 2 pad_b: 1", (1, 1, 5, 3)))
    x: Any = np.arange(15.0).reshape(1, 1, 5, 3)
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(
            y.flatten(), [x[:, :, :3].mean(), x[:, :, 2:].mean(), x[:, :, 4:].mean() / 2], rtol=1e-12
        )
