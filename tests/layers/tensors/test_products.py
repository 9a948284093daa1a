"""Products of matrices and norms of items: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.small_nets import run, text_of
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "LayerNorm": net("LayerNorm", "", "2 3 4"),
    "LpNormalization": net("LpNormalization", "lp_normalization_param { axis: 1 }", "2 3 4"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
Y = RANDOM.normal(size=(3, 1)) + 4
ROW = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.0, 7.25])
MAPS = RANDOM.normal(size=(2, 3, 2, 4))


def normalized(x: Any, eps: float = 1e-5) -> Any:
    over = tuple(range(1, x.ndim))
    return (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + eps)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MatMul", {}, ((2, 3), (2, 3)), ShapeMismatch, "3 and 2"),
    ("MatMul", {}, ((1, 2, 3), (3, 2)), BadDimensions, "as many axes"),
    ("MatMul", {}, ((1, 2, 3), (2, 3, 2)), ShapeMismatch, "1 and 2 on axis 0"),
    ("Gemm", {}, ((2, 3), (3, 4), (4,)), ShapeMismatch, "2×4, or with sizes of 1, not 4"),
    ("Gemm", {}, ((2, 3, 1), (3, 4), (4,)), BadDimensions, "has 3 axes"),
    ("LpNormalization", {}, ((2, 3),), InvalidValue, "it has 0"),
    ("LpNormalization", {"axis": (1,), "p": 3}, ((2, 3),), InvalidValue, "1 or 2, not 3"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("MatMul", "", (X[0].T, Y), X[0].T @ Y),
    ("MatMul", "matmul_param { transpose_a: true }", (X, X), np.einsum("nka,nkb->nab", X, X)),
    ("MatMul", "matmul_param { transpose_b: true }", (X, -X), np.einsum("nak,nbk->nab", X, -X)),
    ("Gemm", "", (X[0].T, Y, np.array([2.0])), X[0].T @ Y + 2),
    (
        "Gemm",
        "gemm_param { alpha: 2 beta: 3 transA: 1 transB: 1 }",
        (X[0], Y.T, ROW[:4, None]),
        2 * X[0].T @ Y + 3 * ROW[:4, None],
    ),
    ("LayerNorm", "", (X,), normalized(X)),
    ("LayerNorm", "layer_norm_param { elementwise_affine: false eps: 2 }", (MAPS,), normalized(MAPS, 2)),
    ("LpNormalization", "lp_normalization_param { axis: 1 }", (X,), X / np.sqrt((X**2).sum(1, keepdims=True))),
    ("LpNormalization", "lp_normalization_param { axis: -1 p: 1 }", (X,), X / np.abs(X).sum(2, keepdims=True)),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_layer_norm_has_a_factor_and_a_bias_for_each_number_of_an_item(backend: str) -> None:
    scale, bias = RANDOM.normal(size=(2, 3, 4))
    found = run(text_of("LayerNorm", "", (X,)), X, backend=backend, params=[scale, bias])
    np.testing.assert_allclose(found, normalized(X) * scale + bias, rtol=1e-9)
