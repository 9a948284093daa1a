"""Caffe's rules, in numbers that can be reckoned by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.solver.fields import SolverParameter, SolverType
from netspec.solver.rules import RULES, Learned, Words, type_of, updated

WORDS = Words(np.sign, lambda x: np.sum(x * x), lambda squares, most: np.minimum(1, most / np.sqrt(squares)))
ONCE = Learned(1.0, 1.0)

# a rule with its fields; the weight after each of three iterations with the gradient 2 and the rate 0.1, from 1
PATHS: list[tuple[dict[str, Any], list[float]]] = [
    ({}, [0.8, 0.6, 0.4]),
    ({"momentum": 0.5}, [0.8, 0.5, 0.15]),
    ({"type": "Nesterov", "momentum": 0.5}, [0.7, 0.35, -0.025]),
    ({"type": "AdaGrad", "delta": 0.0}, [0.9, 0.9 - 0.1 / 2**0.5, 0.9 - 0.1 / 2**0.5 - 0.1 / 3**0.5]),
    ({"type": "AdaGrad", "delta": 2.0}, [1 - 0.2 / 4, 0.95 - 0.2 / (8**0.5 + 2), 0.9086 - 0.2 / (12**0.5 + 2)]),
    ({"type": "RMSProp", "rms_decay": 0.75, "delta": 0.0}, [0.8, 0.8 - 0.2 / 1.75**0.5, 0.6488 - 0.2 / 2.3125**0.5]),
    ({"type": "AdaDelta", "momentum": 0.75, "delta": 1.0}, [1 - 0.2 * 0.5**0.5, 0.71087, 0.55858]),
    ({"type": "Adam", "momentum": 0.9, "momentum2": 0.99, "delta": 0.0}, [0.9, 0.8, 0.7]),
    ({"type": "Adam", "momentum": 0.0, "momentum2": 0.75, "delta": 1.0}, [0.95, 0.9, 0.85]),
    ({"weight_decay": 0.5}, [0.75, 0.5125, 0.286875]),
    ({"weight_decay": 0.5, "regularization_type": "L1"}, [0.75, 0.5, 0.25]),
    ({"clip_gradients": 1.0}, [0.9, 0.8, 0.7]),
    ({"clip_gradients": 3.0}, [0.8, 0.6, 0.4]),
    ({"clip_gradients": 0.0}, [1, 1, 1]),
    ({"iter_size": 2}, [0.9, 0.8, 0.7]),
    ({"iter_size": 2, "clip_gradients": 1.0, "weight_decay": 1.0}, [0.85, 0.715, 0.5935]),
]


@pytest.mark.parametrize(("fields", "wanted"), PATHS)
def test_three_iterations(fields: dict[str, Any], wanted: list[float]) -> None:
    params = SolverParameter(**fields)
    rule = RULES[type_of(params)]
    weights, histories = [np.array([1.0])], [(np.zeros(1),) * rule.histories]
    if fields.get("type") == "Adam" and fields["delta"]:
        wanted = [1 - 0.1 * sum(_adam(t) for t in range(1, n + 1)) for n in (1, 2, 3)]
    for iteration, after in enumerate(wanted):
        rate = 0.1 * rule.correction(params, iteration)
        weights, histories = updated(params, [ONCE], WORDS, rate, weights, [np.array([2.0])], histories)
        assert weights[0] == pytest.approx(after, abs=1e-4)


def _adam(t: int) -> float:
    """The step of iteration t, counted from 1, with momentum 0, momentum2 0.75 and delta 1."""
    square = sum(0.25 * 0.75**i * 4 for i in range(t))
    return (1 - 0.75**t) ** 0.5 * 2 / (square**0.5 + 1)


def test_multipliers_and_the_norm_of_all_gradients() -> None:
    params = SolverParameter(clip_gradients=5.0, weight_decay=0.5)
    gradients, learned = [np.array([6.0]), np.array([8.0])], [Learned(2.0, 0.0), Learned(1.0, 3.0)]
    (w, b), _ = updated(params, learned, WORDS, 0.1, [np.ones(1)] * 2, gradients, [(np.zeros(1),)] * 2)
    assert (w[0], b[0]) == pytest.approx((1 - 0.2 * 3, 1 - 0.1 * (4 + 1.5)))


def test_what_is_left_alone_has_a_history() -> None:
    params = SolverParameter(type="AdaGrad", weight_decay=1.0)
    given = [np.full(1, 3.0)], [np.zeros(1)], [(np.zeros(1),)]
    (weight,), ((h,),) = updated(params, [Learned(0, 1)], WORDS, 0.1, *given)
    assert (weight[0], h[0]) == (3, 9)


@pytest.mark.parametrize("kind", SolverType)
def test_the_names_of_old(kind: SolverType) -> None:
    assert type_of(SolverParameter(solver_type=kind)).upper() == kind.name
