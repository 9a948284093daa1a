"""A solver for a net that has none beside it: a rule by its usual name, a rate, and so many rounds through the data."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from netspec.net import Net
from netspec.solver import Solver
from netspec.solver.chosen import fields_of
from netspec.solver.fields import SolverParameter
from netspec.syntax.origin import Origin

WINDOW = 100  # iterations over which the loss in the log is averaged, at most


class Told(NamedTuple):
    """What is asked of such a solver. rate and decay: base_lr, None for what is usual, and weight_decay."""

    optimizer: str = "adam"
    rate: float | None = None
    decay: float = 0.0
    epochs: int = 10


def solver_of(name: str, net: Net, tests: tuple[tuple[Net, int], ...], told: Told, size: int, batch: int) -> Solver:
    """The solver of a net for data of `size` items, of which an iteration takes `batch`. tests: nets that it is tested
    with after each round, each with how many batches make a test."""
    epoch = max(1, math.ceil(size / batch))
    total = max(1, math.ceil(told.epochs * size / batch))
    fields: dict[str, Any] = {
        **fields_of(told.optimizer, told.rate),
        "weight_decay": told.decay,
        "max_iter": total,
        "display": epoch,
        "average_loss": min(epoch, WINDOW),
        "snapshot": epoch,
        "test_iter": tuple(count for _, count in tests),
        "test_interval": epoch if tests else 0,
    }
    origin: Origin = net.layers[0].origin
    return Solver(name, SolverParameter(**fields), net, tuple(each for each, _ in tests), (), origin)
