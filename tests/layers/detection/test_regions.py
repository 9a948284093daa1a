"""ROIPooling, PSROIPooling and ROIAlign: rules, values cell by cell, and the first of equal maxima."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, VARYING
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "ROIAlign": net("ROIAlign", "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.6 }", "2 8 6 7", "9 5"),
    "PSROIPooling": net(
        "PSROIPooling", "psroi_pooling_param { output_dim: 2 group_size: 2 spatial_scale: 0.6 }", "2 8 6 7", "9 5"
    ),
    "ROIPooling": net(
        "ROIPooling", "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.6 }", "2 8 6 7", "9 5"
    ),
}

MAP = (2, 8, 6, 7)


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 4}, (MAP, (3, 5)), ((3, 8, 2, 4),)),
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, (MAP, (3, 5, 1, 1)), ((3, 8, 2, 2),)),
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, (MAP, (VARYING, 5)), ((VARYING, 8, 2, 2),)),
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, ((1, UNKNOWN, 9, 9), (4, UNKNOWN)), ((4, UNKNOWN, 2, 2),)),
    ("ROIAlign", {"pooled_h": 2, "pooled_w": 4}, (MAP, (VARYING, 5, 1, 1)), ((VARYING, 8, 3, 5),)),
    ("PSROIPooling", {"output_dim": 2, "group_size": 2, "spatial_scale": 0.1}, (MAP, (3, 5)), ((3, 2, 2, 2),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, ((8, 6), (3, 5)), BadDimensions, "8×6"),
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, (MAP, (3, 4)), ShapeMismatch, "R×5"),
    ("ROIPooling", {"pooled_h": 2, "pooled_w": 2}, (MAP, ()), BadDimensions, "scalar"),
    ("ROIAlign", {"pooled_h": 2, "pooled_w": 2}, (MAP, (3, 4)), ShapeMismatch, "R×5"),
    ("PSROIPooling", {"output_dim": 3, "group_size": 2, "spatial_scale": 1}, (MAP, (3, 5)), NotDivisible, "3·2² = 12"),
]
test_refused = each(REFUSED, is_refused)


# Regions inside the map, beyond its borders on every side, outside it, of no size, and with halves to round.
ROIS = np.array(
    [
        *(
            [0, 0, 0, 6, 5],
            [1, 1, 2, 3, 3],
            [0, -4, -3, 2, 1],
            [1, 4, 4, 12, 9],
            [0, 20, 1, 30, 3],
            [1, -9, -9, -5, -6],
        ),
        *([0, 3, 3, 1, 1], [1, 0.5, 1.5, 2.5, 4.49], [1, -0.5, -1.5, 5.5, 3]),
    ],
    np.float64,
)


def half_away(x: float) -> int:
    return int(x + 0.5) if x >= 0 else -int(-x + 0.5)


def pooled(x: Floats, rois: Floats, size: tuple[int, int], scale: float) -> Floats:
    """The definition: every cell asks which bins it is in."""
    found = np.zeros((len(rois), x.shape[1], *size))
    for r, roi in enumerate(rois):
        x1, y1, x2, y2 = (half_away(end * scale) for end in roi[1:])
        for i, j in np.ndindex(*size):
            sides = [(y1, max(y2 - y1 + 1, 1), i, size[0]), (x1, max(x2 - x1 + 1, 1), j, size[1])]
            (top, bottom), (left, right) = [(a + k * n // p, a + math.ceil((k + 1) * n / p)) for a, n, k, p in sides]
            cells = [(h, w) for h, w in np.ndindex(*x.shape[2:]) if top <= h < bottom and left <= w < right]
            if cells:
                found[r, :, i, j] = np.max([x[int(roi[0]), :, h, w] for h, w in cells], 0)
    return found


def averaged(x: Floats, rois: Floats, channels: int, size: int, scale: float) -> Floats:
    found = np.zeros((len(rois), channels, size, size))
    for r, roi in enumerate(rois):
        starts = [half_away(roi[1]) * scale, half_away(roi[2]) * scale]
        ends = [(half_away(roi[3]) + 1) * scale, (half_away(roi[4]) + 1) * scale]
        steps = [max(end - start, 0.1) / size for start, end in zip(starts, ends, strict=True)]
        for c, i, j in np.ndindex(channels, size, size):
            rows = range(math.floor(i * steps[1] + starts[1]), math.ceil((i + 1) * steps[1] + starts[1]))
            columns = range(math.floor(j * steps[0] + starts[0]), math.ceil((j + 1) * steps[0] + starts[0]))
            plane = x[int(roi[0]), (c * size + i) * size + j]
            seen = [plane[h, w] for h, w in np.ndindex(*plane.shape) if h in rows and w in columns]
            found[r, c, i, j] = np.mean(seen) if seen else 0
    return found


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_values_of_regions(scale: float) -> None:
    x = np.random.default_rng(0).normal(size=MAP)
    message = f"roi_pooling_param {{ pooled_h: 2 pooled_w: 3 spatial_scale: {scale} }}"
    close(values("ROIPooling", message, [x, ROIS]), pooled(x, ROIS, (2, 3), scale))
    message = f"psroi_pooling_param {{ output_dim: 2 group_size: 2 spatial_scale: {scale} }}"
    close(values("PSROIPooling", message, [x, ROIS]), averaged(x, ROIS, 2, 2, scale))


def with_context(rois: Floats, ratio: float) -> Floats:
    pad = (rois[:, 3:] - rois[:, 1:3] + 1) * ratio
    return np.concatenate([rois[:, :1], rois[:, 1:3] - pad, rois[:, 3:] + pad], 1)


def sampled(x: Floats, rois: Floats, size: tuple[int, int], scale: float) -> Floats:
    """The definition: at each point every cell weighs as much as it is near, those at the border to the edge."""
    found = np.zeros((len(rois), x.shape[1], size[0] + 1, size[1] + 1))

    def weights(at: float, count: int) -> Floats:
        if not -0.5 <= at <= count - 0.5:
            return np.zeros(count)
        return np.maximum(1 - np.abs(np.arange(count) - min(max(at, 0), count - 1)), 0)

    for r, (item, x1, y1, x2, y2) in enumerate(rois * [1, *(scale,) * 4]):
        for i, j in np.ndindex(*found.shape[2:]):
            if x2 > x1 and y2 > y1:
                down = weights(y1 - 0.5 + i * (y2 - y1) / size[0], x.shape[2])
                right = weights(x1 - 0.5 + j * (x2 - x1) / size[1], x.shape[3])
                found[r, :, i, j] = np.einsum("chw,h,w->c", x[int(item)], down, right)
    return found


@pytest.mark.parametrize("scale", [1.0, 0.6])
@pytest.mark.parametrize("ratio", [0.0, 0.25])
def test_values_of_points(scale: float, ratio: float) -> None:
    x = np.random.default_rng(0).normal(size=MAP)
    message = f"roi_pooling_param {{ pooled_h: 2 pooled_w: 3 spatial_scale: {scale} pad_ratio: {ratio} }}"
    rois = ROIS + np.array([0, 0.3, 0.3, 0.3, 0.3])  # none of whose points lies on the border, where rounding decides
    close(values("ROIAlign", message, [x, rois]), sampled(x, with_context(rois, ratio), (2, 3), scale))
    close(values("ROIPooling", message, [x, ROIS]), pooled(x, with_context(ROIS, ratio), (2, 3), scale))


def test_gradients_of_regions_with_context() -> None:
    for name in ("ROIAlign", "ROIPooling"):
        message = "roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.6 pad_ratio: 0.25 }"
        agree(net_text(name, message, [MAP, (9, 5)]))


def test_the_first_of_equal_maxima_takes_the_gradient() -> None:
    text = net_text("ROIPooling", "roi_pooling_param { pooled_h: 1 pooled_w: 1 }", [(1, 1, 2, 3), (1, 5)])
    x = np.array([[[[0.0, 1, 1], [1, 1, 0]]]])
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
        model.forward({"x0": x, "x1": np.array([[0.0, 0, 0, 2, 1]])})
        found = model.backward({"y0": np.full((1, 1, 1, 1), 2.0)})
        np.testing.assert_array_equal(found.inputs["x0"][0, 0], [[0, 2, 0], [0, 0, 0]], err_msg=backend)
