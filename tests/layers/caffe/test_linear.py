"""InnerProduct, Embed, Scale and Bias: shapes, parameters, refusals, formulas by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.layers.base import CallSite, LayoutPreference
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import make
from tests.layers.tables import each, has_shapes, is_explained, is_invalid, is_read_over, means

IMAGE = (2, 6, 9, 11)
X = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 3.0, 4.0]])
W = np.array([0.5, 1.0, -1.0, 2.0])


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("InnerProduct", {"num_output": 5}, (IMAGE,), ((2, 5),), ((5, 594), (5,))),
    ("InnerProduct", {"num_output": 5, "axis": -1, "transpose": True}, (IMAGE,), ((2, 6, 9, 5),), ((11, 5), (5,))),
    ("InnerProduct", {"num_output": 5, "axis": 0, "bias_term": False}, (IMAGE,), ((5,),), ((5, 1188),)),
    ("Embed", {"num_output": 3, "input_dim": 7}, ((4, 2),), ((4, 2, 3),), ((7, 3), (3,))),
    ("Scale", {}, (IMAGE,), (IMAGE,), ((6,),)),
    ("Scale", {"axis": -2, "num_axes": -1, "bias_term": True}, (IMAGE,), (IMAGE,), ((9, 11), (9, 11))),
    ("Scale", {"num_axes": 0}, (IMAGE,), (IMAGE,), ((),)),
    ("Scale", {"axis": 0, "num_axes": 4}, (IMAGE,), (IMAGE,), (IMAGE,)),
    ("Scale", {"axis": 2, "bias_term": True}, (IMAGE, (9, 11)), (IMAGE,), ((9, 11),)),
    ("Scale", {"axis": 3, "num_axes": 3}, (IMAGE, ()), (IMAGE,), ()),
    ("Scale", {}, (IMAGE, (UNKNOWN,)), (IMAGE,), ()),
    ("Bias", {"axis": -4}, (IMAGE,), (IMAGE,), ((2,),)),
    ("Bias", {"axis": 1}, (IMAGE, (6, 9)), (IMAGE,), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("InnerProduct", {"num_output": 3, "axis": 4}, (IMAGE,), AxisOutOfRange, "axis 4"),
    ("Scale", {"num_axes": 4}, (IMAGE,), BadDimensions, ("1 to 4", "2×6×9×11", "4 axes")),
    ("Scale", {}, ((3,),), AxisOutOfRange, "axis 1"),
    ("Scale", {"axis": 0}, (IMAGE, (6,)), ShapeMismatch, ("6", "2×6×9×11", "axis 0")),
    ("Bias", {"axis": 3}, (IMAGE, (11, 2)), ShapeMismatch, ("11×2", "axis 3")),
    ("Bias", {"axis": 1}, (IMAGE, (1,)), ShapeMismatch, "axis 1"),
]
test_refused = each(REFUSED, is_explained)


# type, fields, the field at fault
INVALID: list[tuple[Any, ...]] = [
    ("Scale", {"num_axes": -2}, "num_axes"),
    ("Embed", {"num_output": 3}, "input_dim"),
]
test_invalid = each(INVALID, is_invalid)


# type, fields, bottoms, tops, parameter blobs
FORMULAS: list[tuple[Any, ...]] = [
    ("Scale", {"bias_term": True}, (X,), [X * W + W + 1], {"weight": W, "bias": W + 1}),
    ("Scale", {"axis": 0, "bias_term": True}, (X, W[:2]), [X * W[:2, None] + W[2:, None]], {"bias": W[2:]}),
    ("Scale", {}, (X, 3.0), [3 * X]),
    ("Bias", {"num_axes": 0}, (X,), [X + 2], {"bias": 2.0}),
    ("Bias", {"axis": 0}, (X, W[:2]), [X + W[:2, None]]),
]
test_formulas = each(FORMULAS, means)


# type, fields that change nothing, bottoms
READ_OVER: list[tuple[Any, ...]] = [
    ("InnerProduct", "inner_product_param { num_output: 1 engine: MKLDNN }", "2 3"),
]
test_fields_without_effect = each(READ_OVER, is_read_over)


def test_fillers_by_default() -> None:
    def value(type_name: str, **params: Any) -> float:
        return make(type_name, **params).blobs(CallSite((IMAGE,)))[0].filler.value

    assert value("Scale") == 1
    assert value("Scale", filler={}) == 0
    assert value("Bias") == 0


def test_multiply_accumulates() -> None:
    full = make("InnerProduct", num_output=5)
    assert full.macs(CallSite((IMAGE,)), ((2, 5),)) == 2 * 5 * 594


def test_wishes() -> None:
    for type_name in ("Scale", "Bias"):
        assert make(type_name).layout_preference(CallSite((IMAGE,))) is LayoutPreference.EITHER, type_name
    assert make("Scale", num_axes=2).layout_preference(CallSite((IMAGE,))) is LayoutPreference.FIRST
    assert make("InnerProduct", num_output=2).layout_preference(CallSite((IMAGE,))) is LayoutPreference.FIRST
