"""Layers that give an image another size: shapes, values against numpy, refusals, and that the backends agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.shapes import UNKNOWN, show

IMAGE = (2, 3, 5, 4)
DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 5 dim: 4 } } }\n'
MESSAGES = {
    "Interp": "interp_param",
    "NearestUpsample": "upsample_param",
    "Resample": "resample_param",
    "ResizeBilinear": "resize_bilinear_param",
    "ResizeNearestNeighbor": "resize_nearest_neighbor_param",
}
BACKENDS = ("numpy", "torch", "tensorflow")


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


# type, fields, what numpy says
VALUES: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("Interp", "height: 9 width: 8", lambda x: corners(x, 9, 8)),
    ("Interp", "height: 1 width: 2", lambda x: corners(x, 1, 2)),
    ("Interp", "height: 5 width: 4", lambda x: x),
    ("Interp", "zoom_factor: 2", lambda x: corners(x, 9, 7)),
    ("Interp", "zoom_factor: 3 height: 2 width: 2", lambda x: corners(x, 13, 10)),
    ("Interp", "shrink_factor: 2", lambda x: corners(x, 3, 2)),
    ("Interp", "shrink_factor: 2 zoom_factor: 4", lambda x: corners(x, 9, 5)),
    ("Interp", "shrink_factor: 2 zoom_factor: 4 height: 3 width: 3", lambda x: corners(x, 3, 3)),
    ("Interp", "full_zoom_factor: 2", lambda x: corners(x, 10, 8)),
    ("Interp", "zoom_factor: 2 pad_beg: -1 pad_end: -1", lambda x: corners(x[..., 1:-1, 1:-1], 5, 3)),
    ("NearestUpsample", "scale: 3", lambda x: x.repeat(3, 2).repeat(3, 3)),
    ("Resample", "type: NEAREST factor: 2.0", lambda x: x.repeat(2, 2).repeat(2, 3)),
    ("Resample", "type: NEAREST height: 2 width: 2", picked([1, 3], [1, 3])),
    ("Resample", "factor: 2.0", lambda x: resampled(x, 10, 8, triangle, True)),
    ("Resample", "height: 2 width: 3", lambda x: resampled(x, 2, 3, triangle, True)),
    ("Resample", "height: 2 width: 9", lambda x: resampled(x, 2, 9, triangle, True)),
    ("Resample", "height: 2 width: 3 antialias: false", lambda x: resampled(x, 2, 3, triangle, False)),
    ("Resample", "type: CUBIC factor: 2.0", lambda x: resampled(x, 10, 8, cubic, True)),
    ("Resample", "type: CUBIC height: 2 width: 3", lambda x: resampled(x, 2, 3, cubic, True)),
    ("ResizeBilinear", 'data_format: "NCHW" output_height: 7 scale_width: 2', lambda x: plain(x, 7, 8)),
    ("ResizeBilinear", "output_height: 7 output_width: 2", lambda x: plain(x, 7, 2, 1)),
    (
        "ResizeBilinear",
        'data_format: "NCHW" align_corners: true output_height: 7 output_width: 3',
        lambda x: corners(x, 7, 3),
    ),
    (
        "ResizeBilinear",
        'data_format: "NCHW" half_pixel_centers: true output_height: 3 output_width: 7',
        lambda x: middles(x, 3, 7),
    ),
    (
        "ResizeNearestNeighbor",
        'data_format: "NCHW" scale_height: 2 scale_width: 3',
        lambda x: x.repeat(2, 2).repeat(3, 3),
    ),
    (
        "ResizeNearestNeighbor",
        'data_format: "NCHW" output_height: 3 output_width: 3',
        picked([0, 1, 3], [0, 1, 2]),
    ),
    (
        "ResizeNearestNeighbor",
        'data_format: "NCHW" align_corners: true output_height: 3 output_width: 3',
        picked([0, 2, 4], [0, 2, 3]),
    ),
    (
        "ResizeNearestNeighbor",
        'data_format: "NCHW" half_pixel_centers: true output_height: 3 output_width: 3',
        picked([0, 2, 4], [0, 2, 3]),
    ),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), VALUES, ids=[f"{kind} {fields}" for kind, fields, _ in VALUES])
def test_values(kind: str, fields: str, expected: Any) -> None:
    x = np.random.default_rng(2).normal(size=IMAGE)
    net = netspec.load_text(spec(kind, fields))
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward({"data": x})["y"]
        np.testing.assert_allclose(y, expected(x), rtol=1e-9, atol=1e-12, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


def test_channels_last() -> None:
    """TensorFlow resizes what a convolution gives in the order it comes."""
    fields = "convolution_param { num_output: 2 kernel_size: 2 }"
    conv = f'layer {{ name: "c" type: "Convolution" bottom: "data" top: "c" {fields} }}'
    rest = 'layer { name: "y" type: "Interp" bottom: "c" top: "y" interp_param { zoom_factor: 2 pad_end: -1 } }'
    net = netspec.load_text(DATA + conv + rest)
    assert netspec.emit(net, backend="tensorflow").count("tf.transpose") == 2
    assert netspec.verify(net, grad=True).ok


MASKED = [
    ("kernel_size: 2 stride: 2", "scale: 2 pad_out_h: true", (2, 3, 5, 4)),
    ("kernel_size: 2 stride: 2", "scale_h: 2 scale_w: 3", (2, 3, 6, 6)),
    ("kernel_size: 2 stride: 2", "upsample_h: 7 upsample_w: 5", (2, 3, 7, 5)),
    ("kernel_size: 3 stride: 1", "upsample_h: 5 upsample_w: 4 scale: 2", (2, 3, 5, 4)),
]


@pytest.mark.parametrize(("pool", "fields", "shape"), MASKED)
def test_unpooling(pool: str, fields: str, shape: Any) -> None:
    """Every maximum goes where its mask says in the plane of the output."""
    text = (
        DATA
        + f'layer {{ name: "p" type: "Pooling" bottom: "data" top: "p" top: "m" pooling_param {{ {pool} }} }}\n'
        + f'layer {{ name: "y" type: "Upsample" bottom: "p" bottom: "m" top: "y" upsample_param {{ {fields} }} }}'
    )
    net = netspec.load_text(text)
    assert type(net.layers[-1].params).__name__ == "SegNetUpsample"
    x = np.random.default_rng(3).normal(size=IMAGE)
    for backend in BACKENDS:
        found = netspec.build(net, backend=backend, dtype="float64").forward({"data": x}, blobs="all")
        expected = np.zeros(shape)
        for n, c in np.ndindex(2, 3):
            for value, index in zip(found["p"][n, c].flat, found["m"][n, c].flat, strict=True):
                expected[n, c].flat[int(index)] = value
        np.testing.assert_array_equal(found["y"], expected, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


def test_upsample_is_told_apart_by_its_bottoms() -> None:
    net = netspec.load_text(
        DATA + 'layer { name: "y" type: "Upsample" bottom: "data" top: "y" upsample_param { scale: 2 } }'
    )
    assert type(net.layers[-1].params).__name__ == "NearestUpsample"


SHAPES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("Interp", {"zoom_factor": 2}, ((1, 2, UNKNOWN, 3),), (1, 2, UNKNOWN, 5)),
    ("Interp", {"height": 7, "width": 6}, ((UNKNOWN, 2, UNKNOWN, 3),), (UNKNOWN, 2, 7, 6)),
    ("NearestUpsample", {"scale": 2}, ((1, UNKNOWN, UNKNOWN, 3),), (1, UNKNOWN, UNKNOWN, 6)),
    ("Resample", {}, ((1, 2, 3, 4), (1, 5, 6, UNKNOWN)), (1, 2, 6, UNKNOWN)),
    ("Resample", {"factor": 1.5}, ((1, 2, 3, UNKNOWN),), (1, 2, 4, UNKNOWN)),
    ("ResizeBilinear", {"scale_height": 2.5}, ((1, 3, 4, 5),), (1, 7, 4, 5)),
    ("ResizeBilinear", {"data_format": "NCHWD", "output_depth": 3}, ((1, 2, 4, 4, 5),), (1, 2, 4, 4, 3)),
    ("SegNetUpsample", {}, ((1, 2, UNKNOWN, 4),) * 2, (1, 2, UNKNOWN, 8)),
]


@pytest.mark.parametrize(("kind", "fields", "bottoms", "expected"), SHAPES)
def test_shapes(kind: str, fields: Any, bottoms: Any, expected: Any) -> None:
    layer = find(kind)
    assert layer
    assert show(layer.model_validate(fields).infer(Site(bottoms))[0]) == show(expected)


REFUSALS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("Interp", {}, (IMAGE,), "Interp has no size"),
    ("Interp", {"height": 3}, (IMAGE,), "Interp has no size"),
    ("Interp", {"height": 0, "width": 2}, (IMAGE,), "height must be greater than 0"),
    ("Interp", {"zoom_factor": 2, "pad_beg": -3, "pad_end": -2}, (IMAGE,), "5 − 3 − 2 = 0"),
    ("Interp", {"zoom_factor": 2}, ((2, 3, 4),), "takes 4 axes"),
    ("Resample", {}, (IMAGE,), "Resample has no size"),
    ("ResizeBilinear", {"align_corners": True, "half_pixel_centers": True}, (IMAGE,), "not both"),
    ("ResizeNearestNeighbor", {"scale_height": 0.1}, (IMAGE,), "size 0 on axis 1"),
    ("SegNetUpsample", {}, (IMAGE, (2, 3, 5, 5)), "needs the shape"),
    ("SegNetUpsample", {"scale": 3, "pad_out_h": True}, (IMAGE, IMAGE), "has to be 2"),
    ("SegNetUpsample", {"scale_h": 3}, (IMAGE, IMAGE), "alone"),
    ("SegNetUpsample", {"upsample_h": 1, "upsample_w": 4}, (IMAGE, IMAGE), "greater than 1"),
]


@pytest.mark.parametrize(("kind", "fields", "bottoms", "message"), REFUSALS)
def test_refusals(kind: str, fields: Any, bottoms: Any, message: str) -> None:
    layer = find(kind)
    assert layer
    with pytest.raises(Refusal, match=message):
        layer.model_validate(fields).infer(Site(bottoms))
