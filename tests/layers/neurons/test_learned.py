"""Activations of forks that learn: values, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.shapes import BadDimensions
from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "APL": net("APL", "apl_param { sums: 2 }", "2 3 2 4"),
    "EltwiseAffine": net("EltwiseAffine", "", "3 4"),
}

RANDOM = np.random.default_rng(3)
MAPS, ROWS = RANDOM.normal(size=(2, 3, 2, 4)), RANDOM.normal(size=(3, 4))
THREE, FOUR = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(2, 4))
HINGES = RANDOM.normal(size=(2, 1, 1, 2, 24))


def piecewise(x: Any, slope: Any, offset: Any) -> Any:
    """Element by element, as APL's loop goes: the numbers of one element lie side by side."""
    result = np.maximum(x, 0).reshape(len(x), -1)
    for n, k in np.ndindex(*result.shape):
        for s in range(2):
            at = 2 * k + s
            result[n, k] += slope.flat[at] * max(offset.flat[at] - x[n].flat[k], 0)
    return result.reshape(x.shape)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("EltwiseAffine", {}, ((3,),), BadDimensions, "at least two axes"),
    ("APL", {"sums": 1}, ((3,),), BadDimensions, "at least two axes"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value, parameter blobs
VALUES: list[tuple[Any, ...]] = [
    ("EltwiseAffine", "", (MAPS,), MAPS * THREE[0, :, None, None] + THREE[1, :, None, None], THREE),
    ("EltwiseAffine", "", (ROWS,), ROWS * FOUR[0] + FOUR[1], FOUR),
    ("EltwiseAffine", "eltwise_affine_param { channel_shared: true }", (ROWS,), ROWS * 2 - 1, [2.0, -1]),
    ("APL", "apl_param { sums: 2 }", (MAPS,), piecewise(MAPS, *HINGES), HINGES),
    ("APL", "apl_param { sums: 2 save_mem: true }", (ROWS,), piecewise(ROWS, *HINGES[..., :4]), HINGES[..., :4]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
