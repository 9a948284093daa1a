"""VNet's loss: values and the gradient it makes up, by its loops; rules, and a net that learns with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, close, make, values

NETS = {
    "PythonDiceLoss": net(
        "Python", 'loss_weight: 1 python_param { module: "pyLayer" layer: "DiceLoss" }', "3 2 8", "3 1 8"
    ),
}

RNG = np.random.default_rng(5)


def likely(classes: int) -> Floats:
    x = np.exp(RNG.normal(size=(3, classes, 8)))
    return x / x.sum(1, keepdims=True)


def by_loops(x: Floats, labels: Floats) -> tuple[float, Floats]:
    """The value and the gradient."""
    found, gradient = 0.0, np.zeros_like(x)
    for i, item in enumerate(x):
        r, g = item.argmax(0).astype(float), (labels[i].reshape(-1) > 0.5).astype(float)
        both, union = float((r * g).sum()), float(r.sum() + g.sum())
        found += 2 * both / (union + 1e-5)
        if union:
            gradient[i, 0] = 2 * (g * union / union**2 - 2 * item[1] * both / union**2)
            gradient[i, 1] = -gradient[i, 0]
    return found, gradient


@pytest.mark.parametrize("classes", [2, 3])
def test_values(classes: int) -> None:
    x, labels = likely(classes), RNG.random((3, 1, 8))
    close(values("Python", LOSS, [x, labels]), np.array([by_loops(x, labels)[0]]))


def test_of_equal_classes_the_first_counts_and_an_item_may_be_empty() -> None:
    x = np.full((2, 3, 4), 1 / 3)
    close(values("Python", LOSS, [x, np.ones((2, 1, 4))]), np.zeros(1))
    close(values("Python", LOSS, [x, np.zeros((2, 1, 4))]), np.zeros(1))


LOSS = 'loss_weight: 1 python_param { module: "pyLayer" layer: "DiceLoss" }'
NET = f"""
layer {{ name: "a" type: "Input" top: "a" input_param {{ shape {{ dim: 3 dim: 4 }} }} }}
layer {{ name: "g" type: "Input" top: "g" input_param {{ shape {{ dim: 3 dim: 1 dim: 8 }} }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "a" top: "ip" inner_product_param {{ num_output: 16 }} }}
layer {{ name: "r" type: "Reshape" bottom: "ip" top: "r" reshape_param {{ shape {{ dim: 0 dim: 2 dim: 8 }} }} }}
layer {{ name: "loss" type: "Python" bottom: "r" bottom: "g" top: "loss" {LOSS} }}
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradients(backend: str) -> None:
    a, labels = RNG.normal(size=(3, 4)), RNG.random((3, 1, 8))
    labels[2] = 0.0
    weight, bias = RNG.normal(size=(16, 4)), np.where(np.arange(16) < 8, 0.5, 0.0)
    model = netspec.build(netspec.load_text(NET, phase="TRAIN"), backend=backend, dtype="float64")
    model.set_params({"ip": [weight, bias]})
    model.forward({"a": a, "g": labels})
    found = model.backward({"loss": np.ones(1)}).params
    wanted = by_loops((a @ weight.T + bias).reshape(3, 2, 8), labels)[1].reshape(3, 16)
    np.testing.assert_allclose(found["ip"][0], wanted.T @ a, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["ip"][1], wanted.sum(0), rtol=1e-9, atol=1e-12)


# shapes of the bottoms, problem, words of the message
REFUSED: list[tuple[tuple[Shape, Shape], type[Diagnostic], str]] = [
    (((2, 2, 4, 4), (2, 1, 16)), BadDimensions, "not 2×2×4×4"),
    (((2, 2, 4), (2, 4)), BadDimensions, "not 2×4"),
    (((2, 4, 4), (2, 1, 4)), ShapeMismatch, "not of 4"),
    (((2, UNKNOWN, 4), (2, 1, 4)), ShapeMismatch, "not of ?"),
    (((2, 2, 4), (3, 1, 4)), ShapeMismatch, "as many items"),
    (((2, 2, 4), (2, 2, 4)), ShapeMismatch, "needs 4 labels for each item, not 8"),
]


@pytest.mark.parametrize(("bottoms", "problem", "words"), REFUSED)
def test_refused(bottoms: Any, problem: type[Diagnostic], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        make("PythonDiceLoss").infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)
