"""Prints how a module's parameters begin. Sub-modules that are filled alike share a loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netspec.emit.build import Body
from netspec.emit.code import Code, attribute, call, called, literal
from netspec.emit.documents import WIDTH
from netspec.emit.lines import statement
from netspec.emit.parts import Module, Parameter, Slot, Tie, Without
from netspec_torch.fillers import constant, fill
from netspec_torch.names import reach


@dataclass(frozen=True)
class Fill:
    """An attribute of a sub-module, and the statement that fills it where the module is called `layer`, or otherwise.
    Two are equal that fill alike."""

    attribute: str
    code: Code
    remark: str = ""
    of: Callable[[Code], Code] = field(default=lambda module: module, compare=False)

    def lines(self, module: str, indent: int) -> list[str]:
        return statement("", self.of(Code(module)), indent, note=self.remark)


Fills: TypeAlias = tuple[Fill, ...]
Groups: TypeAlias = defaultdict[Fills, list[str]]  # the names of sub-modules, by how they are filled

# Initialisers whose names mislead: with a linear gain, this one is what Caffe calls xavier.
REMARKS = {"nn.init.kaiming_uniform_": "Caffe's xavier"}
# Classes by the one that they derive from, for a loop over it finds them, too.
BASES = {"FrozenBatchNorm": "nn.BatchNorm2d", "OutsideBatchNorm": "BatchNorm"}
# What modules of these classes begin with by themselves.
NORMS = ("BatchNorm", "nn.LayerNorm", "nn.BatchNorm1d", "nn.BatchNorm2d", "nn.BatchNorm3d")
BORN = frozenset(
    {
        Fill("weight", call("nn.init.ones_", Code("layer.weight"))),
        Fill("bias", call("nn.init.zeros_", Code("layer.bias"))),
    }
)


def init_weights(body: Body, helpers: list[str]) -> list[str]:
    """The statements that fill what is not declared with its values. Adds the helpers that they need to `helpers`."""

    def helper(name: str) -> str:
        helpers.append(name)
        return name

    def fill_of(slot: Slot, name: str) -> Fill:
        filled = fill(slot, helper)
        code = filled(Code(f"layer.{name}"))
        remark = REMARKS.get(called(code), "") if slot.blob.learnable else "as in Caffe"
        return Fill(name, code, remark, lambda module: filled(attribute(module, name)))

    slots, stubs = _own_slots(body), {stub.name for stub in body.stubs}
    classes: defaultdict[str, Groups] = defaultdict(lambda: defaultdict(list))
    lines: list[str] = []
    for member in body.placed:
        match member:
            case Module(name, construct) if name in slots:
                fills = tuple(fill_of(slot, parameter) for parameter, slot in slots[name].items())
                made = called(construct)
                if made in stubs:  # whose parameters are only there to be loaded
                    continue
                classes[BASES.get(made, made)][fills].append(name)
            case Parameter(slot) if constant(slot) is None:
                module, _, name = slot.path.rpartition(".")
                lines += fill_of(slot, name).lines(reach(module).text, 8)
            case _:
                pass
    for name in (name for name in NORMS if name in classes):
        classes[name] = _unborn(classes[name])
        if not classes[name]:
            del classes[name]
    # A loop over all modules would also fill what another module owns.
    explicit = any(isinstance(member, Tie | Without) for member in body.members)
    return [*lines, *(_explicit(classes) if explicit or (_few(classes) and not body.outline) else _by_class(classes))]


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
    attributes = {fill.attribute for fill in BORN}
    if any(fill.attribute in attributes and fill not in BORN for fills in groups for fill in fills):
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
    return all(
        len(_modules(names).text) + len("        for layer in :") <= WIDTH for names in _united(classes).values()
    )


def _modules(names: Sequence[str]) -> Code:
    return literal(tuple(map(reach, names)))


def _explicit(classes: dict[str, Groups]) -> Iterator[str]:
    for fills, names in _united(classes).items():
        if len(names) == 1:
            for fill in fills:
                yield from fill.lines(reach(names[0]).text, 8)
        else:
            yield from statement("for layer in ", _modules(names), 8, tail=":")
            for fill in fills:
                yield from fill.lines("layer", 12)


def _by_class(classes: dict[str, Groups]) -> Iterator[str]:
    """Each class as most of its modules are, then the exceptions."""
    loops: dict[frozenset[Fill], list[str]] = {}
    exceptions: dict[str, Groups] = {}
    for name, groups in classes.items():
        usual: dict[str, Fill] = {}
        exceptions[name] = defaultdict(list)
        for fills, modules in sorted(groups.items(), key=lambda item: -len(item[1])):
            if all(usual.get(fill.attribute, fill) == fill for fill in fills):
                usual |= {fill.attribute: fill for fill in fills}
            else:
                exceptions[name][fills] = modules
        loops.setdefault(frozenset(usual.values()), []).append(name)
    if loops:
        yield "        for layer in self.modules():"
    for i, (common, names) in enumerate(loops.items()):
        yield f"            {'elif' if i else 'if'} isinstance(layer, {' | '.join(names)}):"
        kinds = [{fill.attribute for fill in fills} for name in names for fills in classes[name]]
        usual = {fill.attribute: fill for fill in common}
        order = [fill.attribute for name in names for fills in classes[name] for fill in fills]
        for name in (name for name in dict.fromkeys(order) if name in usual):
            optional = not all(name in kind for kind in kinds)
            if optional:
                yield f"                if layer.{name} is not None:"
            yield from usual[name].lines("layer", 20 if optional else 16)
    yield from _explicit(exceptions)
