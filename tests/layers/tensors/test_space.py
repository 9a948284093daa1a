"""Elements moved between batch, channels and space: values by the definition, refusals, agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible, OutOfBounds
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "BatchToSpaceND": net(
        "BatchToSpaceND", "batch_to_space_nd_param { block_shape: [2, 3] crops: [1, 0, 0, 2] }", "12 2 3 2"
    ),
    "DepthToSpace": net("DepthToSpace", "depth_to_space_param { block_size: 2 }", "2 3 2 8"),
    "SpaceToBatchND": net(
        "SpaceToBatchND", "space_to_batch_nd_param { block_shape: [2, 3] paddings: [1, 1, 0, 1] }", "2 4 5 3"
    ),
    "SpaceToDepth": net("SpaceToDepth", "space_to_depth_param { block_size: 2 }", "2 4 6 3"),
}

IMAGE = (4, 8, 5, 6)


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("SpaceToBatchND", {"block_shape": (2,), "paddings": (0, 1)}, ((UNKNOWN, 3, 5),), ((UNKNOWN, 2, 5),)),
    ("BatchToSpaceND", {"block_shape": (2,), "crops": (0, 1)}, ((4, UNKNOWN, 5),), ((2, UNKNOWN, 5),)),
    ("DepthToSpace", {"block_size": 2, "data_format": "NCHW"}, ((1, 8, UNKNOWN, 5),), ((1, 2, UNKNOWN, 10),)),
    ("SpaceToDepth", {"block_size": 2}, ((1, 4, UNKNOWN, 3),), ((1, 2, UNKNOWN, 12),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("SpaceToDepth", {"block_size": 2}, ((1, 4, 3, 2),), NotDivisible, "3 mod 2 = 1"),
    ("SpaceToDepth", {"block_size": 2, "data_format": "CRD"}, ((1, 4, 4, 2),), InvalidValue, "not CRD"),
    ("SpaceToBatchND", {"block_shape": (3,), "paddings": (0, 0)}, (IMAGE,), NotDivisible, "8 mod 3 = 2"),
    ("SpaceToBatchND", {"block_shape": (2,), "paddings": (0,)}, (IMAGE,), EntryCount, "paddings has 1 entries"),
    (
        "SpaceToBatchND",
        {"block_shape": (1, 1, 1, 1), "paddings": (0,) * 8},
        (IMAGE,),
        BadDimensions,
        "4 sizes of blocks",
    ),
    ("BatchToSpaceND", {"block_shape": (3,), "crops": (0, 0)}, (IMAGE,), NotDivisible, "4 mod 3 = 1"),
    (
        "BatchToSpaceND",
        {"block_shape": (2,), "crops": (8, 8)},
        (IMAGE,),
        OutOfBounds,
        "leave nothing of axis 1: 8 + 8 of 16",
    ),
    ("DepthToSpace", {"block_size": 3, "data_format": "NCHW"}, (IMAGE,), NotDivisible, "8 mod 9 = 8"),
    ("DepthToSpace", {"block_size": 2, "data_format": "CHW"}, (IMAGE,), InvalidValue, "not CHW"),
    ("DepthToSpace", {"block_size": 2}, ((4, 8, 5),), BadDimensions, "has 3"),
]
test_refused = each(REFUSED, is_refused)


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
