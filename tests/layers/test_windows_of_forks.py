"""Convolution and pooling as forks have them: shapes, values against numpy, refusals, and that the backends agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.shapes import UNKNOWN, show

IMAGE, FILM = (2, 3, 7, 6), (1, 2, 4, 6, 5)
BACKENDS = ("numpy", "torch", "tensorflow")
SPACE = ((0, 0), (0, 0))


def spec(kind: str, fields: str, shape: tuple[int, ...]) -> str:
    layer = find(kind)
    message = layer and layer.message
    dims = " ".join(f"dim: {size}" for size in shape)
    data = f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ {dims} }} }} }}\n'
    return data + f'layer {{ name: "y" type: "{kind}" bottom: "data" top: "y" {message} {{ {fields} }} }}'


def correlate(x: Any, weight: Any, stride: tuple[int, ...], group: int = 1) -> Any:
    """The sum over every window of an input that is padded already, by the definition."""
    kernel = weight.shape[2:]
    sizes = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], kernel, stride, strict=True)]
    y = np.zeros((len(x), len(weight), *sizes))
    inputs, outputs = x.shape[1] // group, len(weight) // group
    for o in range(len(weight)):
        first = o // outputs * inputs
        for at in np.ndindex(*sizes):
            window = tuple(slice(i * s, i * s + k) for i, s, k in zip(at, stride, kernel, strict=True))
            seen = x[:, first : first + inputs][(..., *window)]
            y[(slice(None), o, *at)] = (seen * weight[o]).sum(tuple(range(1, seen.ndim)))
    return y


def padded(x: Any, *ends: tuple[int, int], value: float = 0.0) -> Any:
    return np.pad(x, (*SPACE, *ends), constant_values=value)


def spread(weight: Any, dilation: int) -> Any:
    """A kernel with holes."""
    size = dilation * (weight.shape[2] - 1) + 1
    y = np.zeros((*weight.shape[:2], size, size))
    y[..., ::dilation, ::dilation] = weight
    return y


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[str, str, tuple[int, ...], tuple[int, ...], Callable[[Any, Any], Any]]] = [
    (
        "NdConvolution",
        "num_output: 3 kernel_shape { dim: 3 dim: 2 dim: 1 } stride_shape { dim: 1 dim: 2 dim: 3 } "
        "pad_shape { dim: 1 dim: 0 dim: 1 }",
        FILM,
        (3, 2, 3, 2, 1),
        lambda x, w: correlate(padded(x, (1, 1), (0, 0), (1, 1)), w, (1, 2, 3)),
    ),
    (
        "DepthwiseConvolution",
        "num_output: 6 kernel_size: 3",
        IMAGE,
        (6, 1, 3, 3),
        lambda x, w: correlate(x, w, (1, 1), 3),
    ),
    (
        "DepthwiseConvolution",
        "num_output: 2 kernel_size: 3 group: 1",
        IMAGE,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, w, (1, 1)),
    ),
    ("ConvolutionDepthwise", "kernel_size: 3 stride: 2", IMAGE, (3, 1, 3, 3), lambda x, w: correlate(x, w, (2, 2), 3)),
    (
        "ConvolutionDepthwise",
        "num_output: 7 group: 2 kernel_size: 3",
        IMAGE,
        (3, 1, 3, 3),
        lambda x, w: correlate(x, w, (1, 1), 3),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 pad_l: 1 pad_b: 2",
        IMAGE,
        (2, 3, 3, 3),
        lambda x, w: correlate(padded(x, (0, 2), (1, 0)), w, (1, 1)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 4 stride: 3 pad_type: 1",
        IMAGE,
        (2, 3, 4, 4),
        lambda x, w: correlate(padded(x, (1, 2), (0, 1)), w, (3, 3)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 hole: 2",
        IMAGE,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, spread(w, 2), (1, 1)),
    ),
    (
        "Convolution",
        "num_output: 2 kernel_size: 3 hole_h: 2 hole_w: 2",
        IMAGE,
        (2, 3, 3, 3),
        lambda x, w: correlate(x, spread(w, 2), (1, 1)),
    ),
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


@pytest.mark.parametrize(
    ("kind", "fields", "shape", "weight", "expected"), CONVOLVED, ids=[f"{c[0]} {c[1]}" for c in CONVOLVED]
)
def test_convolution(kind: str, fields: str, shape: Any, weight: Any, expected: Any) -> None:
    random = np.random.default_rng(4)
    x, w, b = random.normal(size=shape), random.normal(size=weight), random.normal(size=weight[:1])
    net = netspec.load_text(spec(kind, fields, shape))
    assert net.params["y"] == (weight, weight[:1])
    for backend in BACKENDS:
        model = netspec.build(net, backend=backend, dtype="float64")
        model.set_params({"y": [w, b]})
        y = model.forward({"data": x})["y"] - b.reshape(-1, *(1,) * (len(shape) - 2))
        np.testing.assert_allclose(y, expected(x, w), rtol=1e-9, atol=1e-9, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


def windows(x: Any, kernel: int, stride: int, ends: tuple[tuple[int, int], ...], reduce: Any) -> Any:
    """`reduce` of every whole window of an input that is NaN around."""
    x = padded(x, *ends, value=np.nan)
    sizes = [(n - kernel) // stride + 1 for n in x.shape[2:]]
    y = np.zeros((*x.shape[:2], *sizes))
    for at in np.ndindex(*sizes):
        window = tuple(slice(i * stride, i * stride + kernel) for i in at)
        y[(..., *at)] = reduce(x[(..., *window)], tuple(range(2, x.ndim)))
    return y


def zeros_count(x: Any, axis: Any) -> Any:
    return np.nansum(x, axis) / np.prod([x.shape[i] for i in axis])


# type, fields, input, what numpy says
POOLED: list[tuple[str, str, tuple[int, ...], Callable[[Any], Any]]] = [
    (
        "Pooling",
        "kernel_size: 2 stride: 2 ceil_mode: false",
        IMAGE,
        lambda x: windows(x, 2, 2, ((0, 0), (0, 0)), np.nanmax),
    ),
    (
        "Pooling",
        "kernel_size: 2 stride: 2 ceil_mode: true",
        IMAGE,
        lambda x: windows(x, 2, 2, ((0, 1), (0, 0)), np.nanmax),
    ),
    (
        "Pooling",
        "kernel_size: 3 stride: 2 pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 1",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmax),
    ),
    (
        "Pooling",
        "pool: AVE kernel_size: 3 stride: 2 pad_l: 1 pad_r: 2 pad_t: 1 pad_b: 1",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (1, 2)), zeros_count),
    ),
    ("Pooling", "kernel_size: 3 stride: 2 pad_type: 1", IMAGE, lambda x: windows(x, 3, 2, ((1, 1), (0, 1)), np.nanmax)),
    ("Pooling", "kernel_size: 1 stride: 2 pad_type: 1", IMAGE, lambda x: x[..., ::2, ::2]),
    (
        "Pooling",
        "pool: AVE kernel_size: 3 stride: 2 pad: 1 avg_include_pad: false axis: 1",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: MAX kernel_size: 3 stride: 2 pad: 1 avg_include_pad: false",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmax),
    ),
    (
        "Pooling",
        "pool: AVE_EXC_PAD kernel_size: 3 stride: 2 pad: 1",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (1, 2)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: AVE_TF kernel_size: 3 stride: 2 pad_type: 1",
        IMAGE,
        lambda x: windows(x, 3, 2, ((1, 1), (0, 1)), np.nanmean),
    ),
    (
        "Pooling",
        "pool: AVE_EXC_PAD kernel_size: 2 stride: 2",
        FILM,
        lambda x: windows(x, 2, 2, ((0, 0), (0, 0), (0, 1)), np.nanmean),
    ),
    ("Pooling", "pool: AVE_EXC_PAD global_pooling: true", IMAGE, lambda x: x.mean((2, 3), keepdims=True)),
    (
        "NdPooling",
        "kernel_shape { dim: 2 dim: 2 dim: 2 } stride_shape { dim: 2 dim: 2 dim: 2 }",
        FILM,
        lambda x: windows(x, 2, 2, ((0, 0), (0, 0), (0, 1)), np.nanmax),
    ),
    (
        "Pooling3D",
        "kernel_size: 2 stride: 2 kernel_depth: 1",
        FILM,
        lambda x: np.stack([windows(x[:, :, i], 2, 2, ((0, 0), (0, 1)), np.nanmax) for i in range(4)], 2),
    ),
]


@pytest.mark.parametrize(("kind", "fields", "shape", "expected"), POOLED, ids=[f"{c[0]} {c[1]}" for c in POOLED])
def test_pooling(kind: str, fields: str, shape: Any, expected: Any) -> None:
    x = np.random.default_rng(5).normal(size=shape)
    net = netspec.load_text(spec(kind, fields, shape))
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(y, expected(x), rtol=1e-9, atol=1e-12, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


def test_what_a_mean_counts_behind() -> None:
    """The last window of three has one element and one zero: what lies beyond pad_b does not count."""
    net = netspec.load_text(spec("Pooling", "pool: AVE kernel_size: 3 stride: 2 pad_b: 1", (1, 1, 5, 3)))
    x: Any = np.arange(15.0).reshape(1, 1, 5, 3)
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(
            y.flatten(), [x[:, :, :3].mean(), x[:, :, 2:].mean(), x[:, :, 4:].mean() / 2], rtol=1e-12
        )


SHAPES: list[tuple[str, dict[str, Any], Any, Any, Any]] = [
    ("DepthwiseConvolution", {"num_output": 4, "kernel_size": (3,)}, (2, UNKNOWN, 7, 7), (2, 4, 5, 5), (4, 1, 3, 3)),
    ("ConvolutionDepthwise", {"kernel_size": (3,)}, (2, UNKNOWN, 7, 7), (2, UNKNOWN, 5, 5), (UNKNOWN, 1, 3, 3)),
    (
        "Convolution",
        {"num_output": 2, "kernel_size": (3,), "pad_type": 1},
        (1, 2, UNKNOWN, 7),
        (1, 2, UNKNOWN, 7),
        (2, 2, 3, 3),
    ),
    ("Pooling", {"kernel_size": (3,), "pad_b": 1}, (1, 2, UNKNOWN, 7), (1, 2, UNKNOWN, 5), None),
]


@pytest.mark.parametrize(("kind", "fields", "shape", "expected", "weight"), SHAPES)
def test_shapes(kind: str, fields: Any, shape: Any, expected: Any, weight: Any) -> None:
    layer = find(kind)
    assert layer
    site, params = Site((shape,)), layer.model_validate(fields)
    assert show(params.infer(site)[0]) == show(expected)
    assert [show(blob.shape) for blob in params.blobs(site)][:1] == ([show(weight)] if weight else [])


REFUSALS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("NdConvolution", {"num_output": 2}, FILM, "NdConvolution has no kernel_size"),
    ("NdConvolution", {"num_output": 2, "kernel_shape": {"dim": (3, 0, 1)}}, FILM, "kernel_shape must be at least 1"),
    ("NdPooling", {"kernel_shape": {"dim": (3, 2)}}, FILM, "kernel_shape is given 2 times"),
    ("NdPooling", {"kernel_shape": {"dim": (9, 9, 9)}}, FILM, "size −4 on axis 2"),
    ("DepthwiseConvolution", {"num_output": 4, "kernel_size": (3,)}, IMAGE, "4 outputs do not make 3 groups"),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "pad": (1,), "pad_l": 1}, IMAGE, "the same thing twice"),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "pad_type": 1, "pad_l": 1}, IMAGE, "the same thing twice"),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "pad_l": 1}, FILM, "two spatial axes"),
    ("Convolution", {"num_output": 2, "kernel_size": (9,), "pad_l": 1}, IMAGE, "7 . 0 . 0|7 . 2·0"),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "hole": (2,), "dilation": (2,)}, IMAGE, "dilation and hole"),
    ("Convolution", {"num_output": 2, "kernel_size": (3,), "hole_h": 2}, IMAGE, "given by hole_h"),
    ("Deconvolution", {"num_output": 2, "kernel_size": (3,), "pad_l": 1}, IMAGE, "pads both ends of an axis alike"),
    ("Convolution3D", {"num_output": 2, "kernel_size": (3,)}, IMAGE, "takes N×C×frames×H×W"),
    ("Convolution3D", {"num_output": 3, "kernel_size": (3,), "filter_group": 2}, FILM, "3 outputs do not make 2 parts"),
    ("Pooling3D", {"kernel_size": (3,), "pad": (1,)}, FILM, "pads for AVE alone, not for MAX"),
]


@pytest.mark.parametrize(("kind", "fields", "shape", "message"), REFUSALS)
def test_refusals(kind: str, fields: Any, shape: Any, message: str) -> None:
    layer = find(kind)
    assert layer
    with pytest.raises(Refusal, match=message):
        layer.model_validate(fields).infer(Site((shape,)))


# The fields, the blobs behind the factor, and what is done with them
SCALED: list[tuple[str, int, Callable[[Any, Any, Any], Any]]] = [
    ("scale_bias: true scale_filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("scale_bias: false", 0, lambda y, w, b: y),
    ("bias_filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("use_weight_bias: true filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("use_weight_bias: true bias_term: false", 1, lambda y, w, b: w * y),
    ("use_weight_bias: true relu: true engine: MKL2017", 2, lambda y, w, b: np.maximum(w * y + b, 0)),
]


@pytest.mark.parametrize(("fields", "more", "expected"), SCALED, ids=[case[0] for case in SCALED])
@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
def test_batch_norm(fields: str, more: int, expected: Any, phase: str) -> None:
    """With the weight and the bias that forks give it; a Scale behind it stays one."""
    random = np.random.default_rng(6)
    x, mean, variance = random.normal(size=IMAGE), random.normal(size=3), random.uniform(0.5, 2, 3)
    factors = [random.normal(size=3) for _ in range(2)]
    text = spec("BatchNorm", fields, IMAGE)
    net = netspec.load_text(text, phase=phase)
    for backend in BACKENDS:
        model = netspec.build(net, backend=backend, dtype="float64")
        model.set_params({"y": [2 * mean, 2 * variance, np.array([2.0]), *factors[:more]]})
        y = model.forward({"data": x})["y"]
        if phase == "TRAIN":
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        column = (-1, 1, 1)
        normal = (x - mean.reshape(column)) / np.sqrt(variance.reshape(column) + 1e-5)
        np.testing.assert_allclose(y, expected(normal, *(f.reshape(column) for f in factors)), rtol=1e-9, atol=1e-9)
    scale = 'layer { name: "s" type: "Scale" bottom: "y" top: "s" }'
    assert netspec.verify(netspec.load_text(f"{text}\n{scale}", phase=phase), grad=True).ok
