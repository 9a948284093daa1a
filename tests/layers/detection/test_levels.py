"""DetectionOutput of Synopsys' fork: predictions level by level, in three orders; and the prior boxes of its nets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, show
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values
from tests.layers.tables import each, lacks

CLASSES, LEVELS = 3, ((2, 3, 4), (3, 1, 2))  # boxes of a cell, rows and columns
FIELDS = "num_classes: 3 confidence_threshold: 0.3 nms_param { nms_threshold: 0.5 } code_type: CENTER_SIZE"


def joined(items: int) -> tuple[Floats, Floats, Floats]:
    """What a net predicts, by cells and then by boxes of a cell, as the SSD fork takes it."""
    rng, count = np.random.default_rng(3), sum(math.prod(level) for level in LEVELS)
    corners = rng.uniform(0, 0.5, (count, 2))
    boxes = np.hstack([corners, corners + rng.uniform(0.2, 0.4, (count, 2))])
    prior = np.stack([boxes, np.tile([0.1, 0.1, 0.2, 0.2], (count, 1))])
    return rng.normal(size=(items, count, 4)), rng.uniform(size=(items, count, CLASSES)), prior


def by_levels(location: Floats, score: Floats, prior: Floats, order: str, own: bool) -> list[Floats]:
    """The same, as the fork takes it."""
    scores: list[Floats] = []
    locations: list[Floats] = []
    priors: list[Floats] = []
    first, items = 0, len(location)
    for ratio, rows, columns in LEVELS:
        count = ratio * rows * columns
        part = slice(first, first + count)
        first += count
        # Number of the box in a cell before the cell.
        s, x = (a[:, part].reshape(items, rows * columns, ratio, -1).transpose(0, 3, 2, 1) for a in (score, location))
        if order == "no_permute":
            scores.append(s)
            locations.append(x.transpose(0, 2, 1, 3).reshape(items, ratio * 4, rows, columns))
        elif order == "ratio_permute":
            scores.append(s.reshape(items, -1))
            locations.append(x.reshape(items, -1, 1, 1))
        else:
            scores.append(score[:, part].reshape(items, -1))
            locations.append(location[:, part].reshape(items, -1))
        boxes = prior[:, part]
        if order == "ratio_permute":
            boxes = boxes.reshape(2, rows * columns, ratio, 4).transpose(0, 3, 2, 1)
        priors.append(boxes.reshape(1, 2, -1))
    return [*scores, *locations, *(priors if own else [prior.reshape(1, 2, -1)])]


ORDERS = [
    ("", False, ""),
    ("", True, ""),
    ("no_permute", False, "no_permute: true"),
    ("ratio_permute", False, "ratio_permute: true ratio0: 2 ratio1: 3"),
    ("ratio_permute", True, "ratio_permute: true"),
]


@pytest.mark.parametrize(("order", "own", "fields"), ORDERS)
@pytest.mark.parametrize("items", [1, 2])
def test_levels_are_what_is_found_in_them_joined(order: str, own: bool, fields: str, items: int) -> None:
    """And all items of a batch have what is predicted for the first one."""
    location, score, prior = joined(items)
    same = [np.tile(x[:1].reshape(1, -1), (items, 1)) for x in (location, score)]
    wanted = values("DetectionOutput", f"detection_output_param {{ {FIELDS} }}", [*same, prior.reshape(1, 2, -1)])
    xs = by_levels(location, score, prior, order, own)
    found = values("DetectionOutput", f"detection_output_param {{ {FIELDS} nbottom: 2 {fields} }}", xs)
    rows = sorted(wanted["numpy"][0][0, 0].tolist())
    assert len(rows) > 4 * items
    for backend in BACKENDS:
        np.testing.assert_allclose(sorted(found[backend][0][0, 0].tolist()), rows, rtol=1e-9, err_msg=backend)
    close(found, found["numpy"][0])


def test_variances_stay_where_they_are() -> None:
    """no_permute reorders prior boxes, not what stands beside them."""
    prior = np.stack([np.array([[0, 0, 0.2, 0.2], [0.5, 0.5, 0.9, 0.9]]), np.array([[0.1] * 4, [0.3] * 4])] * 1)
    prior = np.concatenate([prior[:, :1], prior[:, 1:], prior[:, :1], prior[:, 1:]], 1)
    score = np.zeros((1, 2, 2, 2))
    score[0, 1, 0, 1] = 1  # box 0 of cell 1: box 2 of the prior ones, and variance 1
    location = np.ones((1, 8, 1, 2))
    fields = "num_classes: 2 confidence_threshold: 0.5 nbottom: 1 no_permute: true"
    with pytest.raises(netspec.SpecError, match="joined prior boxes"):  # with one level, they count as its own
        values("DetectionOutput", f"detection_output_param {{ {fields} }}", [score, location, prior.reshape(1, 2, -1)])
    twice = [score, score * 0, location, location, np.tile(prior, (1, 2, 1)).reshape(1, 2, -1)]
    found = values("DetectionOutput", f"detection_output_param {{ {fields.replace('1 no', '2 no')} }}", twice)
    close(found, np.array([[[[0, 1, 1, 0.3, 0.3, 0.5, 0.5]]]]))


BOXES = [(2, 24), (2, 18), (1, 2, 24)]
A, B = (1, 21, 4, 361), (1, 16, 19, 19)
PRIOR = (1, 2, 11552)
# bottoms, problem, words, parameters
REFUSED: list[tuple[Any, type[Diagnostic], str, dict[str, Any]]] = [
    ((A, A, B, B), BlobCount, "2 levels has 5 or 6 bottoms, not 4", {"nbottom": 2}),
    ((A,) * 7, BlobCount, "6 levels has 13 or 18 bottoms, not 7", {}),
    ((A, A, B, B, PRIOR), BadDimensions, "bottom 0 is N×M", {"nbottom": 2}),
    (((1, 21),) * 2 + (B, B, PRIOR), BadDimensions, "is N×C×R×(H·W)", {"nbottom": 2, "no_permute": True}),
    ((A, A, B, B, PRIOR), ShapeMismatch, "needs scores N×20×4×361", {"no_permute": True, "num_classes": 20}),
    ((A, A, B, B, PRIOR), ShapeMismatch, "1444·21 = 30324", {"no_permute": True, "prior": (1, 2, 5776)}),
    ((A, (2, *A[1:]), B, B, PRIOR), ShapeMismatch, "as many items", {"no_permute": True}),
    ((A, A, B, B, PRIOR), InvalidValue, "all classes share", {"no_permute": True, "share_location": False}),
    ((A, A, B, B, PRIOR), InvalidValue, "excludes ratio_permute", {"no_permute": True, "ratio_permute": True}),
    ((A, A, B, B, PRIOR, PRIOR), InvalidValue, "joined prior boxes", {"no_permute": True}),
    ((A, A, B, B, (1, 2)), BadDimensions, "1×2×(P·4)", {"no_permute": True}),
    (((1, 42), (1, 42), (1, 8), (1, 8), (1, 2, 16)), NotDivisible, "not 3 for each cell", {"ratio_permute": True}),
    (((1, 42),) * 7 + ((1, 8),) * 7 + ((1, 2, 56),), EntryCount, "6 levels", {"ratio_permute": True, "nbottom": 7}),
]


@pytest.mark.parametrize(("bottoms", "problem", "words", "params"), REFUSED)
def test_what_is_refused(bottoms: Any, problem: type[Diagnostic], words: str, params: dict[str, Any]) -> None:
    params = {"num_classes": 21, **({"nbottom": 2} if len(bottoms) < 7 else {}), **params}
    if prior := params.pop("prior", None):
        bottoms = (*bottoms[:4], prior)
    with pytest.raises(Refusal) as caught:
        make("DetectionOutput", **params).infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


# type, fields, bottoms, words
LACKING: list[tuple[Any, ...]] = [
    ("DetectionOutput", {"num_classes": 3}, BOXES, ""),
    ("DetectionOutput", {"num_classes": 3}, (*BOXES[:2], (2, 2, 24)), "prior boxes that are not"),
    ("DetectionOutput", {"num_classes": 3}, ((2, 20), (2, 15), (1, 2, 22)), "prior boxes that are not"),
    (
        "DetectionOutput",
        {"num_classes": 3, "nbottom": 2, "ratio_permute": True, "ratio0": 1, "ratio1": 1},
        ((1, 7), (1, 8), (1, 8), (1, 12), (1, 2, 20)),
        "not whole boxes",
    ),
]
test_what_has_no_meaning = each(LACKING, lacks)


def test_sizes_may_be_unknown() -> None:
    bottoms = ((UNKNOWN, 21, UNKNOWN, UNKNOWN),) * 2 + ((UNKNOWN, 16, UNKNOWN, UNKNOWN),) * 2 + ((1, 2, UNKNOWN),)
    (found,) = make("DetectionOutput", num_classes=21, nbottom=2, no_permute=True).infer(CallSite(bottoms))
    assert show(found) == "1×1×*×7"


@pytest.mark.parametrize("backend", BACKENDS)
def test_tensorflow_lite_is_refused(backend: str) -> None:
    text = net_text("DetectionOutput", f"detection_output_param {{ {FIELDS} tflite_detection: true }}", BOXES)
    with pytest.raises(netspec.SpecError, match="tflite_detection"):
        netspec.build(netspec.load_text(text), backend)


IMAGE = [np.zeros((1, 2, 1, 1)), np.zeros((1, 3, 120, 80))]  # the middle of the cell is (40, 60)
LARGE = math.sqrt(60 * 90)


def around(*boxes: tuple[float, ...], yx: bool = False) -> Floats:
    """Boxes in parts of the image from width and height, and how far they are moved."""
    rows = [((40 + r - w / 2) / 80, (60 + d - h / 2) / 120, (40 + r + w / 2) / 80, (60 + d + h / 2) / 120)
            for w, h, r, d in ((*box, 0, 0)[:4] for box in boxes)]  # fmt: skip
    return np.array([[y1, x1, y2, x2] if yx else [x1, y1, x2, y2] for x1, y1, x2, y2 in rows])


RATIO = (60 * math.sqrt(4), 30.0)
FACES: list[tuple[float, ...]] = [
    *((31, 31, 8 * j, 8 * i) for i in range(-2, 2) for j in range(-2, 2)),
    *((63, 63, 16 * j, 16 * i) for i in (-1, 0) for j in (-1, 0)),
]
PRIORS: list[tuple[str, Floats]] = [
    ("min_size: 60 max_size: 90 aspect_ratio: 4 flip: false", around((60, 60), (LARGE, LARGE), RATIO)),
    ("min_size: 60 max_size: 90 aspect_ratio: 4 flip: false keras: true", around((LARGE, LARGE), (60, 60), RATIO)),
    (
        "min_size: 60 max_size: 90 aspect_ratio: 4 flip: false tf: true",
        around((60, 60), RATIO, (LARGE, LARGE)) + np.array([[0.05, 0.05, -0.05, -0.05], [0] * 4, [0] * 4]),
    ),
    (
        "min_size: 61 max_size: 90 flip: false tf: true yx_order: true",
        around((61, 61), (math.sqrt(61 * 90),) * 2, yx=True),
    ),
    ("min_size: 60 yx_order: true tf: true", around((60, 60), yx=True) + np.array([0.05, 0.05, -0.05, -0.05])),
    ("box_width: [10.5, 20] box_height: [30, 4.5]", around((10.5, 30), (20, 4.5))),
    ("box_width: 10 box_height: 30 yx_order: true min_size: 3", around((10, 30), yx=True)),
    ("min_size: [32, 64, 128] faceboxes: true", around(*FACES, (127, 127))),
    ("min_size: 256 faceboxes: true yx_order: true", around((255, 255))),
    ("min_size: 60 yx_order: true clip: true tf: true", np.clip(around((52, 48), yx=True), 0, 1)),
]


@pytest.mark.parametrize(("fields", "boxes"), PRIORS)
def test_prior_boxes(fields: str, boxes: Floats) -> None:
    found = values("PriorBox", f"prior_box_param {{ {fields} }}", IMAGE)
    for backend in BACKENDS:
        top = found[backend][0]
        assert top.shape == (1, 2, boxes.size)
        np.testing.assert_allclose(top[0, 0].reshape(-1, 4), boxes, rtol=1e-6, atol=1e-7, err_msg=backend)
        np.testing.assert_allclose(top[0, 1], 0.1)


FEATURES = ((1, 2, 3, 4), (1, 3, 30, 40))
NOT_MADE: list[tuple[dict[str, Any], type[Diagnostic], str]] = [
    ({}, MissingField, "needs min_size"),
    ({"box_width": (3.0,)}, EntryCount, "1 box_width and 0 box_height"),
    ({"min_size": (32.0,), "faceboxes": True}, InvalidValue, "counts 1 boxes of faceboxes in a cell, and makes 16"),
    ({"min_size": (32.0, 64.0, 128.0), "faceboxes": True, "keras": True}, InvalidValue, "counts 21"),
]


@pytest.mark.parametrize(("params", "problem", "words"), NOT_MADE)
def test_prior_boxes_that_are_refused(params: dict[str, Any], problem: type[Diagnostic], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        make("PriorBox", **params).infer(CallSite(FEATURES))
    assert caught.value.problem is problem and words in str(caught.value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_mixed_orders_of_y_and_x_are_refused(backend: str) -> None:
    fields = "min_size: 256 max_size: 300 faceboxes: true yx_order: true"
    text = net_text("PriorBox", f"prior_box_param {{ {fields} }}", FEATURES)
    with pytest.raises(netspec.SpecError, match="faceboxes with yx_order"):
        netspec.build(netspec.load_text(text), backend)


LEVEL = """
layer {{ name: "conv{i}" type: "Convolution" bottom: "{below}" top: "conv{i}"
  convolution_param {{ num_output: 8 kernel_size: 3 stride: 4 pad: 1 }} }}
