"""Optimizers by their names."""

from __future__ import annotations

import pytest

import netspec
from netspec.cli import options
from netspec.solver.chosen import OPTIMIZERS, chosen
from netspec.solver.rules import RULES

NET = 'input: "data" input_shape { dim: 1 dim: 2 }'


def test_every_rule_has_a_name() -> None:
    assert {usual.rule for usual in OPTIMIZERS.values()} == {*RULES}
    assert tuple(OPTIMIZERS) == options.OPTIMIZERS
    assert all(("momentum" in usual.fields) == RULES[usual.rule].momentum for usual in OPTIMIZERS.values())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("sgd",), (0.01, 0.9)),
        (("sgd", 0.1, 0.0), (0.1, 0.0)),
        (("adam", None, None), (0.001, 0.9)),
        (("adam", 0.0, 0.0), (0.0, 0.0)),
        (("rmsprop", 0.5), (0.5, 0.0)),
    ],
)
def test_what_is_not_given_is_usual(given: tuple[str, float | None, float | None], wanted: tuple[float, float]) -> None:
    solver = chosen(netspec.load_text(NET), *given)
    assert (solver.params.base_lr, solver.params.momentum) == wanted
    assert (solver.type, solver.params.lr_policy) == (OPTIMIZERS[given[0]].rule, "fixed")


def test_momentum_where_there_is_none() -> None:
    with pytest.raises(ValueError, match="adagrad has no momentum"):
        chosen(netspec.load_text(NET), "adagrad", None, 0.9)
