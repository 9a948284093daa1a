"""Pooling against loops written from Caffe's pooling_layer.cpp, over windows that PyTorch's own functions lack."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec

LOWEST = float(np.finfo(np.float64).min)  # in float32 Caffe's −FLT_MAX


def spec(shape: tuple[int, ...], fields: Mapping[str, Any], tops: int = 1) -> str:
    dims = " ".join(f"dim: {d}" for d in shape)
    body = " ".join(
        f"{name}: {value}"
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    )
    names = " ".join(f'top: "{name}"' for name in ("y", "mask")[:tops])
    return f"""
        layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ {dims} }} }} }}
        layer {{ name: "pool" type: "Pooling" bottom: "x" {names} pooling_param {{ {body} }} }}"""


def pooled(
    x: NDArray[np.float64], kernel: list[int], stride: list[int], pad: list[int], output: tuple[int, ...], average: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The result and the indices of the maxima, window by window; N×C×H×W."""
    n, c, h, w = x.shape
    y, mask = np.full((n, c, *output), LOWEST), np.full((n, c, *output), -1.0)
    for i, j in np.ndindex(*output):
        top, left = i * stride[0] - pad[0], j * stride[1] - pad[1]
        bottom, right = min(top + kernel[0], h + pad[0]), min(left + kernel[1], w + pad[1])
        size = (bottom - top) * (right - left)
        top, left, bottom, right = max(top, 0), max(left, 0), min(bottom, h), min(right, w)
        for item in np.ndindex(n, c):
            window = x[item][top:bottom, left:right]
            if average:
                with np.errstate(invalid="ignore", divide="ignore"):
                    y[(*item, i, j)] = np.float64(window.sum()) / size
            elif window.size:
                y[(*item, i, j)] = window.max()
                a, b = np.unravel_index(window.argmax(), window.shape)
                mask[(*item, i, j)] = (top + a) * w + left + b
    return y, mask


# Every way in which windows stand to the input: even and odd sizes, gaps, overlap, padding up to the kernel.
CASES = [
    (size, kernel, stride, pad, mode)
    for size, kernel, stride, mode in itertools.product((4, 5, 7), (1, 2, 3), (1, 2, 3, 4), ("CEIL", "FLOOR"))
    for pad in range(kernel)
]


@pytest.mark.parametrize("method", ["MAX", "AVE"])
def test_every_window(method: str) -> None:
    rng = np.random.default_rng(0)
    for size, kernel, stride, pad, mode in CASES:
        shape = (1, 2, size, 6)
        fields = {"pool": method, "kernel_size": kernel, "stride": stride, "pad": pad, "round_mode": mode}
        net = netspec.load_text(spec(shape, fields))
        x = rng.standard_normal(shape)
        found = netspec.build(net, dtype="float64").forward({"x": x})["y"]
        wanted, _ = pooled(x, [kernel] * 2, [stride] * 2, [pad] * 2, found.shape[2:], method == "AVE")
        assert np.allclose(found, wanted, 1e-12, equal_nan=True), (fields, shape)


def test_uneven_windows_and_the_indices_of_maxima() -> None:
    rng = np.random.default_rng(0)
    for kernel, stride, pad in [([2, 3], [1, 2], [1, 0]), ([3, 2], [2, 3], [2, 1]), ([1, 1], [2, 3], [0, 0])]:
        pairs = zip(("kernel", "stride", "pad"), (kernel, stride, pad), strict=True)
        fields = {f"{name}_{axis}": value for name, pair in pairs for axis, value in zip("hw", pair, strict=True)}
        net = netspec.load_text(spec((2, 2, 6, 7), fields, tops=2))
        x = rng.standard_normal((2, 2, 6, 7))
        found = netspec.build(net, dtype="float64").forward({"x": x})
        y, mask = pooled(x, kernel, stride, pad, found["y"].shape[2:], average=False)
        assert np.array_equal(found["y"], y)
        assert np.array_equal(found["mask"], mask)


@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("method", ["MAX", "AVE"])
def test_other_numbers_of_axes(axes: int, method: str) -> None:
    """Along the first axis they do what two axes do, where the others have size 1."""
    rng = np.random.default_rng(0)
    for kernel, stride, pad in [(3, 2, 2), (2, 3, 0), (3, 2, 1)]:
        ones = (1,) * (axes - 1)
        fields = {
            "pool": method,
            "kernel_size": [kernel, *ones],
            "stride": [stride, *ones],
            "pad": [pad, *[0 for _ in ones]],
        }
        x = rng.standard_normal((2, 3, 7, *ones))
        found = netspec.build(netspec.load_text(spec(x.shape, fields)), dtype="float64").forward({"x": x})["y"]
        flat = x.reshape(2, 3, 7, 1)
        wanted, _ = pooled(flat, [kernel, 1], [stride, 1], [pad, 0], (found.shape[2], 1), method == "AVE")
        assert np.allclose(found.reshape(wanted.shape), wanted, 1e-12, equal_nan=True), fields


def test_stochastic_pooling_gives_its_mean_in_test_and_an_element_in_train() -> None:
    x = np.abs(np.random.default_rng(0).standard_normal((1, 2, 5, 5)))
    x[0, 0, :2, :2] = 0
    text = spec(x.shape, {"pool": "STOCHASTIC", "kernel_size": 2, "stride": 2})
    found = netspec.build(netspec.load_text(text), dtype="float64").forward({"x": x})["y"]
    assert found[0, 0, 0, 0] == 0
    window = x[0, 1, 2:4, 2:4]
    assert np.isclose(found[0, 1, 1, 1], (window**2).sum() / window.sum())
    assert np.isclose(found[0, 1, 2, 2], x[0, 1, 4, 4])
    drawn = netspec.build(netspec.load_text(text, phase="TRAIN"), dtype="float64").forward({"x": x})["y"]
    assert np.isin(drawn, x).all()
