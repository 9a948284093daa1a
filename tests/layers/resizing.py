"""An image in another size, in every way that a layer knows, by numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import netspec
from tests.layers.one_layer import BACKENDS

IMAGE = (2, 3, 5, 4)
DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 5 dim: 4 } } }\n'
MESSAGES = {
    "Interp": "interp_param",
    "NearestUpsample": "upsample_param",
    "Resample": "resample_param",
    "ResizeBilinear": "resize_bilinear_param",
    "ResizeNearestNeighbor": "resize_nearest_neighbor_param",
}


def spec(kind: str, fields: str) -> str:
    return DATA + f'layer {{ name: "y" type: "{kind}" bottom: "data" top: "y" {MESSAGES[kind]} {{ {fields} }} }}'


def along(x: Any, axis: int, places: Any) -> Any:
    """Linear interpolation at places of an axis, by numpy's own function."""
    return np.apply_along_axis(lambda line: np.interp(places, np.arange(len(line)), line), axis, x)


def corners(x: Any, h: int, w: int) -> Any:
    return along(along(x, 2, np.linspace(0, x.shape[2] - 1, h)), 3, np.linspace(0, x.shape[3] - 1, w))


def plain(x: Any, h: int, w: int, first: int = 2) -> Any:
    rows, columns = np.arange(h) * x.shape[first] / h, np.arange(w) * x.shape[first + 1] / w
    return along(along(x, first, rows), first + 1, columns)


def middles(x: Any, h: int, w: int) -> Any:
    rows, columns = (np.arange(h) + 0.5) * x.shape[2] / h - 0.5, (np.arange(w) + 0.5) * x.shape[3] / w - 0.5
    return along(along(x, 2, rows), 3, columns)


def resampled(x: Any, h: int, w: int, kernel: Any, antialias: bool) -> Any:
    """Every element of the output by itself, from a window around its place, as FlowNet's kernel does."""
    fy, fx = x.shape[2] / h, x.shape[3] / w
    ax, ay = (1 / fx, 1 / fy) if antialias and max(fx, fy) > 1 else (1, 1)
    y = np.zeros((*x.shape[:2], h, w))
    for i, j in np.ndindex(h, w):
        at_x, at_y = j * fx + fy / 2 - 0.5, i * fy + fx / 2 - 0.5
        total = 0.0
        for row, column in np.ndindex(*x.shape[2:]):
            weight = kernel(ax * abs(at_x - column)) * kernel(ay * abs(at_y - row))
            y[..., i, j] += weight * x[..., row, column]
            total += weight
        y[..., i, j] /= total or 1
    return y


def cubic(d: float) -> float:
    if d <= 1:
        return 1.5 * d**3 - 2.5 * d**2 + 1
    return -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0


def triangle(d: float) -> float:
    return max(0, 1 - d)


def picked(rows: list[int], columns: list[int]) -> Callable[[Any], Any]:
    return lambda x: x[:, :, rows][..., columns]


def resizes(kind: str, fields: str, expected: Callable[[Any], Any]) -> None:
    """What a layer gives in every backend, of any image."""
    x = np.random.default_rng(2).normal(size=IMAGE)
    net = netspec.load_text(spec(kind, fields))
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(y, expected(x), rtol=1e-9, atol=1e-12, err_msg=backend)
    assert netspec.verify(net, grad=True).ok
