"""PriorBox: rules, and values box by box."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import netspec
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, close, make, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "PriorBox": net(
        "PriorBox", "prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 flip: true }", "1 2 3 4", "1 3 120 80"
    ),
}

IMAGE = (1, 3, 30, 60)
FEATURES = (1, 8, 3, 4)

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("PriorBox", {"min_size": (10,)}, (FEATURES, IMAGE), ((1, 2, 3 * 4 * 1 * 4),)),
    ("PriorBox", {"min_size": (10,), "max_size": (20,)}, (FEATURES, IMAGE), ((1, 2, 3 * 4 * 2 * 4),)),
    ("PriorBox", {"min_size": (9, 7), "aspect_ratio": (2, 0.5, 1)}, (FEATURES, IMAGE), ((1, 2, 3 * 4 * 6 * 4),)),
    ("PriorBox", {"min_size": (9,), "aspect_ratio": (2,), "flip": False}, (FEATURES, IMAGE), ((1, 2, 3 * 4 * 2 * 4),)),
    ("PriorBox", {"min_size": (10,)}, ((1, 8, UNKNOWN, 4), IMAGE), ((1, 2, UNKNOWN),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("PriorBox", {"min_size": (10,)}, ((1, 8), IMAGE), BadDimensions, "1×8"),
    ("PriorBox", {"min_size": (10,)}, (FEATURES, (1, 3)), BadDimensions, "image N×C×H×W"),
    ("PriorBox", {"min_size": (9, 7), "max_size": (20,)}, (FEATURES, IMAGE), EntryCount, "2 min_size and 1"),
    ("PriorBox", {"min_size": (9,), "max_size": (9,)}, (FEATURES, IMAGE), InvalidValue, "max_size 9 is"),
]
test_refused = each(REFUSED, is_refused)


@pytest.mark.parametrize(
    ("words", "params"),
    [
        ("greater than 0: 10, -1", {"min_size": (10, -1)}),
        ("variance takes 1 or 4 values, has 2", {"min_size": (10,), "variance": (0.1, 0.2)}),
        ("img_size and img_h are two forms", {"min_size": (10,), "img_size": 3, "img_h": 3, "img_w": 3}),
        ("step_h needs its partner", {"min_size": (10,), "step_h": 3}),
    ],
)
def test_fields_of_prior_boxes(words: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=words):
        make("PriorBox", **params)


def test_prior_boxes_by_hand() -> None:
    """One cell, one image of 20×40; sizes lose their fractions before anything else is done with them."""
    message = "prior_box_param { min_size: 10.9 max_size: 22.5 aspect_ratio: 4 flip: true variance: 0.1 variance: 0.2 "
    message += "variance: 0.3 variance: 0.4 }"
    large, x, y = math.sqrt(10 * 22), 40, 20
    sides = [(10, 10), (large, large), (20, 5), (5, 20)]
    boxes = [(20 / x - w / 2 / x, 10 / y - h / 2 / y, 20 / x + w / 2 / x, 10 / y + h / 2 / y) for w, h in sides]
    wanted = np.array([np.ravel(boxes), [0.1, 0.2, 0.3, 0.4] * 4])[None]
    close(values("PriorBox", message, [np.zeros((1, 2, 1, 1)), np.zeros((1, 3, 20, 40))]), wanted)


def test_a_min_size_below_1_has_boxes_of_size_0() -> None:
    message = "prior_box_param { min_size: 0.7 max_size: 2 aspect_ratio: 4 variance: 0.1 }"
    wanted = np.array([[0.5] * 16, [0.1] * 16])[None]
    close(values("PriorBox", message, [np.zeros((1, 2, 1, 1)), np.zeros((1, 3, 20, 40))]), wanted)


def test_cells_steps_and_clipping() -> None:
    message = "prior_box_param { min_size: 16 step: 8 offset: 0.25 clip: true img_h: 10 img_w: 20 }"
    found = [[8 * (c + 0.25) for c in (j, i)] for i in range(2) for j in range(3)]
    boxes = [((x - 8) / 20, (y - 8) / 10, (x + 8) / 20, (y + 8) / 10) for x, y in found]
    wanted = np.array([np.clip(np.ravel(boxes), 0, 1), [0.1] * 24])[None]
    close(values("PriorBox", message, [np.zeros((2, 1, 2, 3)), np.zeros((2, 3, 9, 9))]), wanted)


TEXTBOXES = """
layer {{ name: "map" type: "Input" top: "map" input_param {{ shape {{ dim: 1 dim: 2 dim: 2 dim: 1 }} }} }}
layer {{ name: "image" type: "Input" top: "image" input_param {{ shape {{ dim: 1 dim: 3 dim: 20 dim: 40 }} }} }}
layer {{ name: "loc" type: "Convolution" bottom: "map" top: "loc"
  convolution_param {{ num_output: {loc} kernel_size: 1 }} }}
layer {{ name: "conf" type: "Convolution" bottom: "map" top: "conf"
  convolution_param {{ num_output: {conf} kernel_size: 1 }} }}
layer {{ name: "flat" type: "Flatten" bottom: "loc" top: "flat" }}
layer {{ name: "score" type: "Flatten" bottom: "conf" top: "score" }}
layer {{ name: "prior" type: "PriorBox" bottom: "map" bottom: "image" top: "prior"
  prior_box_param {{ min_size: 6.5 max_size: 26 aspect_ratio: 4 flip: false {fields} }} }}
layer {{ name: "found" type: "DetectionOutput" bottom: "flat" bottom: "score" bottom: "prior" top: "found"
  detection_output_param {{ num_classes: 2 code_type: CENTER_SIZE nms_param {{ nms_threshold: 0.5 }} keep_top_k: 9 }} }}
"""


def textboxes(boxes: int, fields: str) -> netspec.Net:
    """A net whose predictions are of so many boxes in each of two cells."""
    return netspec.load_text(TEXTBOXES.format(loc=4 * boxes, conf=2 * boxes, fields=fields))


@pytest.mark.parametrize("clip", [False, True])
def test_each_box_twice_where_nothing_else_fits(clip: bool) -> None:
    """Sizes keep their fractions, and boxes are clipped unless the text says otherwise."""
    net = textboxes(6, "" if clip else "clip: false")
    boxes = [
        ((20 - w / 2) / 40, (y - h / 2) / 20, (20 + w / 2) / 40, (y + h / 2) / 20)
        for row in (0, 10)
        for w, h in ((6.5, 6.5), (13, 13), (13, 3.25))
        for y in (row + 5, row + 10)
    ]
    wanted = np.array([np.clip(np.ravel(boxes), 0, 1) if clip else np.ravel(boxes), [0.1] * 48])[None]
    fed = {"map": np.zeros((1, 2, 2, 1)), "image": np.zeros((1, 3, 20, 40))}
    for backend in BACKENDS:
        found = netspec.build(net, backend=backend, dtype="float64").forward(fed, blobs="all")
        np.testing.assert_allclose(found["prior"], wanted, rtol=1e-9, atol=1e-12, err_msg=backend)


def test_each_box_once_where_that_fits() -> None:
    assert textboxes(3, "").blobs["prior"] == (1, 2, 24)


@pytest.mark.parametrize("fields", ["offset: 0.5", "step: 10", "min_size: 3 max_size: 9"])
def test_each_box_once_with_fields_that_textboxes_has_not(fields: str) -> None:
    with pytest.raises(netspec.SpecError, match="DetectionOutput needs"):
        textboxes(12 if "min_size" in fields else 6, fields)
