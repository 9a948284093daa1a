"""Layers of forks that move, scale and join channels: values, sizes that are not known, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.small_nets import run, text_of
from tests.layers.tables import agrees, computes, each, has_no_meaning, has_shapes, in_backends, is_refused

NETS = {
    "Add": net("Add", "", "6", "2 8 4 6"),
    "Axpy": net("Axpy", "", "2 8", "2 8 4 6", "2 8 4 6"),
    "Mean": net("Mean", "mean_param { operation: ADD value: 2 }", "2 3 4 5"),
    "Mul": net("Mul", "mul_param { mul_shape: [4] }", "2 4"),
    "Pad": net("Pad", "pad_param { paddings: [0, 1, 2, 0] }", "2 4"),
    "Reorg": net("Reorg", "reorg_param { stride: 2 }", "2 8 4 6"),
    "ShuffleChannel": net("ShuffleChannel", "", "2 8 4 6"),
    "Squeeze": net("Squeeze", "", "1 8 1 6"),
}

X = np.array([[-7.0, -2.0, -0.5, 0.0], [0.5, 3.0, 6.5, 25.0]])
MAPS = np.arange(2 * 8 * 4 * 6, dtype=float).reshape(2, 8, 4, 6)


def darknet(x: Any, stride: int, reverse: bool) -> Any:
    """Index by index, as darknet's reorg_cpu does it."""
    n, c, h, w = x.shape
    few = c // stride**2
    source, result = x.reshape(-1), np.empty(x.size)
    for b, k, j, i in np.ndindex(n, c, h, w):
        offset = k // few
        here = i + w * (j + h * (k + c * b))
        wide, high = i * stride + offset % stride, j * stride + offset // stride
        there = wide + w * stride * (high + h * stride * (k % few + few * b))
        if reverse:
            result[there] = source[here]
        else:
            result[here] = source[there]
    shape = (n, few, h * stride, w * stride) if reverse else (n, c * stride**2, h // stride, w // stride)
    return result.reshape(shape)


def shuffled(x: Any, group: int) -> Any:
    """Channel j of group i goes to place j·group + i."""
    columns = x.shape[1] // group
    result = np.empty_like(x)
    for i in range(group):
        for j in range(columns):
            result[:, j * group + i] = x[:, i * columns + j]
    return result


RANDOM = np.random.default_rng(7)
A, B = RANDOM.normal(size=(2, 2, 3, 4, 5))


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Axpy", {}, ((2, 3), (2, 3, UNKNOWN, 4), (2, 3, UNKNOWN, UNKNOWN)), ((2, 3, UNKNOWN, 4),)),
    ("ShuffleChannel", {"group": 2}, ((UNKNOWN, UNKNOWN, 3),), ((UNKNOWN, UNKNOWN, 3),)),
    ("Reorg", {"stride": 2}, ((UNKNOWN, 64, UNKNOWN, 26),), ((UNKNOWN, 256, UNKNOWN, 13),)),
    ("Squeeze", {}, ((UNKNOWN, 1, 3),), ((UNKNOWN, 3),)),
    ("Pad", {"paddings": (1, 1, 0, 2)}, ((UNKNOWN, 3),), ((UNKNOWN, 5),)),
    ("Mul", {}, ((UNKNOWN, 3), (1, 3)), ((UNKNOWN, 3),)),
    ("Add", {}, ((UNKNOWN, 3), (1, 3)), ((UNKNOWN, 3),)),
    ("Mean", {"operation": 1, "value": (2.0,)}, ((UNKNOWN, 3, UNKNOWN),), ((UNKNOWN, 3, UNKNOWN),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Axpy", {}, ((2, 3), (2, 3, 4, 4), (2, 3, 4, 5)), ShapeMismatch, "2×3×4×4 and 2×3×4×5"),
    ("Axpy", {}, ((2, 4), (2, 3, 4, 4), (2, 3, 4, 4)), ShapeMismatch, "2×4 for 2×3×4×4"),
    ("Axpy", {}, ((2, 3, 2, 1), (2, 3, 4, 4), (2, 3, 4, 4)), ShapeMismatch, "2×3×2×1 for 2×3×4×4"),
    ("Axpy", {}, ((2, 3, 1), (2, 3, 4), (2, 3, 4)), BadDimensions, "2×3×1 and 2×3×4"),
    (
        "ShuffleChannel",
        {"group": 3},
        ((1, 8, 2, 2),),
        NotDivisible,
        "8 channels do not divide by group, 3: 8 mod 3 = 2",
    ),
    ("ShuffleChannel", {}, ((8,),), BadDimensions, "8 has 1 axis"),
    ("Reorg", {"stride": 2}, ((1, 4, 13, 26),), NotDivisible, "13 rows do not divide by stride, 2"),
    ("Reorg", {"stride": 2}, ((1, 6, 26, 26),), NotDivisible, "6 channels do not divide by stride², 4"),
    ("Reorg", {"stride": 2}, ((4, 26, 26),), BadDimensions, "3 axes"),
    ("Squeeze", {"axis": (1,)}, ((1, 2, 3),), ShapeMismatch, "axis 1 of 1×2×3 has 2"),
    ("Squeeze", {"axis": (3,)}, ((1, 2, 3),), AxisOutOfRange, "axis 3"),
    ("Pad", {"paddings": (1, 1)}, ((2, 3),), EntryCount, "2 axes and 2 paddings"),
    ("Add", {}, ((2, 3), (2, 4)), ShapeMismatch, "2×3 and 2×4"),
    ("Mean", {"operation": 1, "value": (1.0, 2.0)}, ((1, 3),), NotDivisible, "3 mod 2 = 1"),
    ("Mean", {"operation": 1}, ((1, 3),), MissingField, "value"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("Axpy", "", (MAPS[:, :, :1, :1], MAPS, -MAPS), MAPS[:, :, :1, :1] * MAPS - MAPS),
    ("Axpy", "", (MAPS[:, :, 1, 2], MAPS, -MAPS), MAPS[:, :, 1, 2, None, None] * MAPS - MAPS),
    ("Axpy", "", (MAPS[:, :, :1, :1], MAPS[:, :, 0], MAPS[:, :, 1]), MAPS[:, :, 0, :1] * MAPS[:, :, 0] + MAPS[:, :, 1]),
    ("ShuffleChannel", "shuffle_channel_param { group: 2 }", (MAPS,), shuffled(MAPS, 2)),
    ("ShuffleChannel", "shuffle_channel_param { group: 4 }", (MAPS[:, :, 0, 0],), shuffled(MAPS[:, :, 0, 0], 4)),
    ("ShuffleChannel", "", (MAPS,), MAPS),
    ("Reorg", "reorg_param { stride: 2 }", (MAPS,), darknet(MAPS, 2, False)),
    ("Reorg", "reorg_param { stride: 2 reverse: true }", (MAPS,), darknet(MAPS, 2, True)),
    ("Reorg", "reorg_param { stride: 1 }", (MAPS,), MAPS),
    ("Squeeze", "", (MAPS[:1, :, :1],), MAPS[0, :, 0]),
    ("Squeeze", "squeeze_param { axis: -2 }", (MAPS[:1, :, :1],), MAPS[:1, :, 0]),
    ("Pad", "pad_param { paddings: [0, 1, 2, 0] }", (X,), np.pad(X, ((0, 1), (2, 0)))),
    (
        "Pad",
        "pad_param { paddings: [0, 0, 1, 1] constant_values: -2 }",
        (X,),
        np.pad(X, ((0, 0), (1, 1)), constant_values=-2),
    ),
    ("Add", "", (MAPS, MAPS[0, :, :1]), MAPS + MAPS[0, :, :1]),
    ("Add", "", (MAPS[0, 0, 0], MAPS), MAPS[0, 0, 0] + MAPS),
    ("Mul", "", (MAPS[:, :1], MAPS[:1]), MAPS[:, :1] * MAPS[:1]),
    ("Mul", "", (X, np.array(3.0)), X * 3),
    ("Mean", "mean_param { operation: ADD value: 2 }", (A,), A + 2),
    (
        "Mean",
        "mean_param { operation: SUBTRACT value: [1, 2] mean_scale: 3 input_scale: 0.5 output_scale: 4 }",
        (RANDOM.normal(size=(1, 4)) * 0 + 1,),
        4 * (0.5 - 3 * np.array([[1, 2, 1, 2]])),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_a_factor_that_is_learnt(backend: str) -> None:
    text = text_of("Mul", "mul_param { mul_shape: [4] }", (X,))
    assert netspec.load_text(text).params == {"layer": ((4,),)}
    np.testing.assert_allclose(run(text, X, backend=backend, params=[[1, 2, 3, 4]]), X * [1, 2, 3, 4])


def test_a_reorg_and_its_reverse() -> None:
    there = run(text_of("Reorg", "reorg_param { stride: 2 }", (MAPS,)), MAPS)
    as_maps = there.reshape(MAPS.shape)  # darknet's quirk: it counts in the shape of its input
    np.testing.assert_array_equal(darknet(as_maps, 2, True).reshape(MAPS.shape), MAPS)


# type, fields, bottoms
UNSAID: list[tuple[Any, ...]] = [
    ("Mean", {"operation": 4, "file": "mean.binaryproto"}, ((1, 3),)),
]
test_a_meaning_that_is_not_there_is_refused_only_when_asked_for = each(UNSAID, has_no_meaning)
