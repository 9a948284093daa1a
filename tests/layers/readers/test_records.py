"""Layers that read records: the shapes of images, annotations and films."""

from __future__ import annotations

from typing import Any

import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import BlobCount, MissingField
from netspec.shapes import UNKNOWN, show
from tests.layers.one_layer import make
from tests.layers.tables import each, has_shapes, is_refused

CROP = {"transform_param": {"crop_size": 9}}
FLOW = {"modality": 1, **CROP}
LABELS = {"use_multiple_label": True, "num_of_labels": 7}
IMAGES = {"data_param": {"batch_size": 4}, "transform_param": {"resize_param": ({"height": 64, "width": 96},)}}
SEVERAL = {"transform_param": {"resize_param": tuple({"height": s, "width": s, "prob": 0.5} for s in (64, 96))}}


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("AnnotatedData", {"data_param": {"batch_size": 4}, **CROP}, (), ((4, 3, 9, 9), (1, 1, UNKNOWN, 8)), ()),
    ("VideoData", {"batch_size": 4, "new_length": 16, **CROP}, (), ((4, 3, 16, 9, 9), (4,)), ()),
    ("VideoData", {"batch_size": 4, "new_length": 5, "num_segments": 3, **FLOW}, (), ((4, 30, 9, 9), (4,)), ()),
    ("VideoData", {"data_param": {"batch_size": 1}}, (), ((1, 3, UNKNOWN, UNKNOWN),), ()),
    ("VideoData", {"batch_size": 4, "new_length": 16, **LABELS, **CROP}, (), ((4, 3, 16, 9, 9), (4, 7)), ()),
    ("AnnotatedData", IMAGES, (), ((4, 3, 64, 96), (1, 1, UNKNOWN, 8))),
    ("AnnotatedData", {**IMAGES, "yolo_data_type": 1}, (), ((4, 3, 64, 96), (4, 1, 300, 5))),
    (
        "AnnotatedData",
        {**IMAGES, "yolo_data_type": 1, "seg_scales": 4},
        (),
        ((4, 3, 64, 96), (4, 1, 300, 5), (4, 1, 16, 24)),
    ),
    ("AnnotatedData", {**IMAGES, "single_class": False}, (), ((4, 3, 64, 96), (1, 1, UNKNOWN, 8), (4, UNKNOWN, 8, 12))),
    (
        "AnnotatedData",
        {**IMAGES, "seg_resize_height": 5, "seg_resize_width": 6},
        (),
        ((4, 3, 64, 96), (1, 1, UNKNOWN, 8), (4, 1, 5, 6)),
    ),
    ("AnnotatedData", {**IMAGES, **SEVERAL}, (), ((4, 3, UNKNOWN, UNKNOWN),)),
    ("LaneData", IMAGES, (), ((4, 3, 64, 96), (4, 5, 64, 3), (4, 1, 8, 12))),
    ("BoxData", {"batch_size": 4, "side": (3,), **CROP}, (), ((4, 3, 9, 9), (4, 63))),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("VideoData", {"use_multiple_label": True}, (), MissingField, "needs num_of_labels"),
]
test_refused = each(REFUSED, is_refused)


NVIDIA = """
layer { name: "data" type: "ImageData" top: "data" top: "label" transform_param { crop_size: 8 }
  image_data_param { source: "l" batch_size: 2 cache: true precache: true threads: 6 short_side: 9 } }
layer { name: "more" type: "AnnotatedData" top: "more" transform_param { crop_size: 8 }
  data_param { source: "l" batch_size: 2 cache: true precache: true random: false } }
"""


def test_how_nvidia_reads() -> None:
    net = netspec.load_text(NVIDIA)
    assert (net.blobs["data"], net.blobs["more"]) == ((2, 3, 8, 8), (2, 3, 8, 8))


@pytest.mark.parametrize(
    ("sides", "tops", "wanted"), [((), 1, "4×3×9×9"), ((), 2, "4×3×9×9 4×343"), ((3, 6), 3, "4×3×9×9 4×63 4×252")]
)
def test_annotations_for_each_side(sides: tuple[int, ...], tops: int, wanted: str) -> None:
    layer = make("BoxData", batch_size=4, side=sides, transform_param={"crop_size": 9})
    assert " ".join(show(top) for top in layer.infer(CallSite((), tops))) == wanted
    assert layer.alternative_shape(1, (4, 63)) == (4, 150)
    assert layer.alternative_shape(0, (4, 3, UNKNOWN, UNKNOWN)) is None


def test_a_side_for_each_top() -> None:
    with pytest.raises(Refusal, match="2 sides; it has 2 tops") as caught:
        make("BoxData", batch_size=4, side=(3, 6)).infer(CallSite((), 2))
    assert caught.value.problem is BlobCount


def test_annotations_fit_what_reads_them(tmp_path: Any) -> None:
    spec = tmp_path / "net.net"
    biases = "biases: [1, 1, 2, 2]"
    spec.write_text(f"""
layer {{ name: "data" type: "BoxData" top: "data" top: "label" data_param {{ batch_size: 2 side: 4 }}
  transform_param {{ crop_size: 16 force_color: true }} }}
layer {{ name: "c" type: "Convolution" bottom: "data" top: "c"
  convolution_param {{ num_output: 16 kernel_size: 4 stride: 4 }} }}
layer {{ name: "l" type: "RegionLoss" bottom: "c" bottom: "label" top: "l"
  region_loss_param {{ num: 2 num_class: 3 {biases} }} }}
""")
    assert [d for d in netspec.check(spec, phase="TRAIN") if d.severity == "error"] == []
