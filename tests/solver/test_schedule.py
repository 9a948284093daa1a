"""The rate of each iteration, by Caffe's formulas."""

from __future__ import annotations

import math

import pytest

from netspec.solver.fields import SolverParameter
from netspec.solver.schedule import POLICIES, rate_at, rate_of, rates

# a policy with its fields, and the rates of the first iterations
RATES = [
    ({"lr_policy": "fixed"}, [2, 2, 2]),
    ({"lr_policy": "step", "gamma": 0.5, "stepsize": 2}, [2, 2, 1, 1, 0.5]),
    ({"lr_policy": "exp", "gamma": 0.5}, [2, 1, 0.5]),
    ({"lr_policy": "exp"}, [2, 0, 0]),
    ({"lr_policy": "inv", "gamma": 1, "power": 2}, [2, 2 / 4, 2 / 9]),
    ({"lr_policy": "multistep", "gamma": 0.5, "stepvalue": (1, 3)}, [2, 1, 1, 0.5, 0.5]),
    ({"lr_policy": "multistep", "gamma": 0.5, "stepvalue": (0,)}, [1, 1]),
    ({"lr_policy": "multistep", "gamma": 0.5, "stepvalue": (2, 2, 2)}, [2, 2, 1, 0.5, 0.25, 0.25]),
    ({"lr_policy": "multistep", "gamma": 0.5, "stepvalue": (3, 1)}, [2, 2, 2, 1, 0.5]),
    ({"lr_policy": "multistep"}, [2, 2]),
    ({"lr_policy": "poly", "power": 2, "max_iter": 4}, [2, 2 * 0.75**2, 0.5, 0.125, 0, 0.125]),
    ({"lr_policy": "poly", "power": 0.5, "max_iter": 1}, [2, 0, math.nan]),
    ({"lr_policy": "poly", "power": -1, "max_iter": 2}, [2, 4, math.inf]),
    ({"lr_policy": "sigmoid", "gamma": 1, "stepsize": 1}, [2 / (1 + math.e), 1, 2 / (1 + 1 / math.e)]),
    ({"lr_policy": "sigmoid", "gamma": 1000, "stepsize": 1}, [0, 1, 2]),
]


@pytest.mark.parametrize(("fields", "wanted"), RATES)
def test_rates(fields: dict[str, object], wanted: list[float]) -> None:
    params = SolverParameter.model_validate({"base_lr": 2.0, **fields})
    assert rates(params, len(wanted)) == pytest.approx(wanted, nan_ok=True)


def test_multistep_goes_on_from_the_steps_that_were_taken() -> None:
    params = SolverParameter(base_lr=1, lr_policy="multistep", gamma=0.1, stepvalue=(2, 4))
    assert rate_at(params, 9, 0) == pytest.approx((0.1, 1))
    assert rate_at(params, 9, 1) == pytest.approx((0.01, 2))
    assert rate_at(params, 1, 2) == pytest.approx((0.01, 2))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_rate_of_any_iteration(policy: str) -> None:
    """That of a run from the beginning, also where two steps fall together."""
    steps = {"gamma": 0.5, "power": 0.75, "stepsize": 3, "stepvalue": (2, 2, 7)}
    params = SolverParameter.model_validate({"base_lr": 0.1, "lr_policy": policy, "max_iter": 12, **steps})
    assert [rate_of(params, i) for i in range(12)] == rates(params, 12)
