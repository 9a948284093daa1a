"""AlignedCrop: its shape, what it refuses, and V1's crop, whose offset is not made up."""

from __future__ import annotations

from typing import Any

import pytest

import netspec
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import show
from tests.layers.tables import each, has_shapes, is_refused

CROP = """
input: "a" input_dim: [1, 3, 20, 20]
input: "b" input_dim: [1, 5, 10, 12]
layers { type: CROP name: "crop" bottom: "a" bottom: "b" top: "c" }
"""


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("AlignedCrop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("AlignedCrop", {}, ((2, 8), (2, 8)), BadDimensions, "bottom 0 is 2×8"),
    ("AlignedCrop", {}, ((1, 2, 5, 5), (1, 2, 5, 6)), OutOfBounds, "6 out of 5 on axis 3"),
]
test_refused = each(REFUSED, is_refused)


def test_the_crop_of_v1_is_read_and_its_offset_not_made_up() -> None:
    net = netspec.load_text(CROP)
    assert show(net.layers[-1].params.infer(net.site(net.layers[-1]))[0]) == "1×3×10×12"
    with pytest.raises(netspec.SpecError, match="write a Crop with an offset"):
        netspec.emit(net, backend="torch")
