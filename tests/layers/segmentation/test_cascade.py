"""Layers of cascades of networks for masks: values, refusals, and what has a shape but no meaning."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, has_no_code, in_backends, in_frameworks, is_refused

NETS = {
    "MaskPooling": net("MaskPooling", "", "2 3 4 5", "2 1 4 5"),
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
    (
        "ROIWarping",
        "roi_warping_param { pooled_h: 3 pooled_w: 2 }",
        ((1, 8, 9, 9), (4, 5)),
        "caffe-mnc is not there",
        (4, 8, 3, 2),
    ),
]
test_a_shape_without_a_meaning = in_frameworks(WITHOUT_CODE, has_no_code)
