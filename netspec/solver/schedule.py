"""The learning rate of each iteration. Source: SGDSolver::GetLearningRate (sgd_solver.cpp)."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from netspec.solver.fields import SolverParameter

Number: TypeAlias = Any  # of Python, or a tensor of one number in double precision


class Policy(NamedTuple):
    """How the rate changes.

    rate: from the fields, the iteration, counted from 0, and how many steps have been taken; of tensors it is a tensor.
    needs: fields that have to be above 0; uses: those that are 0 where they are not given.
    """

    rate: Callable[[SolverParameter, Number, Number], Number]
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


def power(base: Number, exponent: Number) -> Number:
    """As C has it: what is too large is infinite, what has no value is nan."""
    if not isinstance(base, int | float) or not isinstance(exponent, int | float):
        return base**exponent  # tensors do as C does
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _fixed(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr


def _stepwise(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr * power(p.gamma, steps)


def _exp(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr * power(p.gamma, iteration)


def _inv(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr * power(1 + p.gamma * iteration, -p.power)


def _poly(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr * power(1 - iteration / p.max_iter, p.power)


def _sigmoid(p: SolverParameter, iteration: Number, steps: Number) -> Number:
    return p.base_lr / (1 + power(math.e, -p.gamma * (iteration - p.stepsize)))


POLICIES: Mapping[str, Policy] = {
    "fixed": Policy(_fixed),
    "step": Policy(_stepwise, ("stepsize",), ("gamma",)),
    "exp": Policy(_exp, (), ("gamma",)),
    "inv": Policy(_inv, (), ("gamma", "power")),
    "multistep": Policy(_stepwise, (), ("gamma",)),
    "poly": Policy(_poly, ("max_iter",), ("power",)),
    "sigmoid": Policy(_sigmoid, ("stepsize",), ("gamma",)),
}


def rate_at(params: SolverParameter, iteration: int, steps: int) -> tuple[float, int]:
    """The rate of an iteration, and how many steps have been taken with it.

    steps: how many had been taken before, Caffe's `current_step`: with multistep each iteration takes one at most, so
    that step values that are equal take effect one iteration after another.
    """
    if params.lr_policy == "step":
        steps = iteration // params.stepsize
    elif params.lr_policy == "multistep":
        values = params.stepvalue
        steps += steps < len(values) and iteration >= values[steps]
    return POLICIES[params.lr_policy].rate(params, iteration, steps), steps


def boundaries(values: Sequence[int]) -> tuple[int, ...]:
    """The iterations at which multistep takes its steps, one an iteration at most."""
    found = list[int]()
    for value in values:
        found.append(max(value, found[-1] + 1 if found else 0))
    return tuple(found)


def rate_of(params: SolverParameter, iteration: int) -> float:
    """The rate of any iteration of a run from the beginning."""
    reached = sum(iteration >= step for step in boundaries(params.stepvalue))
    steps = iteration // params.stepsize if params.lr_policy == "step" else reached
    return POLICIES[params.lr_policy].rate(params, iteration, steps)


def rates(params: SolverParameter, count: int) -> list[float]:
    """Those of the first iterations."""
    found, steps = list[float](), 0
    for iteration in range(count):
        rate, steps = rate_at(params, iteration, steps)
        found.append(rate)
    return found
