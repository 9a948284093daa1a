"""How a net without a solver is trained: an optimizer by its name, with the usual numbers where none are given."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from netspec.diagnostics.source import Source, Span
from netspec.net import Net
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.solver.rules import RULES
from netspec.syntax.origin import Origin


class Optimizer(NamedTuple):
    """A rule with the fields that are usual for it; `rate` where none is given."""

    rule: str
    rate: float
    fields: Mapping[str, Any]


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer("Adam", 1e-3, {"momentum": 0.9, "momentum2": 0.999}),
    "sgd": Optimizer("SGD", 0.01, {"momentum": 0.9}),
    "nesterov": Optimizer("Nesterov", 0.01, {"momentum": 0.9}),
    "adagrad": Optimizer("AdaGrad", 0.01, {}),
    "rmsprop": Optimizer("RMSProp", 1e-3, {"rms_decay": 0.99}),
    "adadelta": Optimizer("AdaDelta", 1.0, {"momentum": 0.95, "delta": 1e-6}),
}


def chosen(net: Net, optimizer: str, rate: float | None = None, momentum: float | None = None) -> Solver:
    """A solver for a net: one of OPTIMIZERS, with the same rate in every iteration. Raises ValueError for a momentum
    where it has no meaning."""
    nowhere = Origin(Source(net.name, ""), Span(0, 0))
    params = SolverParameter.model_validate(fields_of(optimizer, rate, momentum))
    return Solver(net.name, params, net, (), (), nowhere)


def fields_of(optimizer: str, rate: float | None = None, momentum: float | None = None) -> dict[str, Any]:
    """The fields of a solver for one of OPTIMIZERS, whose rate stays. Raises ValueError as `chosen`."""
    usual = OPTIMIZERS[optimizer]
    if momentum is not None and not RULES[usual.rule].momentum:
        raise ValueError(f"{optimizer} has no momentum")
    given = {} if momentum is None else {"momentum": momentum}
    base = usual.rate if rate is None else rate
    return {"type": usual.rule, "lr_policy": "fixed", "base_lr": base, **usual.fields, **given}
