"""DetectNetTransformation: the shapes of what compiled code is given, and nets with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import Refusal, Site
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.one_layer import make

IMAGES = (2, 3, UNKNOWN, UNKNOWN)
BOXES = (2, 1, 9, 16)

# fields, shapes of the tops
SHAPES: list[tuple[dict[str, Any], tuple[Shape, Shape]]] = [
    ({}, ((2, 3, 384, 1248), (2, 9, 96, 312))),
    ({"stride": 16, "image_size_x": 120, "image_size_y": 104}, ((2, 3, 104, 120), (2, 9, 6, 8))),
    (
        {"stride": 16, "image_size_x": 64, "object_class": ({"src": 7, "dst": 0}, {"src": 1, "dst": 3})},
        ((2, 3, 384, 64), (2, 12, 24, 4)),
    ),
]


@pytest.mark.parametrize(("fields", "wanted"), SHAPES)
def test_shapes(fields: dict[str, Any], wanted: tuple[Shape, Shape]) -> None:
    found = make("DetectNetTransformation", **fields).infer(Site((IMAGES, BOXES), 2))
    assert [show(shape) for shape in found if shape] == [show(shape) for shape in wanted]


# bottoms, problem, words of the message
REFUSED: list[tuple[tuple[Shape, Shape], type[Diagnostic], str]] = [
    (((2, 3, 4), BOXES), BadDimensions, "2×3×4"),
    (((2, 1, 4, 4), BOXES), ShapeMismatch, "three channels, not of 1"),
    ((IMAGES, ()), BadDimensions, "not a scalar"),
    ((IMAGES, (3, 1, 9, 16)), ShapeMismatch, "for every image"),
]


@pytest.mark.parametrize(("bottoms", "problem", "words"), REFUSED)
def test_what_is_refused(bottoms: tuple[Shape, Shape], problem: type[Diagnostic], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        make("DetectNetTransformation").infer(Site(bottoms, 2))
    assert caught.value.problem is problem and words in str(caught.value)


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
