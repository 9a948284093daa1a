"""How fast the parameters of an emitted module learn: what `lr_mult` and `decay_mult` say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from netspec.emit.code import Argument, Code, binary, dictionary, literal
from netspec.emit.lines import statement
from netspec.emit.parts import Slot
from netspec.net import Net

Multipliers: TypeAlias = tuple[float, float]  # lr_mult and decay_mult


@dataclass(frozen=True)
class Learning:
    """frozen: the paths of the parameters with lr_mult 0. groups: those of all others, by their multipliers."""

    frozen: frozenset[str] = frozenset()
    groups: tuple[tuple[Multipliers, tuple[str, ...]], ...] = ()

    @property
    def usual(self) -> bool:
        """Whether all that learn do so at the solver's own rate and decay."""
        return all(multipliers == (1.0, 1.0) for multipliers, _ in self.groups)

    @property
    def ending(self) -> str:
        """`bias` where there are two groups and the second is of the paths that end so, or the first; else nothing."""
        if len(self.groups) != 2:
            return ""
        (_, first), (_, second) = self.groups
        split = all(path.endswith("bias") for path in second) and not any(path.endswith("bias") for path in first)
        return "bias" if split else ""


def learning(net: Net, slots: Mapping[tuple[int, int], Slot]) -> Learning:
    """Of the parameters that a solver may touch, each once."""
    frozen: set[str] = set()
    groups: dict[Multipliers, dict[str, None]] = {}
    for param in (param for node in net.layers for param in node.blobs):
        if param.owner == param.key and param.blob.learnable and (path := slots[param.key].path):
            if param.lr_mult == 0:
                frozen.add(path)
            else:
                groups.setdefault((param.lr_mult, param.decay_mult), {})[path] = None
    # What ends in `bias` comes last, as in a layer.
    ordered = sorted(groups.items(), key=lambda group: all(path.endswith("bias") for path in group[1]))
    return Learning(frozenset(frozen), tuple((multipliers, tuple(paths)) for multipliers, paths in ordered))


def returned(learning: Learning, variables: str, rate: str, reach: Callable[[str], Code]) -> Iterator[str]:
    """The statement that returns the groups, in the words of a framework's optimizers: what they call `variables`, and
    the `rate`; `reach` is what is at a path. Where the paths tell the groups apart by their ends, they are in `weights`
    and `biases`."""
    lists: list[Argument] = [Code("weights"), Code("biases")]
    if not learning.ending:
        lists = [[reach(path) for path in paths] for _, paths in learning.groups]
    groups = [
        dictionary([(variables, listed), (rate, scaled(lr, "lr")), ("weight_decay", scaled(decay, "weight_decay"))])
        for ((lr, decay), _), listed in zip(learning.groups, lists, strict=True)
    ]
    yield from statement("return ", literal(groups), 8)
    yield ""


def scaled(multiplier: float, name: str) -> Code:
    """`lr`, `2 * lr`, or 0.0."""
    if multiplier in (0.0, 1.0):
        return Code(name) if multiplier else literal(0.0)
    number = int(multiplier) if float(multiplier).is_integer() and abs(multiplier) < 1e6 else multiplier
    return binary("*", literal(number), Code(name))
