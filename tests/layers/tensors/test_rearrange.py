"""Layers that change the order of axes or of elements: rules, values, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import AxisOutOfRange, BadDimensions
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, net_text, values
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_refused

NETS = {
    "Flip": net("Flip", "", "2 3 4 5"),
    "Permute": net("Permute", "", "2 3 4 5"),
    "Reverse": net("Reverse", "", "2 3 4 5"),
    "Transpose": net("Transpose", "transpose_param { dim: [0, 1] }", "4 5"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
MAPS = RANDOM.normal(size=(2, 3, 4, 5))


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("Permute", {"order": (0, 2, 3, 1)}, ((2, 3, 4, 5),), ((2, 4, 5, 3),), ()),
    ("Permute", {"order": (2,)}, ((2, UNKNOWN, 4, 5),), ((4, 2, UNKNOWN, 5),), ()),
    ("Permute", {}, ((2, 3),), ((2, 3),), ()),
    ("Transpose", {"dim": (1, 0)}, ((2, UNKNOWN),), ((UNKNOWN, 2),)),
    ("Reverse", {}, ((2, UNKNOWN),), ((2, UNKNOWN),)),
    ("Flip", {}, ((2, 3, 4, UNKNOWN),), ((2, 3, 4, UNKNOWN),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Reverse", {"axis": (2,)}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("Transpose", {"dim": (0, 1)}, ((2, 3, 4),), InvalidValue, "not 0, 1"),
    ("Transpose", {"dim": (0, 1, 1)}, ((2, 3, 4),), InvalidValue, "3 axes of 2×3×4"),
    ("Transpose", {}, ((2,),), InvalidValue, "not nothing"),
    ("Permute", {"order": (2,)}, ((2, 3),), AxisOutOfRange, "order 2 is out of range"),
    ("Permute", {"order": (1, 1)}, ((2, 3),), InvalidValue, "axis 1 more than once"),
    ("Flip", {}, ((1, 2, 3, 4, 5),), BadDimensions, "5 axes"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Reverse", "reverse_param { axis: [0, -1] }", (X,), X[::-1, :, ::-1]),
    ("Transpose", "transpose_param { dim: 2 dim: 3 dim: 1 dim: 0 }", (MAPS,), MAPS.transpose(2, 3, 1, 0)),
    ("Transpose", "transpose_param { dim: [0, 1] }", (MAPS[0, 0],), MAPS[0, 0]),
    ("Reverse", "", (MAPS,), MAPS[::-1]),
    ("Reverse", "reverse_param { axis: 3 }", (MAPS,), MAPS[..., ::-1]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


BLOB = np.random.default_rng(1).normal(size=(2, 3, 4, 5))


def test_values_of_rearranging() -> None:
    close(
        values("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }", [BLOB]), BLOB.transpose(0, 2, 3, 1)
    )
    close(values("Permute", "permute_param { order: 3 }", [BLOB]), BLOB.transpose(3, 0, 1, 2))
    close(values("Permute", "", [BLOB]), BLOB)


IMAGE = RANDOM.normal(size=(2, 3, 4, 5))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("", IMAGE[..., ::-1]),
        ("flip_param { flip_height: true }", IMAGE[..., ::-1, ::-1]),
        ("flip_param { flip_height: true flip_width: false }", IMAGE[:, :, ::-1]),
        ("flip_param { flip_width: false }", IMAGE),
    ],
)
def test_flip(fields: str, wanted: Any) -> None:
    close(values("Flip", fields, [IMAGE]), wanted)
    agree(net_text("Flip", fields, [IMAGE.shape]))


def test_flip_of_fewer_axes() -> None:
    close(values("Flip", "flip_param { flip_height: true }", [IMAGE[0]]), IMAGE[0][..., ::-1])
