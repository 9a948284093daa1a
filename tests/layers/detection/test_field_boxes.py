"""Boxes beside fields: how much they have in common, and what their message takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netspec_numpy.words import evaluate

from netspec.arrays import leaf
from netspec.layers.detection.field_boxes import Overlap, overlaps
from netspec.problems.fields import EntryCount
from tests.layers.tables import each, is_invalid, is_refused

A, B = (0.0, 0.0, 4.0, 2.0), (2.0, 1.0, 4.0, 5.0)
SIDE, ROW, NEAR = (6.0, 0.0, 8.0, 2.0), (0.0, 2.0, 4.0, 3.0), (4.0, 0.0, 6.0, 2.0)
# two boxes, what their area is divided by, whether the last pixel is theirs, the overlap
OVERLAPS: list[tuple[Any, ...]] = [
    (A, B, "IOU", False, 2 / (8 + 8 - 2)),
    (A, B, "IOMU", False, 2 / 8),
    (A, B, "IOFU", False, 2 / 8),
    (A, B, "IOU", True, 3 * 2 / (15 + 15 - 6)),
    (B, (2.0, 1.0, 3.0, 2.0), "IOMU", True, 1.0),
    ((2.0, 1.0, 3.0, 2.0), B, "IOFU", True, 4 / 15),
    (B, (2.0, 1.0, 3.0, 2.0), "IOFU", True, 1.0),
    (A, SIDE, "IOU", True, 0.0),
    (A, NEAR, "IOU", False, 0.0),
    (A, NEAR, "IOU", True, 3 / (15 + 9 - 3)),
    (A, ROW, "IOU", True, 0.0),  # a row of pixels is none
    (A, (5.0, 0.0, 3.0, 2.0), "IOU", True, 0.0),
]


@pytest.mark.parametrize(("a", "b", "mode", "whole", "wanted"), OVERLAPS)
def test_overlaps(a: Any, b: Any, mode: str, whole: bool, wanted: float) -> None:
    shape = (1, 1, 4)
    result = overlaps(leaf("a", shape), leaf("b", shape), mode=Overlap.named(mode), whole=whole)
    (found,) = evaluate((result,), {"a": np.array([[a]]), "b": np.array([[b]])}, np.dtype("float64"))
    np.testing.assert_allclose(found, [[[wanted]]])


def test_other_names_are_the_union() -> None:
    assert [Overlap.named(name) for name in ("IOU", "IOMU", "IOFU", "iou", "")] == ["IOU", "IOMU", "IOFU", "IOU", "IOU"]


REFUSED: list[tuple[Any, ...]] = [
    (
        "DecodeBBox",
        {"bbox_reg_param": {"bbox_mean": (0, 0), "bbox_std": (1, 1)}},
        ((9, 8), (9, 5)),
        EntryCount,
        "bbox_mean takes 4 numbers, for x, y, width and height, not 2",
    ),
]
test_refused = each(REFUSED, is_refused)

INVALID: list[tuple[Any, ...]] = [
    ("DecodeBBox", {"bbox_reg_param": {"bbox_std": (1, 0, 1, 1)}}, "bbox_reg_param"),
]
test_invalid = each(INVALID, is_invalid)
