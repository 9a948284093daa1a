"""DecodeBBox, FrcnnOutput and ScaleRoute: rules, values row by row, and a cascade of two stages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import BlobCount, InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import VARYING
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NORMAL = (
    "bbox_reg_param { bbox_mean: 0 bbox_mean: 0 bbox_mean: 0.1 bbox_mean: 0 "
    "bbox_std: 0.1 bbox_std: 0.1 bbox_std: 0.2 bbox_std: 0.2 %s }"
)
NETS = {
    "DecodeBBox": net("DecodeBBox", NORMAL % "", "9 8", "9 5"),
    "FrcnnOutput": net("FrcnnOutput", "frcnn_output_param { max_det_num: 5 }", "9 4", "9 16", "9 5", "1 2"),
    "ScaleRoute": net("ScaleRoute", "scale_route_param { high_scale: 60 }", "9 5", "9 3 2", tops=2),
}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DecodeBBox", {}, ((9, 8), (9, 5, 1, 1)), ((9, 5, 1, 1),)),
    ("DecodeBBox", {}, ((VARYING, 8), (VARYING, 5, 1, 1)), ((VARYING, 5, 1, 1),)),
    ("FrcnnOutput", {}, ((9, 4), (9, 16), (9, 5), (1, 2)), ((VARYING, 7, 1, 1),)),
    (
        "FrcnnOutput",
        {"bbox_reg_param": {"cls_aware": False}},
        ((9, 4), (9, 8, 1, 1), (9, 6, 1, 1), (1, 2, 1, 1)),
        ((VARYING, 7, 1, 1),),
    ),
    ("ScaleRoute", {}, ((9, 5, 1, 1), (9, 7), (9,)), ((VARYING, 5, 1, 1), (VARYING, 7), (VARYING,))),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("DecodeBBox", {}, ((9, 4), (9, 5)), ShapeMismatch, "rows of 8 numbers in bottom 0, not 9×4"),
    ("DecodeBBox", {}, ((9, 8), (8, 5)), ShapeMismatch, "a row for each region: 9 and 8"),
    ("DecodeBBox", {}, ((9, 8), ()), BadDimensions, "not a scalar"),
    ("DecodeBBox", {}, ((9, 8), (9, 5), (9, 6)), BlobCount, "a third bottom in TRAIN alone"),
    ("FrcnnOutput", {}, ((9, 4), (9, 8), (9, 5), (1, 2)), ShapeMismatch, "rows of 16 numbers in bottom 1"),
    ("FrcnnOutput", {}, ((9, 1), (9, 4), (9, 5), (1, 2)), BadDimensions, "the background and of classes"),
    ("FrcnnOutput", {}, ((9, 2), (9, 8), (9, 5), (2, 2)), ShapeMismatch, "height and width of one image"),
    ("ScaleRoute", {}, ((9, 4),), ShapeMismatch, "rows of 5 numbers"),
    ("ScaleRoute", {"low_scale": 9, "high_scale": 4}, ((9, 5),), InvalidValue, "9 is greater than high_scale 4"),
]
test_refused = each(REFUSED, is_refused)

# A region of 10×20 whose middle is 14.5, 29.5; the second one is small.
REGIONS = np.array([[0.0, 10, 20, 19, 39], [1, 0, 0, 3, 3], [0, 50, 50, 149, 149]])
SAID = np.zeros((3, 8))
SAID[0, 4:] = 0.1, -0.5, np.log(2), 0
SAID[2, 4:] = 0, 0, -9, 0


def test_values_of_decoding() -> None:
    reach = (100 * np.exp(-9) - 1) / 2
    wanted = [[0, 6, 10, 25, 29], [1, 0, 0, 3, 3], [0, 99.5 - reach, 50, 99.5 + reach, 149]]
    close(values("DecodeBBox", "", [SAID, REGIONS]), np.reshape(wanted, (3, 5, 1, 1)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_training_leaves_out_what_is_no_region_or_is_found_already(backend: str) -> None:
    text = net_text("DecodeBBox", "decode_bbox_param { gt_iou_thr: 0.9 }", [(3, 8), (3, 5), (3, 6)])
    model = netspec.build(netspec.load_text(text, phase="TRAIN"), backend, dtype="float64")
    truth = np.zeros((3, 6))
    inputs = {"x0": SAID, "x1": REGIONS, "x2": truth}
    assert model.forward(inputs)["y0"][:, 0, 0, 0].tolist() == [0, 1]  # the third ends before it starts
    truth[0, 5] = 0.9
    assert model.forward(inputs)["y0"][:, 0, 0, 0].tolist() == [1]


def test_values_of_detections() -> None:
    scores = np.array([[0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.1, 0.05, 0.85], [0.1, 0.8, 0.1]])
    regions = np.array([[0.0, 0, 0, 9, 9], [0, 0, 0, 9, 8], [0, -5, 20, 14, 60], [0, 30, 30, 39, 39]])
    inputs = [scores, np.zeros((4, 8)), regions, np.array([[50.0, 36.0]])]
    found = [
        [0, -1, -1, -1, -1, -1, -1],
        [0, 0, 0, 9, 9, 1, 0.8],
        [0, 30, 30, 36, 39, 1, 0.8],
        [0, 0, 20, 14, 50, 2, 0.85],
    ]
    message = "frcnn_output_param { %s } bbox_reg_param { cls_aware: false }"
    close(values("FrcnnOutput", message % "conf_thr: 0.6", inputs), np.reshape(found, (4, 7, 1, 1)))
    best = np.reshape([found[i] for i in (0, 1, 3)], (3, 7, 1, 1))  # of equal scores the first
    close(values("FrcnnOutput", message % "conf_thr: 0.6 max_det_num: 2", inputs), best)
    close(values("FrcnnOutput", message % "conf_thr: 0.9", inputs), np.reshape(found[:1], (1, 7, 1, 1)))


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ("high_scale: 50", [0, 1]),
        ("low_scale: 50", [2]),
        ("low_scale: 5 high_scale: 50", [0]),
        ("low_scale: 5 high_scale: 6", [1]),  # the nearest
        ("low_scale: 200 high_scale: 300", [2]),
        ("", [0, 1, 2]),
    ],
)
def test_values_of_routes(fields: str, rows: list[int]) -> None:
    x = np.arange(12.0).reshape(3, 2, 2)
    close(values("ScaleRoute", f"scale_route_param {{ {fields} }}", [REGIONS, x], tops=2), REGIONS[rows], x[rows])


def test_backends_agree() -> None:
    shapes = [(9, 4), (9, 16), (9, 5), (1, 2)]
    agree(net_text("FrcnnOutput", "frcnn_output_param { max_det_num: 7 }", shapes), grad=False)
    agree(net_text("FrcnnOutput", NORMAL % "cls_aware: false", [(9, 4), (9, 8), *shapes[2:]]), grad=False)
    agree(net_text("DecodeBBox", NORMAL % "", [(9, 8), (9, 5, 1, 1)]), grad=False)


CASCADE = """
layer { name: "data" type: "Input" top: "data" top: "map"
  input_param { shape { dim: 2 dim: 4 dim: 6 dim: 7 } shape { dim: 2 dim: 6 dim: 6 dim: 7 } } }
