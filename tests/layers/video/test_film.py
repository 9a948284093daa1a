"""Layers of C3D, for films: values by its loops, its two formats, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible
from tests.layers.one_layer import BACKENDS, agree, close, net_text, values
from tests.layers.tables import each, is_refused
from tests.layers.windows import convolves, correlate, over_windows, padded, pools

IMAGE, FILM = (2, 3, 7, 6), (1, 2, 4, 6, 5)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Convolution3D", {"num_output": 2, "kernel_size": (3,)}, (IMAGE,), BadDimensions, "takes N×C×frames×H×W"),
    (
        "Convolution3D",
        {"num_output": 3, "kernel_size": (3,), "filter_group": 2},
        (FILM,),
        NotDivisible,
        "3 outputs do not make 2 parts",
    ),
    ("Pooling3D", {"kernel_size": (3,), "pad": (1,)}, (FILM,), InvalidValue, "pads for AVE alone, not for MAX"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[Any, ...]] = [
    (
        "Convolution3D",
        "num_output: 2 kernel_size: 3 kernel_depth: 2 pad: 1 stride: 2 temporal_stride: 3 temporal_pad: 1 "
        "filter_group: 2",
        FILM,
        (2, 2, 2, 3, 3),
        lambda x, w: correlate(padded(x, (1, 1), (1, 1), (1, 1)), w, (3, 2, 2)),
    ),
    (  # a group is no group
        "Convolution3D",
        "num_output: 4 kernel_size: 2 kernel_depth: 3 group: 2",
        FILM,
        (4, 2, 3, 2, 2),
        lambda x, w: correlate(x, w, (1, 1, 1)),
    ),
]
test_convolution = each(CONVOLVED, convolves)


# type, fields, input, what numpy says
POOLED: list[tuple[Any, ...]] = [
    (
        "Pooling3D",
        "kernel_size: 2 stride: 2 kernel_depth: 1",
        FILM,
        lambda x: np.stack([over_windows(x[:, :, i], 2, 2, ((0, 0), (0, 1)), np.nanmax) for i in range(4)], 2),
    ),
]
test_pooling = each(POOLED, pools)


FILM = (1, 2, 4, 6, 5)


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


def test_deconvolution_of_films() -> None:
    random = np.random.default_rng(6)
    x, w, b = random.normal(size=FILM), random.normal(size=(2, 3, 2, 3, 3)), random.normal(size=3)
    whole = np.zeros((1, 3, 8, 13, 11))
    for n, c, *at in np.ndindex(*x.shape):
        t, i, j = at
        whole[n, :, 2 * t : 2 * t + 2, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += x[(n, c, *at)] * w[c]
    fields = "num_output: 3 kernel_size: 3 kernel_depth: 2 stride: 2 temporal_stride: 2 pad: 1 group: 2"
    message = f"convolution3d_param {{ {fields} }}"
    expected = whole[..., 1:-1, 1:-1] + b.reshape(-1, 1, 1, 1)
    close(values("Deconvolution3D", message, [x], params={"y": [w, b]}), expected)
    agree(net_text("Deconvolution3D", message, [FILM]))


C3D = """
layers { name: "data" type: VIDEO_DATA top: "data" top: "label" image_data_param { batch_size: 2 crop_size: 8
  new_height: 9 new_width: 11 new_length: 4 use_image: true show_data: 0 mirror: true } }
layers { name: "c" type: CONVOLUTION3D bottom: "data" top: "c" blobs_lr: 1 blobs_lr: 2
  convolution_param { num_output: 4 kernel_size: 3 kernel_depth: 3 pad: 1 temporal_pad: 1 } }
layers { name: "p" type: POOLING3D bottom: "c" top: "p"
  pooling_param { pool: MAX kernel_size: 2 kernel_depth: 1 stride: 2 temporal_stride: 1 } }
layers { name: "d" type: DECONVOLUTION3D bottom: "p" top: "d"
  convolution_param { num_output: 2 kernel_size: 2 stride: 2 kernel_depth: 2 temporal_stride: 2 } }
"""


def test_c3d() -> None:
    net = netspec.load_text(C3D)
    assert net.blobs["data"] == (2, 3, 4, 8, 8)
    assert (net.blobs["c"], net.blobs["p"], net.blobs["d"]) == ((2, 4, 4, 8, 8), (2, 4, 4, 4, 4), (2, 2, 8, 8, 8))
    assert net.params["d"] == ((4, 2, 2, 2, 2), (2,))
    assert netspec.verify(net, grad=True).ok


C3D_TODAY = """
layer { name: "data" type: "VideoData" top: "data" top: "label"
  video_data_param { source: "l" batch_size: 2 new_length: 4 new_height: 9 new_width: 11 shuffle: true
    use_image: true show_data: false use_temporal_jitter: false sampling_rate: 2 }
  transform_param { crop_size: 8 mirror: true mean_value: 90 mean_value: 98 mean_value: 102 } }
layer { name: "c" type: "Convolution3D" bottom: "data" top: "c"
  convolution3d_param { num_output: 4 kernel_size: 3 kernel_depth: 3 pad: 1 temporal_pad: 1 bias_term: false
    weight_filler { type: "msra" variance_norm: FAN_OUT } } }
layer { name: "p" type: "Pooling3D" bottom: "c" top: "p"
  pooling3d_param { pool: MAX kernel_size: 2 kernel_depth: 1 stride: 2 temporal_stride: 1 } }
layer { name: "d" type: "Deconvolution3D" bottom: "p" top: "d"
  convolution3d_param { num_output: 2 kernel_size: 2 stride: 2 kernel_depth: 2 temporal_stride: 2 } }
"""


def test_c3d_of_today() -> None:
    net = netspec.load_text(C3D_TODAY)
    assert (net.blobs["data"], net.blobs["label"]) == ((2, 3, 4, 8, 8), (2,))
    assert (net.blobs["c"], net.blobs["p"], net.blobs["d"]) == ((2, 4, 4, 8, 8), (2, 4, 4, 4, 4), (2, 2, 8, 8, 8))
    assert net.params["c"] == ((4, 3, 3, 3, 3),)
    assert netspec.verify(net, grad=True).ok


def test_a_fault_in_the_first_version() -> None:
    """V1's message has another name; what is wrong in it is still found where it stands."""
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(C3D.replace("kernel_depth: 3 pad: 1", "kernel_dept: 3 pad: 1"))
    (fault,) = caught.value.diagnostics
    assert fault.code == "NS201"
    assert C3D[fault.labels[0].span.start :].startswith("kernel_dept")
