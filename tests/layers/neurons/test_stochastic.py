"""Activations of forks that draw by chance: what they draw in TRAIN, and what they are in TEST."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

import netspec
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS
from tests.layers.small_nets import layer, run
from tests.layers.tables import agrees, computes, each, in_backends

NETS = {
    "RReLU": net("RReLU", "rrelu_param { lb: 10 ub: 30 }", "2 3 2 4"),
    "SeLuDropout": net("SeLuDropout", "selu_dropout_param { dropout_ratio: 0.3 }", "2 3 2 4"),
}

RANDOM = np.random.default_rng(3)
MAPS, ROWS = RANDOM.normal(size=(2, 3, 2, 4)), RANDOM.normal(size=(3, 4))
LEAK = (log(30) - log(10)) / 20


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("RReLU", "rrelu_param { lb: 10 ub: 30 }", (MAPS,), np.where(MAPS > 0, MAPS, MAPS * LEAK)),
    ("RReLU", "", (ROWS,), np.where(ROWS > 0, ROWS, ROWS * log(2) / 5)),
    ("SeLuDropout", "selu_dropout_param { dropout_ratio: 0.3 }", (MAPS,), MAPS),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


MANY = np.full((40, 50, 2), -3.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_slopes_by_chance(backend: str) -> None:
    found = run(layer("RReLU", "rrelu_param { lb: 3 ub: 6 }", "40 50 2"), MANY, phase="TRAIN", backend=backend)
    divisors = -3 / found
    assert 3 <= divisors.min() < 3.01 and 5.99 < divisors.max() <= 6
    np.testing.assert_allclose(divisors.mean(), 4.5, atol=0.1)
    assert (run(layer("RReLU", "", "40 50 2"), -MANY, phase="TRAIN", backend=backend) == 3).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_dropped_becomes_alpha(backend: str) -> None:
    """Mean and variance stay as they were."""
    fields, x = "selu_dropout_param { dropout_ratio: 0.2 }", RANDOM.normal(size=MANY.shape)
    found = run(layer("SeLuDropout", fields, "40 50 2"), x, phase="TRAIN", backend=backend)
    alpha, kept = -1.75809934, 0.8
    a = (kept * (1 + alpha**2 * (1 - kept))) ** -0.5
    dropped = np.isclose(found, a * alpha - a * (1 - kept) * alpha, rtol=1e-9)
    np.testing.assert_allclose(dropped.mean(), 0.2, atol=0.03)
    np.testing.assert_allclose(found[~dropped], (a * x - a * (1 - kept) * alpha)[~dropped], rtol=1e-9)
    np.testing.assert_allclose((found.mean(), found.var()), (0, 1), atol=0.1)


@pytest.mark.parametrize("type_name", ["RReLU", "SeLuDropout"])
def test_chance_is_verified_as_in_test(type_name: str) -> None:
    report = netspec.verify(netspec.load_text(layer(type_name, "", "3 4"), phase="TRAIN"), grad=True)
    assert report.ok


@pytest.mark.parametrize("fields", ["lb: 3 ub: 3", "lb: 0 ub: 3", "lb: -3 ub: 0"])
def test_bounds_of_slopes(fields: str) -> None:
    with pytest.raises(netspec.SpecError, match=r"NS204|NS206"):
        netspec.load_text(layer("RReLU", f"rrelu_param {{ {fields} }}", "3 4"))
