"""Convolution and pooling by loops over windows, for whatever form of them a fork has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import netspec
from netspec.layers import find
from tests.layers.one_layer import BACKENDS

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


def over_windows(x: Any, kernel: int, stride: int, ends: tuple[tuple[int, int], ...], reduce: Any) -> Any:
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


def convolves(
    kind: str, fields: str, shape: tuple[int, ...], weight: tuple[int, ...], expected: Callable[[Any, Any], Any]
) -> None:
    """What a convolution gives in every backend, of any input and weight."""
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


def pools(kind: str, fields: str, shape: tuple[int, ...], expected: Callable[[Any], Any]) -> None:
    """What a pooling gives in every backend, of any input."""
    x = np.random.default_rng(5).normal(size=shape)
    net = netspec.load_text(spec(kind, fields, shape))
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(y, expected(x), rtol=1e-9, atol=1e-12, err_msg=backend)
    assert netspec.verify(net, grad=True).ok
