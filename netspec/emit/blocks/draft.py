"""A use of a block on the way to an instance of a class: what its layers leave, under names that tell nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netspec.emit.blocks.flow import targets
from netspec.emit.blocks.tree import Scope
from netspec.emit.code import Code
from netspec.emit.exchange import Signatures, renamed, skeleton
from netspec.emit.parts import Module, Parameter, Slot, Statement, Step

Declare: TypeAlias = Callable[[Slot, str], Code]  # a parameter of a module's own as a member that is called so
UNNAMED = "?"  # what a parameter is called that has no name yet


@dataclass(frozen=True)
class Part:
    """What a layer, or a use of a block, leaves: members, each with its construct, and statements.

    kind: the type of the layer, or the name of the block. name: what it is called in the spec, as an identifier.
    slots: of the members that are parameters. is_use: of a block.
    """

    kind: str
    name: str
    members: tuple[tuple[str, Code], ...]
    statements: tuple[Statement, ...]
    slots: Mapping[str, Slot] = field(default_factory=dict[str, Slot])
    is_use: bool = False


def part_of(step: Step, name: str, declare: Declare) -> Part:
    """What a layer leaves; all its members are modules and parameters."""
    members: list[tuple[str, Code]] = []
    slots: dict[str, Slot] = {}
    for member in step.members:
        match member:
            case Module(key, construct):
                members.append((key, construct))
            case Parameter(slot):
                members.append((slot.path, declare(slot, UNNAMED)))
                slots[slot.path] = slot
            case _:
                raise TypeError(f"a use of a block holds no {type(member).__name__}")
    return Part(step.node.type, name, tuple(members), step.statements, slots)


@dataclass(eq=False)
class Draft:
    """A use of a block, with parts for what it holds. inputs, results: variables. name: what it is called in the spec,
    as an identifier. called: the block's own names of inputs."""

    scope: Scope
    name: str
    parts: list[Part]
    inputs: Sequence[str]
    results: Sequence[str]
    called: Mapping[str, str]

    @property
    def members(self) -> Iterator[tuple[str, Code]]:
        return (member for part in self.parts for member in part.members)

    @property
    def statements(self) -> Iterator[Statement]:
        return (statement for part in self.parts for statement in part.statements)


@dataclass(frozen=True)
class Neutral:
    """A draft whose members are called `m0`, `m1`, … and whose variables `v0`, `v1`, …, inputs first. Two that are
    alike but for literals have the same `key`. members, variables: what each is called in the draft. results: what is
    read behind it, in the order of the draft's. What a use lacks that others of its form have is None."""

    draft: Draft
    constructs: tuple[Code | None, ...]
    statements: tuple[Statement | None, ...]
    results: tuple[str, ...]
    members: tuple[str | None, ...]
    variables: tuple[str | None, ...]
    key: Hashable

    @property
    def names(self) -> frozenset[str]:
        """Those of the variables."""
        return frozenset(f"v{i}" for i in range(len(self.variables)))

    @property
    def attributes(self) -> frozenset[str]:
        """Those of the members."""
        return frozenset(f"m{i}" for i in range(len(self.members)))


def neutral(draft: Draft, signatures: Signatures) -> Neutral:
    """Raises Opaque."""
    members = {name: f"m{i}" for i, (name, _) in enumerate(draft.members)}
    order = dict.fromkeys([*draft.inputs, *_bound(draft.statements)])
    variables = {name: f"v{i}" for i, name in enumerate(order)}
    constructs = tuple(code for _, code in draft.members)
    statements = tuple(
        Statement(
            ", ".join(variables[name] for name in targets(statement)),
            renamed(statement.value, members, variables),
            statement.comment,
            statement.note,
        )
        for statement in draft.statements
    )
    results = tuple(variables[name] for name in draft.results)
    key = keyed(constructs, statements, len(draft.inputs), signatures)
    return Neutral(draft, constructs, statements, results, tuple(members), tuple(order), key)


def keyed(
    constructs: Iterable[Code],
    statements: Iterable[Statement],
    inputs: int,
    signatures: Signatures,
) -> Hashable:
    """What forms of uses that are alike have in common."""
    return (
        tuple(skeleton(code, signatures) for code in constructs),
        tuple((statement.target, skeleton(statement.value, signatures)) for statement in statements),
        inputs,
    )


def _bound(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        yield from targets(statement)