layer {{ name: "loc{i}" type: "Convolution" bottom: "conv{i}" top: "loc{i}"
  convolution_param {{ num_output: 12 kernel_size: 1 }} }}
layer {{ name: "conf{i}" type: "Convolution" bottom: "conv{i}" top: "conf{i}"
  convolution_param {{ num_output: 9 kernel_size: 1 }} }}
layer {{ name: "rows{i}" type: "Reshape" bottom: "conf{i}" top: "rows{i}"
  reshape_param {{ shape {{ dim: [0, 3, 3, -1] }} }} }}
layer {{ name: "turned{i}" type: "Permute" bottom: "rows{i}" top: "turned{i}" permute_param {{ order: [0, 2, 1, 3] }} }}
layer {{ name: "soft{i}" type: "Softmax" bottom: "turned{i}" top: "soft{i}" softmax_param {{ axis: 1 }} }}
layer {{ name: "prior{i}" type: "PriorBox" bottom: "conv{i}" bottom: "data" top: "prior{i}"
  prior_box_param {{ min_size: {size} max_size: 90 aspect_ratio: 2 flip: false tf: true yx_order: true
    variance: [0.1, 0.1, 0.2, 0.2] }} }}
"""


def test_a_detector_of_the_fork_agrees() -> None:
    text = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 64, 64] } } }'
    text += LEVEL.format(i=0, below="data", size=30) + LEVEL.format(i=1, below="conv0", size=60)
    bottoms = " ".join(f'bottom: "{name}{i}"' for name in ("soft", "loc") for i in (0, 1))
    text += f"""
    layer {{ name: "priors" type: "Concat" bottom: "prior0" bottom: "prior1" top: "priors" concat_param {{ axis: 2 }} }}
    layer {{ name: "found" type: "DetectionOutput" {bottoms} bottom: "priors" top: "found"
      detection_output_param {{ {FIELDS} keep_top_k: 20 nbottom: 2 no_permute: true }} }}
    """
    agree(text)
