"""Products with a margin: values by the definition, and the mix that is a second top."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import CountMismatch
from tests.frameworks.cases import net
from tests.layers.small_nets import layer
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "MarginInnerProduct": net(
        "MarginInnerProduct",
        "margin_inner_product_param { num_output: 3 type: SINGLE base: 100 gamma: 1 power: 2 lambda_min: 5 }",
        "4 5",
        "4",
    ),
}

RANDOM = np.random.default_rng(7)
ROWS, LABELS = RANDOM.normal(size=(4, 5)), np.array([0, 2, 1, 1])
WEIGHT = RANDOM.normal(size=(3, 5))


def margin(times: int, bound: float) -> Any:
    """cos(m·θ) turned over and moved down on every part, so that it goes on falling."""
    lengths = np.linalg.norm(ROWS, axis=1)
    result = ROWS @ (WEIGHT / np.linalg.norm(WEIGHT, axis=1, keepdims=True)).T
    for i, label in enumerate(LABELS):
        angle = np.arccos(result[i, label] / lengths[i])
        part = int(angle * times / np.pi)
        less = (-1) ** part * np.cos(times * angle) - 2 * part
        result[i, label] = (lengths[i] * less + bound * result[i, label]) / (1 + bound)
    return result


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MarginInnerProduct", {"num_output": 3}, ((4, 5), (4, 2)), CountMismatch, "4 labels, one for each row of 4×5"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value, parameter blobs
VALUES: list[tuple[Any, ...]] = [
    *(
        (
            "MarginInnerProduct",
            f"margin_inner_product_param {{ num_output: 3 type: {name} base: 100 gamma: 1 power: 2 lambda_min: 5 }}",
            (ROWS, LABELS),
            margin(times, 25),
            [WEIGHT],
        )
        for times, name in enumerate(("SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"), 1)
    ),
]
test_values = in_backends(VALUES, computes)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_mix_is_a_second_top(backend: str) -> None:
    fields = "margin_inner_product_param { num_output: 3 type: TRIPLE base: 100 gamma: 1 iteration: 1 }"
    model = netspec.build(netspec.load_text(layer("MarginInnerProduct", fields, "4 5", "4", tops=2)), backend)
    model.set_params({"layer": [WEIGHT]})
    np.testing.assert_allclose(model.forward({"x0": ROWS, "x1": LABELS})["y1"], [100 / 3], rtol=1e-6)


@pytest.mark.parametrize("row", VALUES, ids=[" ".join(row[:2]) for row in VALUES])
def test_backends_agree(row: Any) -> None:
    type_name, fields, inputs, *_ = row
    filled = fields.replace("num_output: 3", 'num_output: 3 weight_filler { type: "xavier" }')
    agrees(type_name, filled, inputs)
