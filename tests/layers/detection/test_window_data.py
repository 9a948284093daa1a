"""What MS-CNN and Cascade R-CNN read: shapes, and sizes that only images have."""

from __future__ import annotations

from typing import Any

import netspec
from netspec.layers.data_layer import Preprocessing
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import make
from tests.layers.tables import each, has_shapes, is_refused

TWO: dict[str, Any] = {"field_h": (40, 80), "field_w": (30, 60), "batch_size": 4}
CROP = {**TWO, "downsample_rate": (8, 32), "crop_width": 448, "crop_height": 580}
SIDES = {**TWO, "stride": (8, 32)}
Q = UNKNOWN

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ImageGtData", CROP, (), ((4, 3, 580, 448), (4, 6, 72, 56), (4, 6, 18, 14))),
    (
        "ImageGtData",
        {**CROP, "output_gt_boxes": True},
        (),
        ((4, 3, 580, 448), (4, 6, 72, 56), (4, 6, 18, 14), (Q, 7, 1, 1)),
    ),
    ("ImageGtData", {**TWO, "downsample_rate": (8, 32)}, (), ((4, 3, Q, Q), (4, 6, Q, Q), (4, 6, Q, Q))),
    (
        "DetectionData",
        {**SIDES, "resize_width": 448, "resize_height": 580, "output_gt_boxes": True},
        (),
        ((4, 3, 580, 448), (4, 6, 73, 56), (4, 6, 18, 14), (Q, 8, 1, 1)),
    ),
    ("DetectionData", {**SIDES, "short_size": 64, "long_size": 96}, (), ((4, 3, Q, Q), (4, 6, Q, Q), (4, 6, Q, Q))),
    ("EvalData", {"batch_size": 1, "resize_width": 9, "resize_height": 8}, (), ((1, 3, 8, 9), (Q, 8, 1, 1))),
    ("EvalData", {"batch_size": 1}, (), ((1, 3, Q, Q), (Q, 8, 1, 1), (1, 2, 1, 1))),
    (
        "ProposalTarget",
        {"cls_num": 3},
        ((9, 5), (2, 7)),
        ((128, 5, 1, 1), (128, 1, 1, 1), *((128, 12, 1, 1),) * 3, (128, 6, 1, 1)),
    ),
    (
        "ProposalTarget",
        {"cls_num": 3, "batch_size": -1, "bbox_reg_param": {"cls_aware": False}},
        ((9, 5, 1, 1), (2, 8, 1, 1)),
        ((Q, 5, 1, 1), (Q, 1, 1, 1), *((Q, 8, 1, 1),) * 3, (Q, 6, 1, 1), (Q, 1, 1, 1)),
    ),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message, tops
REFUSED: list[tuple[Any, ...]] = [
    ("ImageGtData", CROP, (), BlobCount, "images, 2 maps: 3 tops, not 2", 2),
    ("ImageGtData", {**CROP, "downsample_rate": (8,)}, (), EntryCount, "1 maps, and fields for 2", 2),
    ("ImageGtData", {**CROP, "field_w": (8,)}, (), EntryCount, "for each field: 2 and 1", 3),
    ("ImageGtData", {**CROP, "downsample_rate": (8, 0)}, (), MissingField, "not 8×0", 3),
    ("DetectionData", TWO, (), MissingField, "not nothing", 3),
    ("ProposalTarget", {"cls_num": 3, "batch_size": 0}, ((9, 5), (2, 7)), InvalidValue, "−1 is all of them", 6),
    ("ProposalTarget", {"cls_num": 3}, ((9, 5), (2, 6)), BadDimensions, "rows of 7 or 8 numbers in bottom 1", 6),
]
test_refused = each(REFUSED, is_refused)


def test_sizes_that_images_have() -> None:
    layer: Any = make("DetectionData", **SIDES, short_size=64, long_size=97, output_gt_boxes=True)
    shapes = [(4, 3, Q, Q), (4, 6, Q, Q), (4, 6, Q, Q), (Q, 8, 1, 1)]
    found = [layer.assumed_shape(i, shape) for i, shape in enumerate(shapes)]
    assert found == [(4, 3, 97, 64), (4, 6, 12, 8), (4, 6, 3, 2), (1, 8, 1, 1)]
    layer = make("DetectionData", **SIDES, crop_short_size=64, crop_long_size=96, short_size=1, long_size=2)
    assert layer.assumed_shape(0, shapes[0]) == (4, 3, 96, 64)
    layer = make("EvalData", batch_size=1, short_size=64, long_size=96)
    assert layer.assumed_shape(0, (1, 3, Q, Q)) == (1, 3, 96, 64)
    assert layer.assumed_shape(1, (Q, 8, 1, 1)) == (1, 8, 1, 1)
    layer = make("EvalData")
    assert layer.assumed_shape(0, (1, 3, Q, Q)) is None


def test_what_is_done_to_images() -> None:
    layer: Any = make("ImageGtData", **CROP, scale=0.5, transform_param={"mean_value": (104, 117, 123)})
    assert layer.preprocessing() == Preprocessing((104, 117, 123), "", None, 0.5)
    layer = make("ImageGtData", **CROP)
    assert layer.preprocessing() is None


def test_a_net_that_trains_on_regions() -> None:
    text = """
    layer { name: "rois" type: "Input" top: "rois" top: "gt"
      input_param { shape { dim: 9 dim: 5 } shape { dim: 2 dim: 8 } } }
    layer { name: "target" type: "ProposalTarget" bottom: "rois" bottom: "gt" top: "r" top: "label" top: "t" top: "in"
      top: "out" top: "match" proposal_target_param { cls_num: 3 batch_size: -1 } }
    layer { name: "fc" type: "InnerProduct" bottom: "r" top: "score" inner_product_param { num_output: 3 } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }
    """
    net = netspec.load_text(text)
    assert net.blobs["score"] == (128, 3) and {"label", "t", "in", "out", "match", "r"} <= set(net.inputs)
