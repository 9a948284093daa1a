"""What layers leave, as a tree of the uses of blocks and the turns of repetitions that they came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TypeAlias

from netspec.diagnostics.source import BlockUse, Turn
from netspec.emit.code import atoms
from netspec.emit.parts import Module, Parameter, Step, Without
from netspec.net.scopes import uses

Origin: TypeAlias = BlockUse | Turn
Path: TypeAlias = tuple[Origin, ...]


@dataclass(eq=False)
class Scope:
    """What came from one use of a block, or from one turn of a repetition; from the whole text, if `origin` is None.

    items: what it holds, in order. first, last: which statements of the forward function are its own, from one up to
    another.
    """

    origin: Origin | None
    items: list[Scope | Leaf] = field(default_factory=list["Scope | Leaf"])
    first: int = 0
    last: int = 0

    @property
    def use(self) -> BlockUse | None:
        """The use of a block that it is."""
        return None if isinstance(self.origin, Turn) else self.origin

    def flat(self) -> Iterator[Scope | Leaf]:
        """Its items, with those of turns of repetitions in their places."""
        for item in self.items:
            if isinstance(item, Scope) and item.use is None:
                yield from item.flat()
            else:
                yield item

    def leaves(self) -> Iterator[Leaf]:
        for item in self.items:
            if isinstance(item, Scope):
                yield from item.leaves()
            else:
                yield item


@dataclass(frozen=True, eq=False)
class Leaf:
    """What one layer leaves. first: its first statement, by number."""

    step: Step
    first: int

    @property
    def plain(self) -> bool:
        """Whether all its members are modules."""
        return all(isinstance(member, Module) for member in self.step.members)


def tree(steps: Sequence[Step], begin: int, unlike: Set[int] = frozenset()) -> tuple[Scope, dict[int, BlockUse]]:
    """The scopes of steps, of whose statements the first has the number `begin`; and of each use of a block that has
    all its modules and parameters from another use of it, by its id, that other one. `unlike` are uses that are not to
    be taken for such.

    What stands apart from the rest of its scope, or has parameters or modules otherwise in common with what stands
    outside, makes that scope none: its items are then those of the scope around it.
    """
    paths = [uses(step.node) for step in steps]
    shared, same = _shared(steps, paths, unlike)
    paths = _without(paths, shared)
    paths = _without(_hoisted(steps, paths), _apart(paths))
    root = Scope(None, first=begin)
    open_: list[Scope] = [root]
    at = begin
    for step, path in zip(steps, paths, strict=True):
        kept = 0
        while kept < len(path) and kept + 1 < len(open_) and open_[kept + 1].origin is path[kept]:
            kept += 1
        del open_[kept + 1 :]
        for origin in path[kept:]:
            open_[-1].items.append(scope := Scope(origin, first=at))
            open_.append(scope)
        open_[-1].items.append(Leaf(step, at))
        at += len(step.statements)
        for scope in open_:
            scope.last = at
    return root, same


def _without(paths: Sequence[Path], left_out: set[int]) -> list[Path]:
    return [tuple(o for o in path if id(o) not in left_out) if left_out else path for path in paths]


def _apart(paths: Sequence[Path]) -> set[int]:
    """Origins whose steps do not follow each other."""
    last: dict[int, int] = {}
    found = set[int]()
    for index, path in enumerate(paths):
        for origin in path:
            if last.setdefault(id(origin), index) < index - 1:
                found.add(id(origin))
            last[id(origin)] = index
    return found


def _hoisted(steps: Sequence[Step], paths: Sequence[Path]) -> list[Path]:
    """What brings a value from outside into the order of axes that a scope wants first of all is done outside."""
    moved: list[Path] = []
    before: Path = ()
    for step, path in zip(steps, paths, strict=True):
        if _orders_axes(step):
            common = 0
            while common < min(len(path), len(before)) and path[common] is before[common]:
                common += 1
            path = path[:common]
        moved.append(path)
        before = path
    return moved


def _orders_axes(step: Step) -> bool:
    """Whether it is the work of a pass, not a layer of the spec."""
    before, after = step.node.inputs, step.node.outputs
    return len(before) == len(after) == 1 and before[0] != after[0] == before[0]._replace(layout=after[0].layout)


def _shared(steps: Sequence[Step], paths: Sequence[Path], unlike: Set[int]) -> tuple[set[int], dict[int, BlockUse]]:
    """Origins that have modules or parameters in common with what stands outside of them; and those uses of blocks,
    with the other use of each, that have nothing of their own, and what they have in common with one use alone."""
    homes = {name: index for index, step in enumerate(steps) for name in owned_by(step)}
    broken = set[int]()
    pairs: defaultdict[int, dict[int, BlockUse]] = defaultdict(dict)  # the uses that a use has something of
    between: defaultdict[int, set[int]] = defaultdict(set)  # the origins that are broken if that is not all
    owners = {id(origin) for step, path in zip(steps, paths, strict=True) if step.members for origin in path}
    for index, step in enumerate(steps):
        for home in {homes[name] for name in _named(step) if name in homes} - {index}:
            inside = set(map(id, paths[index])) ^ set(map(id, paths[home]))
            mine, other = _parting(paths[index], paths[home])
            if mine and other and mine.definition is other.definition and id(mine) not in owners | unlike:
                pairs[id(mine)][id(other)] = other
                between[id(mine)] |= inside
            else:
                broken |= inside
        if any(not isinstance(member, Module | Parameter) for member in step.members):
            broken |= {id(origin) for origin in paths[index]}
    for mine, others in pairs.items():
        if len(others) > 1 or mine in broken or not broken.isdisjoint(others):
            broken |= between[mine]
    return broken, {mine: next(iter(others.values())) for mine, others in pairs.items() if mine not in broken}


def _parting(path: Path, other: Path) -> tuple[BlockUse | None, BlockUse | None]:
    """The outermost uses of blocks in which two paths differ."""
    for a, b in zip_longest(*([o for o in p if not isinstance(o, Turn)] for p in (path, other))):
        if a is not b:
            return a, b
    return None, None


def owned_by(step: Step) -> Iterator[str]:
    """The names below `self` that a layer has."""
    for member in step.members:
        match member:
            case Module(name):
                yield name
            case Parameter(slot):
                yield slot.path
            case _:
                pass


def _named(step: Step) -> Iterator[str]:
    """What it reads that is below `self`."""
    for statement in step.statements:
        for text in atoms(statement.value):
            if text.startswith("self."):
                yield text[5:].partition(".")[0]
    for member in step.members:
        if isinstance(member, Without):
            yield member.path.partition(".")[0]
