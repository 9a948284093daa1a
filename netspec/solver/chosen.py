"""How a net without a solver is trained: an optimizer by its name, with the usual numbers where none are given."""

from typing import NamedTuple

from netspec.diagnostics.source import Source, Span
from netspec.net import Net
from netspec.solver import Solver
from netspec.solver.fields import SolverParameter
from netspec.syntax.origin import Origin


class Optimizer(NamedTuple):
    """type: Caffe's rule. rate, momentum, delta: what is usual; momentum is None where it has no meaning."""

    type: str
    rate: float
    momentum: float | None
    delta: float = 1e-8


OPTIMIZERS = {
    "sgd": Optimizer("SGD", 0.01, 0.0),
    "nesterov": Optimizer("Nesterov", 0.01, 0.9),
    "adagrad": Optimizer("AdaGrad", 0.01, None),
    "rmsprop": Optimizer("RMSProp", 0.001, None),
    "adadelta": Optimizer("AdaDelta", 1.0, 0.95, 1e-6),
    "adam": Optimizer("Adam", 0.001, 0.9),
}


def chosen(net: Net, optimizer: str, rate: float | None = None, momentum: float | None = None) -> Solver:
    """A solver for a net: one of OPTIMIZERS, with the same rate in every iteration. Raises ValueError for a momentum
    where it has no meaning."""
    usual = OPTIMIZERS[optimizer]
    if momentum is not None and usual.momentum is None:
        raise ValueError(f"{optimizer} has no momentum")
    fields = {
        "type": usual.type,
        "lr_policy": "fixed",
        "base_lr": usual.rate if rate is None else rate,
        "momentum": (usual.momentum or 0.0) if momentum is None else momentum,
        "delta": usual.delta,
    }
    params = SolverParameter.model_validate(fields)
    nowhere = Origin(Source(net.name, ""), Span(0, 0))
    return Solver(net.name, params, net, (), (), nowhere)
