"""Prints a method that groups variables by how fast they learn."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.emit.learning import Learning, scaled
from netspec.emit.wrap import wrap


def param_groups(learning: Learning) -> Iterator[str]:
    """Nothing where the optimizer's own rate and decay hold for all."""
    if learning.usual:
        return
    yield "    def param_groups(self, lr: float, weight_decay: float) -> list[dict[str, object]]:"
    yield '        """Variables by the multipliers that the spec gives (lr_mult, decay_mult): an optimizer for each."""'
    if learning.ending:
        yield '        weights = [v for v in self.trainable_variables if not v.name.endswith("bias:0")]'
        yield '        biases = [v for v in self.trainable_variables if v.name.endswith("bias:0")]'
        lists = ["weights", "biases"]
    else:
        lists = [f"[{', '.join(f'self.{path}' for path in paths)}]" for _, paths in learning.groups]
    yield "        return ["
    for ((rate, decay), _), variables in zip(learning.groups, lists, strict=True):
        options = f'"learning_rate": {scaled(rate, "lr")}, "weight_decay": {scaled(decay, "weight_decay")}'
        yield from wrap(f'{{"variables": {variables}, {options}}},', 12)
    yield "        ]"
    yield ""
