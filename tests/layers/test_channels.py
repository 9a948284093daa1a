"""Activations of forks, and layers of forks that move channels: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.small_nets import run, text_of

X = np.array([[-7.0, -2.0, -0.5, 0.0], [0.5, 3.0, 6.5, 25.0]])
MAPS = np.arange(2 * 8 * 4 * 6, dtype=float).reshape(2, 8, 4, 6)
ROWS = np.arange(6.0).reshape(1, 6)


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


# type, fields, inputs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("ReLU6", "", (X,), np.clip(X, 0, 6)),
    ("ReLU6", "relu6_param { negative_slope: 0.5 }", (X,), np.minimum(np.where(X > 0, X, X / 2), 6)),
    ("HardSigmoid", "", (X,), np.clip(0.2 * X + 0.5, 0, 1)),
    ("HardSigmoid", "hard_sigmoid_param { alpha: 1 beta: 0 }", (X,), np.clip(X, 0, 1)),
    ("HardSwish", "", (X,), X * np.clip(X + 3, 0, 6) / 6),
    ("SeLU", "", (X,), 1.050700987 * np.where(X > 0, X, 1.67326324 * np.expm1(np.minimum(X, 0)))),
    ("SeLU", "selu_param { lambda: 2 alpha: 1 }", (X,), 2 * np.where(X > 0, X, np.expm1(np.minimum(X, 0)))),
    ("ThresholdedReLU", "thresholded_relu_param { alpha: 3 }", (X,), np.where(X > 3, X, 0)),
    ("NegReLU", "", (X,), np.minimum(X, 0)),
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
]


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend)
    assert found.shape == value.shape
    np.testing.assert_allclose(found, value, rtol=1e-12)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any) -> None:
    report = netspec.verify(netspec.load_text(text_of(type_name, fields, inputs)), grad=True)
    assert report.ok, report


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_a_factor_that_is_learnt(backend: str) -> None:
    text = text_of("Mul", "mul_param { mul_shape: [4] }", (X,))
    assert netspec.load_text(text).params == {"layer": ((4,),)}
    np.testing.assert_allclose(run(text, X, backend=backend, params=[[1, 2, 3, 4]]), X * [1, 2, 3, 4])


def test_a_reorg_and_its_reverse() -> None:
    there = run(text_of("Reorg", "reorg_param { stride: 2 }", (MAPS,)), MAPS)
    as_maps = there.reshape(MAPS.shape)  # darknet's quirk: it counts in the shape of its input
    np.testing.assert_array_equal(darknet(as_maps, 2, True).reshape(MAPS.shape), MAPS)


# type, fields, bottoms, shape of the top
UNKNOWN_SIZES: list[tuple[str, dict[str, Any], tuple[Shape, ...], Shape]] = [
    ("Axpy", {}, ((2, 3), (2, 3, UNKNOWN, 4), (2, 3, UNKNOWN, UNKNOWN)), (2, 3, UNKNOWN, 4)),
    ("ShuffleChannel", {"group": 2}, ((UNKNOWN, UNKNOWN, 3),), (UNKNOWN, UNKNOWN, 3)),
    ("Reorg", {"stride": 2}, ((UNKNOWN, 64, UNKNOWN, 26),), (UNKNOWN, 256, UNKNOWN, 13)),
    ("Squeeze", {}, ((UNKNOWN, 1, 3),), (UNKNOWN, 3)),
    ("Pad", {"paddings": (1, 1, 0, 2)}, ((UNKNOWN, 3),), (UNKNOWN, 5)),
    ("Mul", {}, ((UNKNOWN, 3), (1, 3)), (UNKNOWN, 3)),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "top"), UNKNOWN_SIZES)
def test_sizes_that_are_not_known(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], top: Shape
) -> None:
    kind = find(type_name)
    assert kind is not None
    (found,) = kind.model_validate(fields).infer(Site(bottoms))
    assert show(found) == show(top)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
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
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message
    assert set(caught.value.fields) <= set(kind.model_fields)
