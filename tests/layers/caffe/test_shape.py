"""Layers that change a shape: what they make of it, what they refuse, and a Reshape that shuffles pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.layers.base import CallSite
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, CountMismatch, NotDivisible, OutOfBounds
from netspec.shapes import UNKNOWN, show
from tests.layers.one_layer import Floats, agree, close, make, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

Fields = dict[str, Any]
Q = UNKNOWN


def shapes(**dims: Any) -> Fields:
    return {"shape": {"dim": dims["dim"]}}


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Flatten", {}, ((2, 3, 4, 5),), ((2, 60),)),
    ("Flatten", {"axis": -3, "end_axis": -2}, ((2, 3, 4, 5),), ((2, 12, 5),)),
    ("Flatten", {"axis": 2, "end_axis": 1}, ((2, 3, 4),), ((2, 3, 1, 4),)),
    ("Flatten", {}, ((Q, 3, 4),), ((Q, 12),)),
    ("Reshape", shapes(dim=(0, -1)), ((2, 3, 4),), ((2, 12),)),
    ("Reshape", shapes(dim=()) | {"axis": 1, "num_axes": 1}, ((2, 1, 4),), ((2, 4),)),
    ("Reshape", shapes(dim=(2, -1)) | {"axis": 1, "num_axes": 1}, ((2, 6, 4),), ((2, 2, 3, 4),)),
    ("Reshape", shapes(dim=(1, 1)) | {"axis": -1}, ((2, 3),), ((2, 3, 1, 1),)),
    ("Reshape", shapes(dim=(1, -1, 0)), ((2, 3, 4),), ((1, 6, 4),)),
    ("Reshape", shapes(dim=(0, -1)), ((Q, 3, 4),), ((Q, 12),)),
    ("Reshape", shapes(dim=(0, 2, -1, 0)), ((1, 18, Q, 7),), ((1, 2, Q, 7),)),
    ("Reshape", shapes(dim=(-1, 4)) | {"axis": 1}, ((Q, 3, 4),), ((Q, 3, 4),)),
    ("Tile", {"tiles": 3}, ((2, 3),), ((2, 9),)),
    ("Tile", {"tiles": 3, "axis": 0}, ((2, 3),), ((6, 3),)),
    ("Crop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
    ("Crop", {"axis": 1, "offset": (0, 4, 3)}, ((2, 3, 8, 9), (1, 3, 4, 6)), ((2, 3, 4, 6),)),
    ("Crop", {"axis": -1, "offset": (3,)}, ((2, 9), (1, 6, 3)), ((2, 6),)),
    ("Crop", {}, ((2, 3, 8, 9), (2, 3, Q, 9)), ((2, 3, Q, 9),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Flatten", {"axis": 2}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("Flatten", {"axis": 2, "end_axis": 0}, ((2, 3, 4),), AxisOutOfRange, "ends at axis 0"),
    ("Reshape", shapes(dim=(-1, -1)), ((2, 3),), CountMismatch, "only one size"),
    ("Reshape", shapes(dim=(-2, 3)), ((2, 3),), CountMismatch, "only one size"),
    ("Reshape", shapes(dim=(0, 100)), ((1, 64, 5, 5),), CountMismatch, "1×64×5×5 = 1600 is not 1×100 = 100"),
    ("Reshape", shapes(dim=(0, 7, -1)), ((1, 64),), CountMismatch, "1×64 = 64 elements do not divide by 1×7 = 7"),
    ("Reshape", shapes(dim=(6, 0)), ((2, 3, 4),), CountMismatch, "2×3×4 = 24 is not 6×3 = 18"),
    ("Reshape", shapes(dim=(0, 0, 0)), ((2, 3),), AxisOutOfRange, "copies axis 2"),
    ("Reshape", shapes(dim=(1,)) | {"axis": 4}, ((2, 3),), AxisOutOfRange, "axis 4"),
    ("Reshape", shapes(dim=(1,)) | {"axis": 1, "num_axes": 2}, ((2, 3),), AxisOutOfRange, "2 axes from axis 1"),
    ("Tile", {"tiles": 2, "axis": 3}, ((2, 3),), AxisOutOfRange, "axis 3"),
    ("Crop", {"offset": (2,)}, ((1, 1, 7, 7), (1, 1, 5, 6)), OutOfBounds, "axis 3: offset 2 + size 6 > 7"),
    ("Crop", {}, ((1, 1, 4, 7), (1, 1, 5, 6)), OutOfBounds, "axis 2: offset 0 + size 5 > 4"),
    ("Crop", {"axis": 1, "offset": (1, 1)}, ((1, 1, 7, 7), (1, 1, 5, 6)), EntryCount, "3 axes and has 2 offsets"),
    ("Crop", {}, ((1, 1, 7, 7), (5, 6)), BadDimensions, "which has 2 axes"),
    ("Reshape", {"pixelshuffler": 2}, ((2, 8),), BadDimensions, "N×C×H×W; its input 2×8 has 2 axes"),
    ("Reshape", {"pixelshuffler": 2}, ((2, 6, 3, 3),), NotDivisible, "6 mod 4 = 2"),
]
test_refused = each(REFUSED, is_refused)


RANDOM = np.random.default_rng(11)


def shuffled(x: Floats, r: int) -> Floats:
    n, channels, rows, columns = x.shape
    y: Floats = np.zeros((n, channels // r**2, rows * r, columns * r))
    for c, h, w in np.ndindex(channels, rows, columns):
        y[:, c // r**2, h * r + c // r % r, w * r + c % r] = x[:, c, h, w]
    return y


@pytest.mark.parametrize(("r", "extra"), [(2, ""), (3, "shape { dim: 7 } axis: 1")])
def test_pixelshuffler(r: int, extra: str) -> None:
    x, message = RANDOM.normal(size=(2, 36, 2, 3)), f"reshape_param {{ pixelshuffler: {r} {extra} }}"
    close(values("Reshape", message, [x]), shuffled(x, r))
    agree(net_text("Reshape", message, [x.shape]))


def test_a_pixelshuffler_of_1_is_a_reshape() -> None:
    x = RANDOM.normal(size=(2, 6))
    close(values("Reshape", "reshape_param { shape { dim: [3, -1] } pixelshuffler: 1 }", [x]), x.reshape(3, 4))


def test_a_pixelshuffler_of_sizes_that_are_not_known() -> None:
    (top,) = make("Reshape", pixelshuffler=2).infer(CallSite(((UNKNOWN, 8, UNKNOWN, UNKNOWN),)))
    assert show(top) == show((UNKNOWN, 2, UNKNOWN, UNKNOWN))
