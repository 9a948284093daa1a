"""Names that emitted code cannot give to a blob or a layer, and names in graphs."""

from __future__ import annotations

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
