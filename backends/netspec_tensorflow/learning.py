"""Prints a method that groups variables by how fast they learn."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.emit.learning import Learning, returned
from netspec_tensorflow.names import reach


def param_groups(learning: Learning) -> Iterator[str]:
    """Nothing where the optimizer's own rate and decay hold for all."""
    if learning.usual:
        return
    yield "    def param_groups(self, lr: float, weight_decay: float) -> list[dict[str, object]]:"
    yield '        """Variables by lr_mult and decay_mult as the spec gives them: an optimizer for each."""'
    if learning.ending:
        yield '        weights = [v for v in self.trainable_variables if not v.name.endswith("bias:0")]'
        yield '        biases = [v for v in self.trainable_variables if v.name.endswith("bias:0")]'
    yield from returned(learning, "variables", "learning_rate", reach)
