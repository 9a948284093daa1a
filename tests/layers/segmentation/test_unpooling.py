"""Unpooling: rules, values by the mask of a Pooling, and what has no meaning."""

from __future__ import annotations

from typing import Any

import numpy as np

import netspec
from netspec.problems.fields import MissingField
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import inputs, layer
from tests.layers.one_layer import BACKENDS, agree
from tests.layers.tables import each, has_no_code, has_shapes, in_frameworks, is_invalid, is_refused

POOLED = inputs(data=(2, 3, 5, 6)) + layer("Pooling", "data", "p m", "pooling_param { kernel_size: 2 stride: 2 }")
NETS = {"Unpooling": POOLED + layer("Unpooling", "p m", "y", "unpooling_param { unpool_h: 5 unpool_w: 6 stride: 2 }")}
MAPS = (2, 3, 4, 5)

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Unpooling", {"unpool_size": 9}, (MAPS, MAPS), ((2, 3, 9, 9),)),
    ("Unpooling", {"unpool_h": 8, "unpool_w": 9}, (MAPS,), ((2, 3, 8, 9),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Unpooling", {"unpool_size": 9}, (MAPS, (2, 3, 4, 4)), ShapeMismatch, "needs the shape"),
    ("Unpooling", {"unpool_size": 9}, ((2, 3),), BadDimensions, "not 2×3"),
    ("Unpooling", {}, (MAPS,), MissingField, "needs unpool_size"),
    ("Unpooling", {"unpool_size": 9, "unpool_h": 9}, (MAPS,), MissingField, "needs unpool_size"),
    ("Unpooling", {"unpool_h": 9}, (MAPS,), MissingField, "both unpool_h and unpool_w"),
]
test_refused = each(REFUSED, is_refused)

INVALID: list[tuple[Any, ...]] = [("Unpooling", {"unpool_size": 9, "pad": 1}, "pad")]
test_invalid = each(INVALID, is_invalid)

# type, fields, bottoms, words of what it is short of, the shape of the top
WITHOUT_CODE: list[tuple[Any, ...]] = [
    ("Unpooling", "unpooling_param { unpool_size: 9 }", (MAPS,), "without the mask", (2, 3, 9, 9)),
    ("Unpooling", "unpooling_param { unpool_size: 9 unpool: TILE }", (MAPS, MAPS), "by TILE", (2, 3, 9, 9)),
]
test_a_shape_without_a_meaning = in_frameworks(WITHOUT_CODE, has_no_code)


def test_values() -> None:
    x = np.random.default_rng(2).permutation(180).reshape(2, 3, 5, 6).astype(float)
    wanted = np.zeros_like(x)
    for n, c, i, j in np.ndindex(2, 3, 3, 3):
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        row, column = np.unravel_index(int(np.argmax(window)), window.shape)
        wanted[n, c, 2 * i + int(row), 2 * j + int(column)] = window.max()
    for backend in BACKENDS:
        model = netspec.build(netspec.load_text(NETS["Unpooling"]), backend=backend)
        np.testing.assert_array_equal(model.forward({"data": x})["y"], wanted, err_msg=backend)
    agree(NETS["Unpooling"])


def test_its_old_name() -> None:
    text = """input: "x" input_dim: [1, 2, 4, 4]
    layers { name: "p" type: POOLING bottom: "x" top: "p" top: "m" pooling_param { kernel_size: 2 stride: 2 } }
    layers { name: "y" type: UNPOOLING bottom: "p" bottom: "m" top: "y"
      unpooling_param { unpool: MAX kernel_size: 2 stride: 2 unpool_size: 4 } }"""
    net = netspec.load_text(text)
    assert net.layers[-1].type == "Unpooling" and net.blobs["y"] == (1, 2, 4, 4)
