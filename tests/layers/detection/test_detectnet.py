"""DetectNetTransformation: the shapes of what compiled code is given, and nets with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netspec
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.tables import each, has_shapes, is_refused

IMAGES = (2, 3, UNKNOWN, UNKNOWN)
BOXES = (2, 1, 9, 16)

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DetectNetTransformation", {}, (IMAGES, BOXES), ((2, 3, 384, 1248), (2, 9, 96, 312))),
    (
        "DetectNetTransformation",
        {"stride": 16, "image_size_x": 120, "image_size_y": 104},
        (IMAGES, BOXES),
        ((2, 3, 104, 120), (2, 9, 6, 8)),
    ),
    (
        "DetectNetTransformation",
        {"stride": 16, "image_size_x": 64, "object_class": ({"src": 7, "dst": 0}, {"src": 1, "dst": 3})},
        (IMAGES, BOXES),
        ((2, 3, 384, 64), (2, 12, 24, 4)),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("DetectNetTransformation", {}, ((2, 3, 4), BOXES), BadDimensions, "2×3×4", 2),
    ("DetectNetTransformation", {}, ((2, 1, 4, 4), BOXES), ShapeMismatch, "three channels, not of 1", 2),
    ("DetectNetTransformation", {}, (IMAGES, ()), BadDimensions, "not a scalar", 2),
    ("DetectNetTransformation", {}, (IMAGES, (3, 1, 9, 16)), ShapeMismatch, "for every image", 2),
]
test_refused = each(REFUSED, is_refused)


def test_its_tops_are_inputs(tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text(
        'layer { name: "d" type: "Data" top: "data" data_param { source: "a" batch_size: 2 } }\n'
        'layer { name: "l" type: "Data" top: "label" data_param { source: "b" batch_size: 2 } }\n'
        'layer { name: "t" type: "DetectNetTransformation" bottom: "data" bottom: "label" top: "seen" top: "drawn"\n'
        "  transform_param { mean_value: 127 }\n"
        "  detectnet_groundtruth_param { stride: 16 image_size_x: 64 image_size_y: 48 gridbox_type: GRIDBOX_MIN\n"
        "    coverage_type: RECTANGULAR object_class { src: 1 dst: 0 } }\n"
        "  detectnet_augmentation_param { crop_prob: 1 shift_x: 32 flip_prob: 0.5 } }\n"
        'layer { name: "c" type: "Convolution" bottom: "seen" top: "c"\n'
        "  convolution_param { num_output: 9 kernel_size: 16 stride: 16 } }\n"
        'layer { name: "e" type: "EuclideanLoss" bottom: "c" bottom: "drawn" top: "loss" }\n'
    )
    assert not [found for found in netspec.check(spec, phase="TRAIN") if found.severity == "error"]
    for backend in ("torch", "tensorflow"):
        text = netspec.emit(netspec.load(spec, phase="TRAIN", lenient=True), backend=backend)
        assert "seen" in text and "drawn" in text
