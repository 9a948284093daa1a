"""Solvers: files that say how a net is trained. Some hold the net itself, which is then read as if it stood alone.

Source: SolverParameter in Caffe's caffe.proto.
"""

from __future__ import annotations

from netspec.syntax.document import Field, Kind, Made, Message, Scalar

NETS = ("net_param", "train_net_param")  # the fields of a solver that hold a net; the first that is there is read
# Fields by which a solver is known.
SOLVER = frozenset([*NETS, "net", "train_net", "test_net", "base_lr", "lr_policy", "max_iter", "solver_type"])

LAYERS = frozenset(["layer", "layers", "input"])  # fields of which a net has one


BLOCK = "solver"  # the field that holds a solver, in the file of the net that it trains
TEXTS = frozenset(["type", "lr_policy", "regularization_type"])  # fields whose values may stand there without quotes


def block_of(fields: tuple[Field, ...]) -> Message | None:
    """The solver that stands in the file of a net."""
    named = (f for f in fields if getattr(f, "name", None) == BLOCK)  # what is more than prototxt may have no name
    return next((f.value for f in named if isinstance(f.value, Message)), None)


def whole(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of a solver, as prototxt has them: of one in the file of its net with the net inside."""
    block = block_of(fields)
    if block is None:
        return fields
    said = tuple(_quoted(field) for field in block.fields)
    if not any(field.name in ("lr_policy", NETS[0]) for field in said):
        said = (*said, Made("lr_policy", Scalar(Kind.STRING, '"fixed"', block.start, block.start + 1), block.start))
    net = tuple(field for field in fields if field.name != BLOCK)
    again = tuple(field for field in fields if field.name == BLOCK)[1:]
    if not net:
        return (*said, *again)
    inside = Message(net, block.start, max(field.span.end for field in net))
    return (*said, Made("net_param", inside, block.start - len(BLOCK) - 1), *again)


def _quoted(field: Field) -> Field:
    value = field.value
    if field.name in TEXTS and isinstance(value, Scalar) and value.kind is Kind.NAME:
        return field._replace(value=value._replace(kind=Kind.STRING, text=f'"{value.text}"', end=value.span.end))
    return field


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
    """The fields of the net that a solver holds, or that stands beside one; those of anything else as they are."""
    if block_of(fields):
        fields = tuple(f for f in fields if getattr(f, "name", None) != BLOCK)
    named = [f for f in fields if getattr(f, "name", None) in NETS]  # what is more than prototxt may have no name
    found = (f.value for name in NETS for f in named if f.name == name and isinstance(f.value, Message))
    return next((message.fields for message in found), fields)
