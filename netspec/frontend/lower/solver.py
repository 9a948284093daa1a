"""Solvers: files that say how a net is trained. Some hold the net itself, which is then read as if it stood alone.

Source: SolverParameter in Caffe's caffe.proto.
"""

from __future__ import annotations

from netspec.syntax.document import Field, Message

NETS = ("net_param", "train_net_param")  # the fields of a solver that hold a net; the first that is there is read
# Fields by which a solver is known.
SOLVER = frozenset([*NETS, "net", "train_net", "test_net", "base_lr", "lr_policy", "max_iter", "solver_type"])

LAYERS = frozenset(["layer", "layers", "input"])  # fields of which a net has one


def is_solver(fields: tuple[Field, ...]) -> bool:
    """Whether the fields of a file are those of a solver."""
    found = False
    for field in fields:
        name = getattr(field, "name", None)
        if name in LAYERS:
            return False
        found = found or name in SOLVER
    return found


def net_of(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of the net that a solver holds; those of anything else as they are."""
    named = [f for f in fields if getattr(f, "name", None) in NETS]  # what is more than prototxt may have no name
    found = (f.value for name in NETS for f in named if f.name == name and isinstance(f.value, Message))
    return next((message.fields for message in found), fields)
