"""Prints which parameters are frozen, and a method that groups the others for an optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netspec.emit.build import Body
from netspec.emit.code import Code, literal
from netspec.emit.learning import Learning, returned
from netspec.emit.lines import statement
from netspec.emit.parts import Parameter
from netspec_torch.names import reach


def frozen(body: Body) -> Iterator[str]:
    """The statements that freeze parameters of sub-modules; of others their declaration says it."""
    declared = {member.slot.path for member in body.members if isinstance(member, Parameter)}
    paths = {slot.path for slot in body.slots.values() if slot.blob.learnable}
    inside = [path for path in dict.fromkeys(s.path for s in body.slots.values()) if path in body.learning.frozen]
    targets: dict[Code, None] = {}
    for path in (path for path in inside if path not in declared):
        module = path.rpartition(".")[0]
        whole = all(other in body.learning.frozen for other in paths if other.rpartition(".")[0] == module)
        targets[reach(module) if whole else reach(path, parameter=True)] = None
    if len(targets) == 1:
        yield f"        {next(iter(targets))}.requires_grad_(False)  # lr_mult: 0"
    elif targets:
        yield from statement("for fixed in ", literal(tuple(targets)), 8, tail=":")
        yield "            fixed.requires_grad_(False)  # lr_mult: 0"


def param_groups(learning: Learning) -> Iterator[str]:
    """Nothing where the optimizer's own rate and decay hold for all."""
    if learning.usual:
        return
    yield "    def param_groups(self, lr: float, weight_decay: float) -> list[dict[str, object]]:"
    yield '        """Groups for an optimizer, by the multipliers that the spec gives (lr_mult, decay_mult)."""'
    if learning.ending:
        named = "self.named_parameters()"
        if learning.frozen:
            yield f"        learned = [(name, p) for name, p in {named} if p.requires_grad]"
            named = "learned"
        yield f'        weights = [p for name, p in {named} if not name.endswith("bias")]'
        yield f'        biases = [p for name, p in {named} if name.endswith("bias")]'
    yield from returned(learning, "params", "lr", partial(reach, parameter=True))
