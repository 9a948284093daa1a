"""Correlation along one axis and two: values by the definition, refusals, agreement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.problems.shapes import BadDimensions, EmptyOutput, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_refused, lacks

NETS = {
    "Correlation": net(
        "Correlation",
        "correlation_param { pad: 3 kernel_size: 3 max_displacement: 3 stride_1: 2 stride_2: 2 }",
        "2 3 5 6",
        "2 3 5 6",
    ),
    "Correlation1D": net(
        "Correlation1D", "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 }", "2 3 5 6", "2 3 5 6"
    ),
}

RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))
IMAGE = (4, 8, 5, 6)


def correlated(pad: int, kernel: int, reach: int, stride: int, shifts: tuple[int, ...], subtract: bool) -> Any:
    more = 10
    a, b = (np.pad(x, ((0, 0), (0, 0), (0, 0), (pad + more, pad + more))) for x in (A, B))
    h = -(-(5 - kernel + 1) // stride)
    w = -(-(6 + 2 * pad - 2 * reach - kernel + 1) // stride)
    y = np.zeros((2, len(shifts), h, w))
    for d, i, j in np.ndindex(len(shifts), h, w):
        top, left = i * stride, j * stride + reach + more
        one = a[:, :, top : top + kernel, left : left + kernel]
        other = b[:, :, top : top + kernel, left + shifts[d] : left + shifts[d] + kernel]
        y[:, d, i, j] = (np.abs(one - other) if subtract else one * other).mean((1, 2, 3))
    return y


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, ((1, 8, UNKNOWN, 5),) * 2, ((1, 9, UNKNOWN, 3),)),
    ("Correlation1D", {"kernel_size": 1, "max_displacement": 1}, ((1, 8, UNKNOWN, 5),) * 2, ((1, 3, UNKNOWN, 3),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Correlation1D", {"kernel_size": 1, "max_displacement": 3}, (A.shape,) * 2, EmptyOutput, "6 + 2·0 − 2·3"),
    (
        "Correlation1D",
        {"kernel_size": 7, "max_displacement": 0, "pad": 9},
        (A.shape,) * 2,
        EmptyOutput,
        "5 + 2·0 − 2·3",
    ),
    ("Correlation", {"kernel_size": 1, "max_displacement": 3}, (IMAGE, IMAGE), EmptyOutput, "5 + 2·0 − 2·3"),
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, (IMAGE, (4, 8, 5, 5)), ShapeMismatch, "one shape"),
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, (IMAGE, (4, 8)), BadDimensions, "has 2 axes"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, words of what has no meaning
LACKING: list[tuple[Any, ...]] = [
    ("Correlation1D", {"kernel_size": 1, "max_displacement": 2, "single_direction": -1}, (A.shape,) * 2, "pad by 1"),
]
test_what_has_no_meaning = each(LACKING, lacks)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    (
        "Correlation1D",
        "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 }",
        (A, B),
        correlated(2, 1, 2, 1, (-2, -1, 0, 1, 2), False),
    ),
    (
        "Correlation1D",
        "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 single_direction: -1 }",
        (A, B),
        correlated(2, 1, 2, 1, (-3, -2, -1), False),
    ),
    (
        "Correlation1D",
        "correlation_param { pad: 4 kernel_size: 3 max_displacement: 3 stride_1: 2 stride_2: 2 single_direction: 1 "
        "correlation_type: SUBTRACT }",
        (A, B),
        correlated(4, 3, 3, 2, (0, 2), True),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


def input_layer(name: str, shape: tuple[int, ...]) -> str:
    dims = " ".join(f"dim: {size}" for size in shape)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims} }} }} }}\n'


def values(text: str, feeds: dict[str, Any], expected: Any) -> None:
    """That all backends give what is expected, and that the frameworks agree on the gradients."""
    net = netspec.load_text(text)
    for backend in BACKENDS:
        y = netspec.build(net, backend=backend, dtype="float64").forward(feeds)["y"]
        np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-12, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


# pad, kernel_size, max_displacement, stride_1, stride_2, correlation_type
CORRELATIONS = [
    (1, 1, 1, 1, 1, "MULTIPLY"),
    (3, 3, 3, 2, 2, "MULTIPLY"),
    (2, 1, 2, 3, 1, "SUBTRACT"),
    (0, 3, 1, 1, 2, "MULTIPLY"),
]


@pytest.mark.parametrize(("pad", "kernel", "reach", "stride", "step", "kind"), CORRELATIONS)
def test_correlation(pad: int, kernel: int, reach: int, stride: int, step: int, kind: str) -> None:
    shape = (2, 3, 5, 6)
    random = np.random.default_rng(7)
    a, b = random.normal(size=shape), random.normal(size=shape)
    pa, pb = (np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) for x in (a, b))
    border = reach + (kernel - 1) // 2
    h, w = (-(-(size + 2 * pad - 2 * border) // stride) for size in shape[2:])
    radius = reach // step
    places = [(p * step, o * step) for p in range(-radius, radius + 1) for o in range(-radius, radius + 1)]
    expected = np.zeros((2, len(places), h, w))
    for d, (down, right) in enumerate(places):
        for i, j in np.ndindex(h, w):
            y, x = i * stride + reach, j * stride + reach
            one = pa[:, :, y : y + kernel, x : x + kernel]
            other = pb[:, :, y + down : y + down + kernel, x + right : x + right + kernel]
            expected[:, d, i, j] = (abs(one - other) if kind == "SUBTRACT" else one * other).mean((1, 2, 3))
    fields = (
        f"pad: {pad} kernel_size: {kernel} max_displacement: {reach} stride_1: {stride} stride_2: {step} "
        f"correlation_type: {kind}"
    )
    layer = (
        f'layer {{ name: "y" type: "Correlation" bottom: "a" bottom: "b" top: "y" correlation_param {{ {fields} }} }}'
    )
    values(input_layer("a", shape) + input_layer("b", shape) + layer, {"a": a, "b": b}, expected)


def test_an_even_window_has_no_middle() -> None:
    layer = find("Correlation")
    assert layer
    with pytest.raises(ValueError, match="has to be odd"):
        layer.model_validate({"kernel_size": 2, "max_displacement": 1})