layer { name: "boxes" type: "BoxOutput" bottom: "map" top: "boxes" box_output_param { field_h: 20 field_w: 24
  downsample_rate: 8 min_size: 2 max_nms_num: 20 fg_thr: 0.4 } }
layer { name: "pool" type: "ROIAlign" bottom: "data" bottom: "boxes" top: "grid"
  roi_pooling_param { pooled_h: 3 pooled_w: 3 spatial_scale: 0.125 } }
layer { name: "mean" type: "Pooling" bottom: "grid" top: "pool" pooling_param { pool: AVE kernel_size: 2 } }
layer { name: "fc" type: "InnerProduct" bottom: "pool" top: "said" inner_product_param { num_output: 8
  weight_filler { type: "xavier" } } }
layer { name: "second" type: "DecodeBBox" bottom: "said" bottom: "boxes" top: "second" }
layer { name: "route" type: "ScaleRoute" bottom: "second" top: "small" scale_route_param { high_scale: 24 } }
layer { name: "rest" type: "ScaleRoute" bottom: "second" top: "large" scale_route_param { low_scale: 24 } }
layer { name: "all" type: "Concat" bottom: "small" bottom: "large" top: "all" concat_param { axis: 0 } }
layer { name: "again" type: "ROIPooling" bottom: "data" bottom: "all" top: "again"
  roi_pooling_param { pooled_h: 2 pooled_w: 2 spatial_scale: 0.125 pad_ratio: 0.25 } }
"""


def test_a_cascade() -> None:
    agree(CASCADE)
