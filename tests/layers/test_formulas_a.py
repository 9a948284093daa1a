"""What the formulas of activation, linear and normalization layers say, in numpy, against the same by hand."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest

from netspec.layers import find
from netspec.layers.base import Formula, Site
from tests.layers.numpy_words import evaluate

Spec: TypeAlias = tuple[str, dict[str, Any]]


def make(type_name: str, params: dict[str, Any]) -> Formula:
    layer = find(type_name)
    assert layer is not None and issubclass(layer, Formula)
    return layer.model_validate(params)


def row(type_name: str, *expected: Any, **params: Any) -> Any:
    name = " ".join([type_name, *(f"{n}={v}" for n, v in params.items())])
    return pytest.param((type_name, params), *expected, id=name)


X = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 3.0, 4.0]])
W = np.array([0.5, 1.0, -1.0, 2.0])

# type, inputs, parameter blobs, value, parameters
VALUES = [
    row("ReLU", (X,), {}, np.maximum(X, 0)),
    row("ReLU", (X,), {}, np.where(X > 0, X, 2 * X), negative_slope=2.0),
    row("PReLU", (X,), {"weight": W}, np.where(X > 0, X, W * X)),
    row("PReLU", (X,), {"weight": 0.25}, np.where(X > 0, X, X / 4), channel_shared=True),
    row("ELU", (X,), {}, np.where(X > 0, X, 2 * (np.exp(np.minimum(X, 0)) - 1)), alpha=2.0),
    row("Sigmoid", (X,), {}, 1 / (1 + np.exp(-X))),
    row("TanH", (X,), {}, np.tanh(X)),
    row("AbsVal", (X,), {}, np.abs(X)),
    row("BNLL", (X,), {}, np.log1p(np.exp(X))),
    row("Power", (X,), {}, X),
    row("Power", (X,), {}, (1 + X / 2) ** 2, power=2.0, scale=0.5, shift=1.0),
    row("Power", (X * np.nan,), {}, np.ones_like(X), power=0.0),
    row("Power", (X,), {}, np.full_like(X, 9), power=2.0, scale=0.0, shift=3.0),
    row("Power", (X,), {}, np.full_like(X, np.inf), power=-1.0, scale=0.0),
    row("Power", (X,), {}, np.full_like(X, np.nan), power=0.5, scale=0.0, shift=-1.0),
    row("Exp", (X,), {}, np.exp(X)),
    row("Exp", (X,), {}, 2 ** (3 * X - 1), base=2.0, scale=3.0, shift=-1.0),
    row("Log", (X,), {}, np.log10(2 * X + 5), base=10.0, scale=2.0, shift=5.0),
    row("Threshold", (X,), {}, np.where(X > 0.5, 1.0, 0.0), threshold=0.5),
    row("Swish", (X,), {}, X / (1 + np.exp(-2 * X)), beta=2.0),
    row("Clip", (X,), {}, np.clip(X, -1, 2), min=-1.0, max=2.0),
    row("Clip", (X,), {}, np.full_like(X, 2), min=2.0, max=-1.0),
    row("Scale", (X,), {"weight": W, "bias": W + 1}, X * W + W + 1, bias_term=True),
    row("Scale", (X, W[:2]), {"bias": W[2:]}, X * W[:2, None] + W[2:, None], axis=0, bias_term=True),
    row("Scale", (X, 3.0), {}, 3 * X),
    row("Bias", (X,), {"bias": 2.0}, X + 2, num_axes=0),
    row("Bias", (X, W[:2]), {}, X + W[:2, None], axis=0),
    row("Softmax", (X,), {}, np.exp(X) / np.exp(X).sum(0), axis=0),
    row("MVN", (X[None, None],), {}, X[None, None] - X.mean(), normalize_variance=False),
    row("MVN", (X[None, None],), {}, (X[None, None] - X.mean()) / (X.std() + 0.5), eps=0.5),
    row("MVN", (X,), {}, np.zeros((2, 4, 1, 1))),
]


@pytest.mark.parametrize(("spec", "inputs", "blobs", "value"), VALUES)
def test_values(spec: Spec, inputs: tuple[Any, ...], blobs: dict[str, Any], value: Any) -> None:
    layer = make(*spec)
    site = Site(tuple(np.shape(x) for x in inputs))
    (found,) = evaluate(layer.trace(site), {**{f"x{i}": x for i, x in enumerate(inputs)}, **blobs})
    np.testing.assert_allclose(found, value, rtol=1e-12)


def test_terms_that_do_nothing_are_not_written() -> None:
    def words(type_name: str, **params: Any) -> list[str]:
        layer = make(type_name, params)
        found: list[str] = []
        nodes = [layer.trace(Site(((2, 3),)))[0]]
        while nodes:
            found.append(nodes[-1].word)
            nodes = [arg for arg in nodes.pop().args if not isinstance(arg, (int, float))]
        return found

    assert words("Power") == ["leaf"]
    assert words("Power", power=2.0, shift=1.0) == ["pow", "add", "leaf"]
    assert words("Exp", scale=1.0) == ["exp", "leaf"]
    assert words("Log") == ["log", "leaf"]
    assert words("Swish")[0] == "mul"
