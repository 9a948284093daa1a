"""What is printed of a net whose spec has blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netspec.emit.code import Code
from netspec.emit.exchange import Signatures
from netspec.emit.parts import Loop, Member, Module, Parameter, Statement


@dataclass(frozen=True)
class Framework:
    """What a backend says of the classes of blocks.

    signatures, positions: of the framework's functions, see `netspec.emit.exchange`. reserved: names that arguments
    and variables cannot have. identity: what passes on what it is called with. passed: an argument that all
    constructors hand on, `dtype`. series: modules under keys, of a key, a construct, what a comprehension binds and
    goes through, and whether each is called with what the one before it gives; sequential: whether such a chain is
    called as one.
    """

    signatures: Signatures
    positions: Mapping[str, Sequence[str]]
    reserved: frozenset[str]
    identity: Code
    series: Callable[[Code, Code, Code, Code, bool], Code]
    passed: str = ""
    sequential: bool = False


@dataclass(frozen=True)
class Argument:
    """An argument of a constructor; without a default if that is None."""

    name: str
    annotation: str
    default: Code | None

    def __str__(self) -> str:
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default else "")


@dataclass(frozen=True)
class BlockClass:
    """The class of a block. arguments: of its constructor. inputs: of its forward function. stored: what the forward
    function reads below `self` that is no member. members: each with its construct. results: what it returns."""

    name: str
    doc: str
    arguments: tuple[Argument, ...]
    inputs: tuple[str, ...]
    stored: tuple[tuple[str, Code], ...]
    members: tuple[tuple[str, Code], ...]
    statements: tuple[Statement, ...]
    results: tuple[Code, ...]

    @property
    def codes(self) -> Iterator[Code]:
        yield from (code for _, code in (*self.stored, *self.members))
        yield from (argument.default for argument in self.arguments if argument.default is not None)
        yield from (statement.value for statement in self.statements)
        yield from self.results


@dataclass(frozen=True)
class Outline:
    """The classes of blocks, each before its users, and what the net's own class has, does in its forward function, and
    returns of it (blob, variable).

    paths: for each module or parameter that a layer has, under its name in a net of one class, where it is.
    """

    classes: tuple[BlockClass, ...]
    members: tuple[Member, ...]
    statements: tuple[Statement | Loop, ...]
    results: tuple[tuple[str, str], ...]
    paths: Mapping[str, str]

    def placed(self, members: Iterable[Member]) -> tuple[Member, ...]:
        """Members of a net of one class under the paths at which they are."""
        return tuple(map(self._placed, members))

    def _placed(self, member: Member) -> Member:
        match member:
            case Module(name, construct):
                return Module(self.path(name), construct)
            case Parameter(slot):
                return Parameter(replace(slot, path=self.path(slot.path)))
            case _:
                return member

    def path(self, path: str) -> str:
        """Where it is that has this path in a net of one class."""
        name, dot, attribute = path.partition(".")
        return self.paths.get(name, name) + dot + attribute

    @property
    def codes(self) -> Iterator[Code]:
        for block in self.classes:
            yield from block.codes
        yield from self.own

    @property
    def own(self) -> Iterator[Code]:
        """What the forward function of the net's own class computes."""
        for statement in self.statements:
            if isinstance(statement, Loop):
                yield statement.over
                yield from (inside.value for inside in statement.body)
            else:
                yield statement.value
