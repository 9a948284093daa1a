"""Correlation, and elements moved between batch, channels and space: values by the definition, refusals, agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.shapes import UNKNOWN, show

BACKENDS = ("numpy", "torch", "tensorflow")


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


MESSAGES = {
    "SpaceToDepth": "space_to_depth_param",
    "SpaceToBatchND": "space_to_batch_nd_param",
    "BatchToSpaceND": "batch_to_space_nd_param",
    "DepthToSpace": "depth_to_space_param",
}
# type, fields, input, the place in the input that an element of the output comes from (None for a zero)
MOVED: list[tuple[str, str, tuple[int, ...], Callable[..., tuple[int, ...]]]] = [
    (
        "SpaceToBatchND",
        "block_shape: 2 block_shape: 3 paddings: 1 paddings: 1 paddings: 0 paddings: 1",
        (2, 4, 5, 3),
        lambda n, i, j, c: (n % 2, i * 2 + n // 2 // 3 - 1, j * 3 + n // 2 % 3, c),
    ),
    ("SpaceToBatchND", "block_shape: 2 paddings: 0 paddings: 0", (1, 4, 2), lambda n, i, c: (0, i * 2 + n, c)),
    (
        "BatchToSpaceND",
        "block_shape: 2 block_shape: 3 crops: 1 crops: 0 crops: 0 crops: 2",
        (12, 2, 3, 2),
        lambda n, i, j, c: (((i + 1) % 2 * 3 + j % 3) * 2 + n, (i + 1) // 2, j // 3, c),
    ),
    (
        "SpaceToDepth",
        "block_size: 2",
        (2, 4, 6, 3),
        lambda n, i, j, c: (n, i * 2 + c // 3 // 2, j * 2 + c // 3 % 2, c % 3),
    ),
    (
        "SpaceToDepth",
        'block_size: 2 data_format: "NCHW"',
        (2, 3, 4, 6),
        lambda n, c, i, j: (n, c % 3, i * 2 + c // 3 // 2, j * 2 + c // 3 % 2),
    ),
    (
        "DepthToSpace",
        "block_size: 2",
        (2, 3, 2, 8),
        lambda n, i, j, c: (n, i // 2, j // 2, (i % 2 * 2 + j % 2) * 2 + c),
    ),
    (
        "DepthToSpace",
        'block_size: 2 data_format: "NCHW"',
        (2, 8, 3, 2),
        lambda n, c, i, j: (n, (i % 2 * 2 + j % 2) * 2 + c, i // 2, j // 2),
    ),
    (
        "DepthToSpace",
        'block_size: 2 data_format: "CRD"',
        (2, 8, 3, 2),
        lambda n, c, i, j: (n, (c * 2 + i % 2) * 2 + j % 2, i // 2, j // 2),
    ),
]


@pytest.mark.parametrize(("kind", "fields", "shape", "origin"), MOVED, ids=[f"{row[0]} {row[1]}" for row in MOVED])
def test_moved(kind: str, fields: str, shape: tuple[int, ...], origin: Any) -> None:
    x = np.random.default_rng(8).normal(size=shape)
    text = input_layer("x", shape)
    text += f'layer {{ name: "y" type: "{kind}" bottom: "x" top: "y" {MESSAGES[kind]} {{ {fields} }} }}'
    result = netspec.load_text(text).blobs["y"]
    expected = np.zeros([size for size in result or () if isinstance(size, int)])
    for at in np.ndindex(*expected.shape):
        place = origin(*at)
        if all(0 <= i < size for i, size in zip(place, shape, strict=True)):
            expected[at] = x[place]
    values(text, {"x": x}, expected)


SHAPES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("SpaceToBatchND", {"block_shape": (2,), "paddings": (0, 1)}, ((UNKNOWN, 3, 5),), (UNKNOWN, 2, 5)),
    ("BatchToSpaceND", {"block_shape": (2,), "crops": (0, 1)}, ((4, UNKNOWN, 5),), (2, UNKNOWN, 5)),
    ("DepthToSpace", {"block_size": 2, "data_format": "NCHW"}, ((1, 8, UNKNOWN, 5),), (1, 2, UNKNOWN, 10)),
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, ((1, 8, UNKNOWN, 5),) * 2, (1, 9, UNKNOWN, 3)),
]


@pytest.mark.parametrize(("kind", "fields", "bottoms", "expected"), SHAPES)
def test_shapes(kind: str, fields: Any, bottoms: Any, expected: Any) -> None:
    layer = find(kind)
    assert layer
    assert show(layer.model_validate(fields).infer(Site(bottoms))[0]) == show(expected)


IMAGE = (4, 8, 5, 6)
REFUSALS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("SpaceToBatchND", {"block_shape": (3,), "paddings": (0, 0)}, (IMAGE,), "8 mod 3 = 2"),
    ("SpaceToBatchND", {"block_shape": (2,), "paddings": (0,)}, (IMAGE,), "paddings has 1 entries"),
    ("SpaceToBatchND", {"block_shape": (1, 1, 1, 1), "paddings": (0,) * 8}, (IMAGE,), "4 sizes of blocks"),
    ("BatchToSpaceND", {"block_shape": (3,), "crops": (0, 0)}, (IMAGE,), "4 mod 3 = 1"),
    ("BatchToSpaceND", {"block_shape": (2,), "crops": (8, 8)}, (IMAGE,), "leave nothing of axis 1: 8 . 8 of 16"),
    ("DepthToSpace", {"block_size": 3, "data_format": "NCHW"}, (IMAGE,), "8 mod 9 = 8"),
    ("DepthToSpace", {"block_size": 2, "data_format": "CHW"}, (IMAGE,), "not CHW"),
    ("DepthToSpace", {"block_size": 2}, ((4, 8, 5),), "has 3"),
    ("Correlation", {"kernel_size": 1, "max_displacement": 3}, (IMAGE, IMAGE), "5 . 2·0 − 2·3"),
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, (IMAGE, (4, 8, 5, 5)), "one shape"),
    ("Correlation", {"kernel_size": 1, "max_displacement": 1}, (IMAGE, (4, 8)), "has 2 axes"),
]


@pytest.mark.parametrize(("kind", "fields", "bottoms", "message"), REFUSALS)
def test_refusals(kind: str, fields: Any, bottoms: Any, message: str) -> None:
    layer = find(kind)
    assert layer
    with pytest.raises(Refusal, match=message):
        layer.model_validate(fields).infer(Site(bottoms))


def test_an_even_window_has_no_middle() -> None:
    layer = find("Correlation")
    assert layer
    with pytest.raises(ValueError, match="has to be odd"):
        layer.model_validate({"kernel_size": 2, "max_displacement": 1})
