"""How weights change by their gradients: Caffe's rules, each said once for the arrays of every framework.

Source: sgd_solver.cpp, nesterov_solver.cpp, adagrad_solver.cpp, rmsprop_solver.cpp, adadelta_solver.cpp,
adam_solver.cpp. What they are given are arrays with Python's operators, so that numpy's will do as well as tensors.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from netspec.solver.fields import SolverParameter

Array: TypeAlias = Any  # an array or a tensor, or for rates what multiplies one
Histories: TypeAlias = tuple[Array, ...]
Updated: TypeAlias = tuple[Array, Histories]


class Words(NamedTuple):
    """What the rules need of a framework beside operators."""

    sign: Callable[[Array], Array]
    square_sum: Callable[[Array], Array]  # of all elements
    scale: Callable[[Array, float], Array]  # from the square of a norm: the factor that makes it at most so large
    plus: Callable[[Array, Array, Array], Array] = lambda x, factor, y: x + factor * y  # in one pass, where it can


class Rule(NamedTuple):
    """A way to learn.

    histories: how many arrays of a weight's shape are kept of it from one iteration to the next. update: from the
    fields, a framework's words, the gradient, the rate and the histories to what is taken from the weight, and the
    histories after that.
    momentum: whether `momentum` has a meaning for it. correction: what the rate is multiplied by in an iteration.
    """

    histories: int
    update: Callable[[SolverParameter, Words, Array, Array, Histories], Updated]
    momentum: bool = True
    correction: Callable[[SolverParameter, Array], Array] = lambda params, iteration: 1.0


def _sgd(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    """The rate is part of the history, so that a new one leaves what has been gathered as it is."""
    (h,) = histories
    h = w.plus(p.momentum * h, rate, gradient)
    return h, (h,)


def _nesterov(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    (before,) = histories
    h = w.plus(p.momentum * before, rate, gradient)
    return (1 + p.momentum) * h - p.momentum * before, (h,)


def _adagrad(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    (h,) = histories
    h = h + gradient * gradient
    return rate * (gradient / (h**0.5 + p.delta)), (h,)


def _rmsprop(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    (h,) = histories
    h = p.rms_decay * h + (1 - p.rms_decay) * (gradient * gradient)
    return rate * (gradient / (h**0.5 + p.delta)), (h,)


def _adadelta(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    """histories: of the squares of gradients, and of those of updates before the rate."""
    g, u = histories
    g = p.momentum * g + (1 - p.momentum) * (gradient * gradient)
    update = gradient * ((u + p.delta) / (g + p.delta)) ** 0.5
    u = p.momentum * u + (1 - p.momentum) * (update * update)
    return rate * update, (g, u)


def _adam(p: SolverParameter, w: Words, gradient: Array, rate: Array, histories: Histories) -> Updated:
    m, v = histories
    m = p.momentum * m + (1 - p.momentum) * gradient
    v = p.momentum2 * v + (1 - p.momentum2) * (gradient * gradient)
    return rate * (m / (v**0.5 + p.delta)), (m, v)


def _bias_correction(p: SolverParameter, iteration: Array) -> Array:
    """Of Adam; infinite where momentum is 1, which gathers nothing. iteration: a number, or a tensor of one."""
    t = iteration + 1
    gathered, squares = 1 - p.momentum**t, 1 - p.momentum2**t
    if isinstance(gathered, int | float) and not gathered:
        return math.inf
    return ((squares + abs(squares)) / 2) ** 0.5 / gathered


RULES: Mapping[str, Rule] = {
    "SGD": Rule(1, _sgd),
    "Nesterov": Rule(1, _nesterov),
    "AdaGrad": Rule(1, _adagrad, momentum=False),
    "RMSProp": Rule(1, _rmsprop, momentum=False),
    "AdaDelta": Rule(2, _adadelta),
    "Adam": Rule(2, _adam, correction=_bias_correction),
}
# The fields that each rule reads, beside the rate and the decay.
USES: Mapping[str, Sequence[str]] = {
    "SGD": ("momentum",),
    "Nesterov": ("momentum",),
    "AdaGrad": ("delta",),
    "RMSProp": ("rms_decay", "delta"),
    "AdaDelta": ("momentum", "delta"),
    "Adam": ("momentum", "momentum2", "delta"),
}
REGULARIZATIONS = ("L2", "L1")


def type_of(params: SolverParameter) -> str:
    """The rule's name, whichever field says it."""
    return params.type if params.solver_type is None else [*RULES][params.solver_type]


class Learned(NamedTuple):
    """Of a weight, how fast it learns, and how much of it is added to its gradient."""

    lr_mult: float
    decay_mult: float


def updated(
    params: SolverParameter,
    learned: Sequence[Learned],
    words: Words,
    rate: Array,
    weights: Sequence[Array],
    gradients: Sequence[Array],
    histories: Sequence[Histories],
) -> tuple[list[Array], list[Histories]]:
    """One iteration, as SGDSolver::ApplyUpdate: weights and histories after it.

    rate: that of the iteration, times the rule's correction. gradients: the sums over the batches of the iteration.
    Order: clipped, divided by their number, regularized, and only then given to the rule.
    """
    rule = RULES[type_of(params)]
    if params.clip_gradients >= 0:
        factor = words.scale(sum(words.square_sum(g) for g in gradients), params.clip_gradients)
        gradients = [g * factor for g in gradients]
    if params.iter_size != 1:
        gradients = [g * (1 / params.iter_size) for g in gradients]
    new_weights, new_histories = list[Array](), list[Histories]()
    for weight, gradient, history, each in zip(weights, gradients, histories, learned, strict=True):
        decay = params.weight_decay * each.decay_mult
        if decay:
            gradient = words.plus(gradient, decay, weight if params.regularization_type == "L2" else words.sign(weight))
        update, history = rule.update(params, words, gradient, rate * each.lr_mult, history)
        new_weights.append(weight - update)
        new_histories.append(history)
    return new_weights, new_histories
