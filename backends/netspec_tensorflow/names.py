"""Names that emitted code cannot give to a blob or a layer."""

from __future__ import annotations

# What emitted code uses itself.
USED = frozenset({"dtype", "forward", "self", "tf"})

# What every tf.Module has.
MODULE = frozenset(
    {"name", "name_scope", "non_trainable_variables", "submodules", "trainable_variables", "variables"}
    | {"with_name_scope"}
)
