"""TensorFlow's own ways to resize: shapes, values against numpy, refusals."""

from __future__ import annotations

from typing import Any

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import EmptyOutput
from tests.frameworks.cases import net
from tests.layers.resizing import IMAGE, corners, middles, picked, plain, resizes
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "ResizeBilinear": net(
        "ResizeBilinear",
        'resize_bilinear_param { output_height: 2 output_width: 2 data_format: "NCHW" output_scale: 1 '
        "output_zero_point: 0 }",
        "1 2 4 4",
    ),
    "ResizeNearestNeighbor": net(
        "ResizeNearestNeighbor",
        'resize_nearest_neighbor_param { data_format: "NCHW" output_height: 3 output_width: 3 }',
        "2 3 5 4",
    ),
}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ResizeBilinear", {"scale_height": 2.5}, ((1, 3, 4, 5),), ((1, 7, 4, 5),)),
    ("ResizeBilinear", {"data_format": "NCHWD", "output_depth": 3}, ((1, 2, 4, 4, 5),), ((1, 2, 4, 4, 3),)),
    ("ResizeNearestNeighbor", {"scale_height": 2.5}, ((1, 3, 4, 5),), ((1, 7, 4, 5),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("ResizeBilinear", {"align_corners": True, "half_pixel_centers": True}, (IMAGE,), InvalidValue, "not both"),
    ("ResizeNearestNeighbor", {"scale_height": 0.1}, (IMAGE,), EmptyOutput, "size 0 on axis 1"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, what numpy says
RESIZED: list[tuple[Any, ...]] = [
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
test_values = each(RESIZED, resizes)
