"""Augmentation in FlowNet 2.0: what it does without chance, and what is left to chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import Phase
from netspec.problems.fields import BlobCount, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, net_text
from tests.layers.small_nets import run, text_of
from tests.layers.tables import computes, each, has_shapes, in_backends, is_refused, lacks

NETS = {
    "BlackAugmentation": net("BlackAugmentation", "", "2 3 5 6"),
    "DataAugmentation": net("DataAugmentation", "", "2 3 5 6"),
    "GenerateAugmentationParameters": net(
        "GenerateAugmentationParameters",
        'augmentation_param { crop_width: 4 crop_height: 4 mode: "replace" zoom { spread: 1 } }',
        "2 3 5 6",
    ),
}

RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))
FLOW = RANDOM.normal(size=(2, 2, 5, 6)) * 2
FLOW[0, 0, 0, 0], FLOW[1, :, 2, 3], FLOW[1, :, 4, 5] = np.nan, 0, 0.5
PLANE = np.arange(30.0).reshape(1, 1, 5, 6)


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DataAugmentation", {"crop_width": 4, "crop_height": 3}, ((2, 3, UNKNOWN, 9),), ((2, 3, 3, 4), (2, 42, 1, 1))),
    ("FlowAugmentation", {"crop_width": 4, "crop_height": 3}, ((1, 2, 9, 9),) * 3, ((1, 2, 3, 4),)),
    ("GenerateAugmentationParameters", {"crop_width": 4, "crop_height": 4}, ((2, 3, 5, 6),), ((2, 42, 1, 1),)),
    ("BlackAugmentation", {}, ((2, 3, 5, UNKNOWN),), ((2, 3, 5, UNKNOWN),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("DataAugmentation", {"crop_height": 6, "crop_width": 2}, (A.shape,), OutOfBounds, "6 and crop_width 2"),
    ("DataAugmentation", {"mean": (1, 2, 3), "mean_per_pixel": False}, ((1, 2, 3, 4),), BadDimensions, "not 2"),
    ("GenerateAugmentationParameters", {}, (A.shape,) * 2, BlobCount, "not 2"),
    ("GenerateAugmentationParameters", {}, (A.shape,), MissingField, "crop_width"),
    ("GenerateAugmentationParameters", {}, (A.shape,) * 3, ShapeMismatch, "42 numbers"),
    ("FlowAugmentation", {"crop_width": 2}, (FLOW.shape,) * 3, MissingField, "crop_height"),
    ("BlackAugmentation", {}, ((1, 4, 2, 2),), BadDimensions, "not 4"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, words of what has no meaning, phase
LACKING: list[tuple[Any, ...]] = [
    ("DataAugmentation", {"rotate": {"spread": 1}}, (A.shape,), ""),
    ("DataAugmentation", {"rotate": {"spread": 1}}, (A.shape,), "what rotate draws", Phase.TRAIN),
    ("DataAugmentation", {"noise": {}, "augment_during_test": True}, (A.shape,), "what noise draws"),
    ("DataAugmentation", {}, (A.shape, (2, 42, 1, 1)), "second bottom"),
    ("DataAugmentation", {"crop_height": 1, "crop_width": 1}, ((1, 3, UNKNOWN, 5),), "--input"),
    ("FlowAugmentation", {"crop_height": 1, "crop_width": 1}, (FLOW.shape, (2, 42, 1, 1), (2, 42, 1, 1)), "augment"),
    ("BlackAugmentation", {"border": {}}, (A.shape,), "what it draws"),
]
test_what_has_no_meaning = each(LACKING, lacks)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("DataAugmentation", "", (A,), A),
    ("DataAugmentation", "augmentation_param { crop_height: 3 crop_width: 2 }", (A,), A[:, :, 1:4, 2:4]),
    (
        "DataAugmentation",
        "augmentation_param { crop_height: 2 crop_width: 3 rotate { spread: 1 } }",
        (PLANE,),
        PLANE[:, :, 1:3, 1:4] + 3.5,
    ),
    (
        "DataAugmentation",
        "augmentation_param { crop_height: 5 crop_width: 6 mean: [1, 2, 3] mean_per_pixel: false }",
        (A * 0 + np.arange(6),),
        A * 0 + [0, 1, 2, 3, 4, 4.95] - np.array([1, 2, 3])[:, None, None],
    ),
    ("DataAugmentation", "augmentation_param { mean: [1, 2, 3] }", (A,), A),
    ("BlackAugmentation", "", (A,), A),
    (
        "GenerateAugmentationParameters",
        'augmentation_param { crop_width: 4 crop_height: 4 mode: "replace" zoom { spread: 1 } }',
        (A,),
        np.zeros((2, 42, 1, 1)),
    ),
    ("GenerateAugmentationParameters", "", (np.ones((2, 42, 1, 1)), A, B), np.ones((2, 42, 1, 1))),
    (
        "GenerateAugmentationParameters",
        'augmentation_param { mode: "regenerate" }',
        (A[:, :, :1, :1],) * 3,
        np.zeros((2, 42, 1, 1)),
    ),
]
test_values = in_backends(VALUES, computes)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pixel", [True, False])
def test_the_mean_of_the_weights_is_taken_away(backend: str, pixel: bool) -> None:
    fields = f"augmentation_param {{ recompute_mean: 10 mean_per_pixel: {str(pixel).lower()} }}"
    mean, channels = RANDOM.normal(size=(1, 3, 5, 6)), RANDOM.normal(size=(1, 3, 1, 1))
    params = [np.full((1, 1, 1, 1), 11.0), mean, channels]
    found = run(text_of("DataAugmentation", fields, (A,)), A, backend=backend, params=params)
    np.testing.assert_allclose(found, A - (mean if pixel else channels))


def test_augmentation_is_compared_without_chance() -> None:
    fields = "augmentation_param { crop_height: 3 crop_width: 6 recompute_mean: 10 zoom { spread: 0.1 exp: true } }"
    for phase in ("TEST", "TRAIN"):
        net = netspec.load_text(net_text("DataAugmentation", fields, [A.shape], 2), phase=phase)
        assert netspec.verify(net).ok
