"""EuclideanLoss with scales: rules, values, and the fork's gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import close, net_text, values
from tests.layers.tables import agrees, each, has_shapes, is_explained

NETS = {"ScaledEuclideanLoss": net("EuclideanLoss", "", "2 3", "2 3", "2 3")}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ScaledEuclideanLoss", {}, ((2, 3, 4), (2, 12), (2, 3, 4)), ((),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("ScaledEuclideanLoss", {}, ((2, 3), (2, 4), (2, 3)), ShapeMismatch, "2×3 = 6 and 2×4 = 8"),
    ("ScaledEuclideanLoss", {}, ((2, 3), (2, 3), (2,)), ShapeMismatch, "EuclideanLoss needs a scale for each element"),
]
test_refused = each(REFUSED, is_explained)

RANDOM = np.random.default_rng(3)
A, B, S = (RANDOM.normal(size=(2, 3, 4)) for _ in range(3))
VALUES: list[tuple[Any, ...]] = [("EuclideanLoss", "", (A, B, S))]
test_backends_agree = each(VALUES, agrees)


def test_values() -> None:
    close(values("EuclideanLoss", "", [A, B.reshape(2, 12), S]), (S**2 * (A - B) ** 2).mean() / 2)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradient_has_the_scale_once(backend: str) -> None:
    text = "force_backward: true\n" + net_text("EuclideanLoss", "", [A.shape] * 3)
    model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
    model.forward({"x0": A, "x1": B, "x2": S})
    found = model.backward({}).inputs
    assert "x2" not in found
    for blob, sign in (("x0", 1), ("x1", -1)):
        np.testing.assert_allclose(found[blob], sign * S * (A - B) / A.size, rtol=1e-9, atol=1e-12)
