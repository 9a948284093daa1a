"""Pooling with gaps in its windows: shapes, values by loops, and what has no meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, net_text, values
from tests.layers.tables import each, has_shapes, lacks

NETS = {"DilatedPooling": net("Pooling", "pooling_param { kernel_size: 2 dilation: 3 }", "2 3 6 7")}
MAP, FILM = (2, 3, 8, 9), (1, 2, 5, 6, 7)

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (3,)}, (MAP,), ((2, 3, 5, 6),)),
    ("DilatedPooling", {"kernel_h": 2, "kernel_w": 3, "dilation": (3, 2)}, (MAP,), ((2, 3, 5, 5),)),
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (2,), "stride": (2,)}, (MAP,), ((2, 3, 4, 4),)),
    ("DilatedPooling", {"kernel_size": (1, 2, 2), "dilation": (1, 2, 4)}, (FILM,), ((1, 2, 5, 4, 3),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, words
LACKING: list[tuple[Any, ...]] = [
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (2,)}, (MAP,), ""),
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (2,), "stride": (2,)}, (MAP,), "with a stride"),
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (2,), "pad": (1,)}, (MAP,), "with padding"),
    ("DilatedPooling", {"kernel_size": (2,), "dilation": (2,), "pool": 2}, (MAP,), "other than those of MAX and AVE"),
    ("DilatedPooling", {"kernel_size": (65,), "dilation": (2,)}, ((1, 1, 200, 200),), "windows of 65 elements"),
]
test_lacking = each(LACKING, lacks)


@pytest.mark.parametrize(
    ("message", "shape", "kernel", "gaps"),
    [
        ("kernel_size: 2 dilation: 3", MAP, (2, 2), (3, 3)),
        ("kernel_h: 2 kernel_w: 3 dilation: [1, 2]", MAP, (2, 3), (1, 2)),
        ("kernel_size: [1, 2, 2] dilation: [1, 2, 4]", FILM, (1, 2, 2), (1, 2, 4)),
    ],
)
@pytest.mark.parametrize("pool", ["MAX", "AVE"])
def test_values(pool: str, message: str, shape: tuple[int, ...], kernel: Any, gaps: Any) -> None:
    x = np.random.default_rng(1).normal(size=shape)
    sizes = [n - (k - 1) * d for n, k, d in zip(shape[2:], kernel, gaps, strict=True)]
    y = np.zeros((*shape[:2], *sizes))
    for at in np.ndindex(*sizes):
        seen = x[(..., *(slice(i, i + (k - 1) * d + 1, d) for i, k, d in zip(at, kernel, gaps, strict=True)))]
        y[(..., *at)] = (np.max if pool == "MAX" else np.mean)(seen, tuple(range(2, x.ndim)))
    text = f"pooling_param {{ pool: {pool} {message} }}"
    close(values("Pooling", text, [x]), y)
    agree(net_text("Pooling", text, [shape]))


def test_a_dilation_of_1_is_none() -> None:
    text = net_text("Pooling", "pooling_param { kernel_size: 2 stride: 2 dilation: 1 }", [MAP])
    assert netspec.load_text(text).layers[-1].params.base_type().type_name() == "Pooling"
