"""Layers of cascades of networks for masks: values, refusals, and what has a shape but no meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, net_text, values
from tests.layers.tables import agrees, computes, each, has_no_code, in_backends, in_frameworks, is_refused

NETS = {
    "MaskPooling": net("MaskPooling", "", "2 3 4 5", "2 1 4 5"),
    "ROIWarping": net("ROIWarping", "roi_warping_param { pooled_h: 2 pooled_w: 3 }", "2 3 6 7", "4 5"),
    "MaskResize": net("MaskResize", "mask_resize_param { output_height: 3 output_width: 2 }", "2 3 4 5"),
}

MAPS, MASKS = np.random.default_rng(5).normal(size=(2, 2, 3, 4, 5))
MASKS = MASKS[:, :1]


def resized(x: Any, height: int, width: int) -> Any:
    """Element by element, as MNC's kernel goes for an output that is not larger."""
    rows, columns = x.shape[2:]
    result = np.empty((*x.shape[:2], height, width))
    for i, j in np.ndindex(height, width):
        y, z = i * rows / height, j * columns / width
        top, left = min(int(y), rows - 1), min(int(z), columns - 1)
        down, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
        dy, dz = y - top, z - left
        above = (1 - dz) * x[:, :, top, left] + dz * x[:, :, top, right]
        below = (1 - dz) * x[:, :, down, left] + dz * x[:, :, down, right]
        result[:, :, i, j] = (1 - dy) * above + dy * below
    return result


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 4, 5)), BadDimensions, "bottom 1 is 2×4×5"),
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 3, 4, 5)), ShapeMismatch, "one channel"),
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 1, 4, 6)), ShapeMismatch, "on axis 3"),
    ("MaskResize", {"output_height": 2, "output_width": 2}, ((3, 4),), BadDimensions, "4 axes"),
    ("ROIWarping", {"pooled_h": 2, "pooled_w": 2}, ((2, 3, 4, 5), (7, 4)), ShapeMismatch, "not 7×4"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("MaskPooling", "", (MAPS, MASKS), MAPS * MASKS),
    ("MaskResize", "mask_resize_param { output_height: 3 output_width: 2 }", (MAPS,), resized(MAPS, 3, 2)),
    ("MaskResize", "mask_resize_param { output_height: 4 output_width: 4 }", (MAPS,), resized(MAPS, 4, 4)),
    ("MaskResize", "mask_resize_param { output_height: 4 output_width: 5 }", (MAPS,), MAPS),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


# type, fields, bottoms, words of what it is short of, the shape of the top
WITHOUT_CODE: list[tuple[Any, ...]] = [
    ("MaskResize", "mask_resize_param { output_height: 9 output_width: 2 }", ((2, 1, 4, 4),), "larger", (2, 1, 9, 2)),
]
test_a_shape_without_a_meaning = in_frameworks(WITHOUT_CODE, has_no_code)

# Regions of which one has no size, one its end before its start, and one lies beyond the map on two sides.
ROIS = np.array([[0, 1, 2, 9, 7], [1, 3.4, 4, 3.6, 4], [1, 6, 1, 2, 5], [0, -9, 3, 15, 13], [1, 5, 0, 9, 9]], float)


def warped(x: Any, rois: Any, size: tuple[int, int], scale: float) -> Any:
    """The definition: at each point every cell weighs as much as it is near, those at the border to the edge."""
    found = np.zeros((len(rois), x.shape[1], *size))

    def weights(at: float, count: int) -> Any:
        near = np.maximum(1 - np.abs(np.arange(count) - min(max(at, 0), count - 1)), 0)
        return near if -0.5 <= at <= count - 0.5 else np.zeros(count)

    for r, (item, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (float(np.sign(v) * np.floor(abs(v) + 0.5)) for v in np.array(corners) * scale)
        for i, j in np.ndindex(*size):
            down = weights(y1 + i * max(y2 - y1, 0) / size[0], x.shape[2])
            right = weights(x1 + j * max(x2 - x1, 0) / size[1], x.shape[3])
            found[r, :, i, j] = np.einsum("chw,h,w->c", x[int(item)], down, right)
    return found


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_values_of_warped_regions(scale: float) -> None:
    message = f"roi_warping_param {{ pooled_h: 3 pooled_w: 4 spatial_scale: {scale} }}"
    close(values("ROIWarping", message, [MAPS[:, :2], ROIS]), warped(MAPS[:, :2], ROIS, (3, 4), scale))
    agree(net_text("ROIWarping", message, [(2, 3, 6, 7), (5, 5)]))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_regions_have_a_gradient(backend: str) -> None:
    """On a plane that rises by 2 from row to row, and by 3 from column to column."""
    x = (2 * np.arange(9.0)[:, None] + 3 * np.arange(9.0))[None, None]
    text = net_text("ROIWarping", "roi_warping_param { pooled_h: 2 pooled_w: 2 spatial_scale: 0.5 }", [x.shape, (1, 5)])
    model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
    model.forward({"x0": x, "x1": np.array([[0.0, 2, 4, 11, 12]])})
    seed = np.zeros((1, 1, 2, 2))
    seed[0, 0, 0, 1] = 1  # half way between left and right
    found = model.backward({"y0": seed}).inputs["x1"]
    np.testing.assert_allclose(found, [[0, 0.75, 1, 0.75, 0]], rtol=1e-9, atol=1e-12)
