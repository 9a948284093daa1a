"""Prints how a module's parameters begin. Sub-modules that are filled alike share a loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from netspec.emit.build import Body
from netspec.emit.code import Code
from netspec.emit.parts import Module, Parameter, Slot, Tie, Without
from netspec.emit.wrap import WIDTH, wrap
from netspec_torch.fillers import constant, fill

Fills: TypeAlias = tuple[tuple[str, str], ...]  # attribute, and the statement that fills it in a module called `layer`
Groups: TypeAlias = defaultdict[Fills, list[str]]  # the names of sub-modules, by how they are filled

# Classes by the one that they derive from, for a loop over it finds them, too.
BASES = {"FrozenBatchNorm": "nn.BatchNorm2d", "OutsideBatchNorm": "BatchNorm"}
# What modules of these classes begin with by themselves.
NORMS = ("BatchNorm", "nn.BatchNorm1d", "nn.BatchNorm2d", "nn.BatchNorm3d")
BORN = frozenset({("weight", "nn.init.ones_(layer.weight)"), ("bias", "nn.init.zeros_(layer.bias)")})


def init_weights(body: Body, helpers: list[str]) -> list[str]:
    """The statements that fill what is not declared with its values. Adds the helpers that they need to `helpers`."""

    def helper(name: str) -> str:
        helpers.append(name)
        return name

    def written(slot: Slot, owner: str) -> str:
        statement = fill(slot, helper)(Code(f"{owner}.{slot.path.rpartition('.')[2]}")).text
        return statement if slot.blob.learnable else f"{statement}  # as in Caffe"

    slots = _own_slots(body)
    classes: defaultdict[str, Groups] = defaultdict(lambda: defaultdict(list))
    lines: list[str] = []
    for member in body.members:
        match member:
            case Module(name, construct) if name in slots:
                fills = tuple((attribute, written(slot, "layer")) for attribute, slot in slots[name].items())
                made = construct.text.partition("(")[0]
                classes[BASES.get(made, made)][fills].append(name)
            case Parameter(slot) if constant(slot) is None:
                lines += wrap(written(slot, "self"), 8)
            case _:
                pass
    for name in (name for name in NORMS if name in classes):
        classes[name] = _unborn(classes[name])
        if not classes[name]:
            del classes[name]
    # A loop over all modules would also fill what another module owns.
    explicit = any(isinstance(member, Tie | Without) for member in body.members)
    return [*lines, *(_explicit(classes) if explicit or _few(classes) else _by_class(classes))]


def _own_slots(body: Body) -> dict[str, dict[str, Slot]]:
    """For each sub-module, its attributes that hold parameters of its own, and the variance that is 1 where Caffe's
    is 0."""
    slots: defaultdict[str, dict[str, Slot]] = defaultdict(dict)
    for slot in body.slots.values():
        module, _, attribute = slot.path.rpartition(".")
        if module and (slot.blob.learnable or attribute == "running_var"):
            slots[module].setdefault(attribute, slot)  # the first layer of a shared one says how it begins
    return slots


def _unborn(groups: Groups) -> Groups:
    """Without what all the modules begin with by themselves."""
    attributes = {attribute for attribute, _ in BORN}
    if any(fill[0] in attributes and fill not in BORN for fills in groups for fill in fills):
        return groups
    rest: Groups = defaultdict(list)
    for fills, names in groups.items():
        if left := tuple(fill for fill in fills if fill not in BORN):
            rest[left] += names
    return rest


def _united(classes: dict[str, Groups]) -> Groups:
    united: Groups = defaultdict(list)
    for groups in classes.values():
        for fills, names in groups.items():
            united[fills] += names
    return united


def _few(classes: dict[str, Groups]) -> bool:
    """Whether the names of all modules that are filled alike fit on a line."""
    return all(len(_head(names)) <= WIDTH - 8 for names in _united(classes).values())


def _head(names: list[str]) -> str:
    return f"for layer in ({', '.join(f'self.{name}' for name in names)}):"


def _explicit(classes: dict[str, Groups]) -> Iterator[str]:
    for fills, names in _united(classes).items():
        if len(names) == 1:
            for _, statement in fills:
                yield from wrap(statement.replace("(layer.", f"(self.{names[0]}.", 1), 8)
        else:
            yield from wrap(_head(names), 8)
            for _, statement in fills:
                yield from wrap(statement, 12)


def _by_class(classes: dict[str, Groups]) -> Iterator[str]:
    """Each class as most of its modules are, then the exceptions."""
    loops: dict[frozenset[tuple[str, str]], list[str]] = {}
    exceptions: dict[str, Groups] = {}
    for name, groups in classes.items():
        usual: dict[str, str] = {}
        exceptions[name] = defaultdict(list)
        for fills, modules in sorted(groups.items(), key=lambda item: -len(item[1])):
            if all(usual.get(attribute, statement) == statement for attribute, statement in fills):
                usual |= dict(fills)
            else:
                exceptions[name][fills] = modules
        loops.setdefault(frozenset(usual.items()), []).append(name)
    yield "        for layer in self.modules():"
    for i, (statements, names) in enumerate(loops.items()):
        yield f"            {'elif' if i else 'if'} isinstance(layer, {' | '.join(names)}):"
        fills, usual = [dict(kind) for name in names for kind in classes[name]], dict(statements)
        for attribute in {attribute: None for kind in fills for attribute in kind if attribute in usual}:
            optional = not all(attribute in kind for kind in fills)
            if optional:
                yield f"                if layer.{attribute} is not None:"
            yield from wrap(usual[attribute], 20 if optional else 16)
    yield from _explicit(exceptions)
