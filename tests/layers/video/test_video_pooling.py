"""NdPooling, with a size for each axis: shapes, refusals, and windows by loops."""

from __future__ import annotations

from typing import Any

import numpy as np

import netspec
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, EmptyOutput
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_explained, is_refused
from tests.layers.windows import over_windows, pools

NETS = {
    "NdPooling": net("NdPooling", "pooling_param { kernel_shape { dim: 2 dim: 2 dim: 2 } }", "1 2 4 6 5"),
    "Pooling3D": net("Pooling3D", "pooling3d_param { kernel_size: 2 stride: 2 kernel_depth: 1 }", "1 2 4 6 5"),
}

FILM = (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("Pooling3D", {"kernel_size": (2,), "kernel_depth": 2, "stride": (2,)}, (FILM,), ((1, 2, 3, 3, 3),), ()),
    ("Pooling3D", {"kernel_size": (2,), "kernel_l": 3, "stride": (2,), "stride_l": 1}, (FILM,), ((1, 2, 2, 3, 3),), ()),
    ("Pooling3D", {"kernel_size": (3,), "pad": (1,), "kernel_l": 1}, (FILM,), ((1, 2, 4, 6, 5),), ()),
    ("Pooling3D", {"kernel_size": (2,), "kernel_l": 2, "pad_l": 1, "stride_l": 2}, (FILM,), ((1, 2, 3, 5, 4),), ()),
    ("Pooling3D", {"global_pooling": True, "stride_l": 1}, (FILM,), ((1, 2, 1, 1, 1),), ()),
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


BRIEFLY: list[tuple[Any, ...]] = [
    ("Pooling3D", {"kernel_size": (3,), "pad": (1,)}, (FILM,), InvalidValue, "pads for AVE alone, not for MAX"),
]
test_refused_briefly = each(BRIEFLY, is_refused)


# type, fields, input, what numpy says
POOLED: list[tuple[Any, ...]] = [
    (
        "Pooling3D",
        "kernel_size: 2 stride: 2 kernel_depth: 1",
        FILM,
        lambda x: np.stack([over_windows(x[:, :, i], 2, 2, ((0, 0), (0, 1)), np.nanmax) for i in range(4)], 2),
    ),
    (
        "Pooling3D",
        "kernel_size: 2 stride: 2 kernel_l: 2 pad_l: 1 stride_l: 2",
        FILM,
        lambda x: over_windows(x, 2, 2, ((1, 1), (0, 0), (0, 1)), np.nanmax),
    ),
    (
        "NdPooling",
        "kernel_shape { dim: 2 dim: 2 dim: 2 } stride_shape { dim: 2 dim: 2 dim: 2 }",
        FILM,
        lambda x: over_windows(x, 2, 2, ((0, 0), (0, 0), (0, 1)), np.nanmax),
    ),
]
test_pooling = each(POOLED, pools)


def c3d_mean(x: Any) -> Any:
    """By the loop of C3D's pool3d_layer.cpp, with its bounds."""
    kernel, stride, pad = (2, 3, 3), (2, 2, 2), (0, 1, 1)
    space = x.shape[2:]
    sizes = [-(-(n + 2 * p - k) // s) + 1 for n, k, s, p in zip(space, kernel, stride, pad, strict=True)]
    y = np.zeros((*x.shape[:2], *sizes))
    for at in np.ndindex(*sizes):
        starts = [i * s - p for i, s, p in zip(at, stride, pad, strict=True)]
        ends = [min(a + k, n + p) for a, k, n, p in zip(starts, kernel, space, pad, strict=True)]
        inside = tuple(slice(max(a, 0), min(b, n)) for a, b, n in zip(starts, ends, space, strict=True))
        counted = np.prod([b - a for a, b in zip(starts, ends, strict=True)])
        y[(..., *at)] = x[(..., *inside)].sum((2, 3, 4)) / counted
    return y


def test_means() -> None:
    x = np.random.default_rng(5).normal(size=FILM)
    message = "pooling3d_param { pool: AVE kernel_size: 3 kernel_depth: 2 pad: 1 stride: 2 temporal_stride: 2 }"
    close(values("Pooling3D", message, [x]), c3d_mean(x))
    agree(net_text("Pooling3D", message, [FILM]))


def test_no_window_of_a_film_is_left_out() -> None:
    """Pooling would have one window less on either axis; the mean of nothing over nothing is not a number."""
    x: Any = np.arange(16.0).reshape(1, 1, 1, 4, 4)
    message = "pooling3d_param { pool: AVE kernel_size: 2 stride: 3 pad: 1 }"
    net = netspec.load_text(net_text("Pooling3D", message, [x.shape]))
    assert net.blobs["y0"] == (1, 1, 1, 3, 3)
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"x0": x})["y0"][0, 0, 0]
        np.testing.assert_allclose(y[:2, :2], [[0.0, 5 / 4], [20 / 4, 50 / 4]], err_msg=backend)
        assert np.isnan(y[2]).all() and np.isnan(y[:, 2]).all(), backend
