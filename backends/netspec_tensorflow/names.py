"""Names that emitted code cannot give to a blob or a layer, and names in graphs."""

from __future__ import annotations

from netspec.emit.code import Code, attribute, literal, subscript

# What emitted code uses itself.
USED = frozenset({"dtype", "forward", "param_groups", "self", "tf", "variable"})

# What every tf.Module has.
MODULE = frozenset(
    {"name", "name_scope", "non_trainable_variables", "submodules", "trainable_variables", "variables"}
    | {"with_name_scope"}
)


def graph_name(identifier: str) -> str:
    """A name as a graph may have it: without an underscore at its beginning."""
    return identifier.lstrip("_")


def reach(path: str) -> Code:
    """What is at a path below `self`; an entry of a loop is in a dictionary."""
    found = Code("self")
    for name in path.split("."):
        found = attribute(found, name) if name.isidentifier() else subscript(found, literal(name))
    return found
