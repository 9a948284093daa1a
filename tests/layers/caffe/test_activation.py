"""Activations, and Dropout: shapes, formulas by hand, fields of forks, chance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Formula, LayoutPreference, Phase
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import make
from tests.layers.small_nets import layer, run
from tests.layers.tables import (
    agrees,
    computes,
    each,
    has_shapes,
    in_backends,
    is_explained,
    is_invalid,
    is_read_over,
    means,
)

IMAGE = (2, 6, 9, 11)
X = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 3.0, 4.0]])
W = np.array([0.5, 1.0, -1.0, 2.0])
Y = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 7.0, 4.0]])


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("ReLU", {"negative_slope": 0.1}, ((2, 3),), ((2, 3),), ()),
    ("ReLU", {}, ((),), ((),), ()),
    ("PReLU", {}, (IMAGE,), (IMAGE,), ((6,),)),
    ("PReLU", {"channel_shared": True}, ((3, 4),), ((3, 4),), ((),)),
    ("Dropout", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("ELU", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Sigmoid", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("TanH", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("AbsVal", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("BNLL", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Power", {"power": 2.0}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Exp", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Log", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Threshold", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Swish", {}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
    ("Clip", {"min": -1.0, "max": 1.0}, ((2, UNKNOWN),), ((2, UNKNOWN),), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("PReLU", {}, ((3,),), BadDimensions, ("N×C", "3 has 1")),
]
test_refused = each(REFUSED, is_explained)


# type, fields, the field at fault
INVALID: list[tuple[Any, ...]] = [
    ("Dropout", {"dropout_ratio": 0.0}, "dropout_ratio"),
    ("Dropout", {"dropout_ratio": 1.0}, "dropout_ratio"),
    ("Exp", {"base": 0.0}, "base"),
    ("Exp", {"base": math.inf}, "base"),
    ("Log", {"base": -2.0}, "base"),
    ("Log", {"base": 1.0}, "base"),
    ("Log", {"base": math.nan}, "base"),
    ("Clip", {"min": 0.0}, "max"),
]
test_invalid = each(INVALID, is_invalid)


# type, fields, bottoms, tops, parameter blobs
FORMULAS: list[tuple[Any, ...]] = [
    ("ReLU", {}, (X,), [np.maximum(X, 0)]),
    ("ReLU", {"negative_slope": 2.0}, (X,), [np.where(X > 0, X, 2 * X)]),
    ("PReLU", {}, (X,), [np.where(X > 0, X, W * X)], {"weight": W}),
    ("PReLU", {"channel_shared": True}, (X,), [np.where(X > 0, X, X / 4)], {"weight": 0.25}),
    ("ELU", {"alpha": 2.0}, (X,), [np.where(X > 0, X, 2 * (np.exp(np.minimum(X, 0)) - 1))]),
    ("Sigmoid", {}, (X,), [1 / (1 + np.exp(-X))]),
    ("TanH", {}, (X,), [np.tanh(X)]),
    ("AbsVal", {}, (X,), [np.abs(X)]),
    ("BNLL", {}, (X,), [np.log1p(np.exp(X))]),
    ("Power", {}, (X,), [X]),
    ("Power", {"power": 2.0, "scale": 0.5, "shift": 1.0}, (X,), [(1 + X / 2) ** 2]),
    ("Power", {"power": 0.0}, (X * np.nan,), [np.ones_like(X)]),
    ("Power", {"power": 2.0, "scale": 0.0, "shift": 3.0}, (X,), [np.full_like(X, 9)]),
    ("Power", {"power": -1.0, "scale": 0.0}, (X,), [np.full_like(X, np.inf)]),
    ("Power", {"power": 0.5, "scale": 0.0, "shift": -1.0}, (X,), [np.full_like(X, np.nan)]),
    ("Exp", {}, (X,), [np.exp(X)]),
    ("Exp", {"base": 2.0, "scale": 3.0, "shift": -1.0}, (X,), [2 ** (3 * X - 1)]),
    ("Log", {"base": 10.0, "scale": 2.0, "shift": 5.0}, (X,), [np.log10(2 * X + 5)]),
    ("Threshold", {"threshold": 0.5}, (X,), [np.where(X > 0.5, 1.0, 0.0)]),
    ("Swish", {"beta": 2.0}, (X,), [X / (1 + np.exp(-2 * X))]),
    ("Clip", {"min": -1.0, "max": 2.0}, (X,), [np.clip(X, -1, 2)]),
    ("Clip", {"min": 2.0, "max": -1.0}, (X,), [np.full_like(X, 2)]),
]
test_formulas = each(FORMULAS, means)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("ReLU", "relu_param { relu6: true }", (Y,), np.clip(Y, 0, 6)),
    ("ReLU", "relu_param { maximum: 3 negative_slope: 2 }", (Y,), np.minimum(np.where(Y > 0, Y, 2 * Y), 3)),
    ("ReLU", "relu_param { relu6: true maximum: 9 }", (Y,), np.clip(Y, 0, 6)),
    ("ReLU", "relu_param { minimum: -1 negative_slope: 1 }", (Y,), np.maximum(Y, -1)),
    ("Dropout", "dropout_param { scale_train: false dropout_ratio: 0.2 }", (Y,), 0.8 * Y),
    ("Dropout", "dropout_param { scale_train: true }", (Y,), Y),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


def test_terms_that_do_nothing_are_not_written() -> None:
    def words(type_name: str, **params: Any) -> list[str]:
        layer = make(type_name, **params)
        assert isinstance(layer, Formula)
        found: list[str] = []
        nodes = [layer.trace(CallSite(((2, 3),)))[0]]
        while nodes:
            found.append(nodes[-1].word)
            nodes = [arg for arg in nodes.pop().args if not isinstance(arg, (int, float))]
        return found

    assert words("Power") == ["leaf"]
    assert words("Power", power=2.0, shift=1.0) == ["pow", "add", "leaf"]
    assert words("Exp", scale=1.0) == ["exp", "leaf"]
    assert words("Log") == ["log", "leaf"]
    assert words("Swish") == ["silu", "leaf"]
    assert words("Swish", beta=2.0)[0] == "mul"


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(
    ("scaled", "phase"), [("true", "TRAIN"), ("false", "TRAIN"), ("true", "TEST"), ("false", "TEST")]
)
def test_dropping(scaled: str, phase: str, backend: str) -> None:
    sampled = "true" if phase == "TEST" else "false"
    fields = f"dropout_param {{ dropout_ratio: 0.75 scale_train: {scaled} sample_weights_test: {sampled} }}"
    found = run(layer("Dropout", fields, "1000"), np.ones(1000), phase=phase, backend=backend)
    assert set(np.unique(np.round(found, 9))) == {0.0, 4.0 if scaled == "true" else 1.0}
    assert 150 < np.count_nonzero(found) < 350


def test_what_drops_in_both_phases_is_verified_without() -> None:
    text = layer("Dropout", "dropout_param { sample_weights_test: true scale_train: false }", "4")
    dropout = netspec.load_text(text).layers[-1].params
    assert dropout.random(CallSite(((4,),), phase=Phase.TEST))
    assert netspec.verify(netspec.load_text(text)).ok


# type, fields that change nothing, bottoms
READ_OVER: list[tuple[Any, ...]] = [
    ("ReLU", "relu_param { engine: MKL2017 fuse: true }", "2"),
    ("ReLU", "relu_param { engine: 4 }", "2"),
    ("Dropout", "dropout_param { engine: CUDNN random_seed: 3 }", "2 3"),
]
test_fields_without_effect = each(READ_OVER, is_read_over)


def test_fillers_by_default() -> None:
    assert make("PReLU").blobs(CallSite((IMAGE,)))[0].filler.value == 0.25
    assert make("PReLU", filler={}).blobs(CallSite((IMAGE,)))[0].filler.value == 0


def test_wishes() -> None:
    for type_name in ("ReLU", "PReLU", "Dropout"):
        assert make(type_name).layout_preference(CallSite((IMAGE,))) is LayoutPreference.EITHER, type_name
    assert make("PReLU", channel_shared=True).layout_preference(CallSite((IMAGE,))) is LayoutPreference.EITHER
