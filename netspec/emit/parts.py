"""What emitted code is made of: members of a class, statements of its forward function, and where parameters live."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias, TypeVar

from netspec.emit.code import Argument, Call, Code, atoms, attribute, call, subscript
from netspec.emit.documents import WIDTH
from netspec.emit.names import Namespace
from netspec.emit.stubs import Stub, class_of
from netspec.layers.base import Blob
from netspec.net import Node

L = TypeVar("L", bound="Statement | Loop")


class Unsupported(Exception):
    """A backend cannot express a layer; the message says what of it. Becomes `NS401`."""


class Unshared(Exception):
    """A backend cannot keep a parameter once for two layers; the message says why. Becomes `NS413`."""


@dataclass(frozen=True)
class Slot:
    """Where a parameter blob lives in the emitted module.

    path: dotted, below the module (`conv1.weight`); empty for BatchNorm's factor where mean and variance are kept
    divided by it. order: the axes of Caffe's blob in the order in which the framework
    keeps them (stored = blob.transpose(order)); None where they are the same. shape: of what is stored. Where layers
    share a parameter, order and shape are those of the first, whose blob may have another shape than `blob`.
    """

    path: str
    order: tuple[int, ...] | None
    shape: tuple[int, ...]
    blob: Blob


@dataclass(frozen=True)
class Module:
    """`self.name = construct`: a sub-module with its own parameters."""

    name: str
    construct: Code


@dataclass(frozen=True)
class Parameter:
    """A parameter that the emitted module declares itself."""

    slot: Slot


@dataclass(frozen=True)
class Tie:
    """`self.path = self.owner`: a sub-module's parameter is another's."""

    path: str
    owner: str


@dataclass(frozen=True)
class Without:
    """`self.path = None`: a sub-module has no such parameter, since it is given one when it runs."""

    path: str


Member: TypeAlias = Module | Parameter | Tie | Without


def _dimension(x: Code, axis: int) -> Code:
    return subscript(attribute(x, "shape"), str(axis))


@dataclass(frozen=True)
class Spelling:
    """What emitters that backends share leave to each of them.

    row: how numbers that belong together stand in an argument. tensor: the type of arrays. dimension: how long an axis
    is. precision: what a sub-module is told of the precision of its parameters.
    """

    row: Callable[[Iterable[Any]], Argument] = tuple
    tensor: str = "Tensor"
    dimension: Callable[[Code, int], Code] = _dimension
    precision: Code | None = None


PLAIN = Spelling()


@dataclass(frozen=True)
class Statement:
    """`target = value  # comment`, or a note that must be read, such as a reason."""

    target: str
    value: Code
    comment: str = ""
    note: str = ""

    def after(self, last: Statement) -> Statement | None:
        """Both as one, `x = f(g(y))` for `x = f(x)` behind `x = g(y)`, as a person writes it; None where that is not
        so, or too long for a line."""
        form = self.value.form
        if last.target != self.target or not isinstance(form, Call):
            return None
        uses = [i for i, argument in enumerate(form.arguments) if argument.text == self.target]
        like = [text for text in atoms(self.value) if self.target in text]
        word = rf"(?<![\w.]){re.escape(self.target)}\b"
        if len(uses) != 1 or (len(like) > 1 and sum(bool(re.search(word, text)) for text in like) != 1):
            return None
        arguments = tuple(last.value if i in uses else argument for i, argument in enumerate(form.arguments))
        value = call(form.function, *arguments)
        room = WIDTH - 8 - len(f"{self.target} = {value}")
        note = self.note or last.note
        return Statement(self.target, value, self.comment or last.comment, note) if room >= 0 else None


@dataclass(frozen=True)
class Loop:
    """`for target in over:` and statements."""

    target: str
    over: Code
    body: tuple[Statement, ...]


def joined(statements: Iterable[L]) -> tuple[L, ...]:
    """With what works in the place of the layer before on the line of that."""
    lines: list[Any] = []
    for statement in statements:
        last = lines[-1] if lines else None
        if isinstance(last, Statement) and isinstance(statement, Statement) and (both := statement.after(last)):
            lines[-1] = both
        else:
            lines.append(statement)
    return tuple(lines)


@dataclass(frozen=True)
class Definition:
    """A function of the array language as code, but for its name."""

    parameters: tuple[str, ...]
    returned: str  # the type
    doc: str
    statements: tuple[Statement, ...]
    result: Code

    @property
    def codes(self) -> tuple[Code, ...]:
        return (*(statement.value for statement in self.statements), self.result)


class Step(NamedTuple):
    """What one layer leaves: its members, and its statements of the forward function, one for each thing it does."""

    node: Node
    members: tuple[Member, ...]
    statements: tuple[Statement, ...]


@dataclass
class Gathered:
    """What the emission of a net has gathered so far; local to one emission."""

    members: list[Member] = field(default_factory=list[Member])
    modules: dict[str, Code] = field(default_factory=dict[str, Code])  # the construct of each sub-module
    statements: list[Statement] = field(default_factory=list[Statement])
    slots: dict[tuple[int, int], Slot] = field(default_factory=dict[tuple[int, int], Slot])
    helpers: dict[str, None] = field(default_factory=dict[str, None])  # in order of first use
    # For each function of the array language, by its name there and what it says, the name that it has here.
    functions: dict[tuple[str, Definition], str] = field(default_factory=dict[tuple[str, Definition], str])
    temporaries: set[str] = field(default_factory=set[str])  # the names that layers have asked for
    classes: Namespace = field(default_factory=Namespace)
    stubs: dict[str, Stub] = field(default_factory=dict[str, Stub])  # classes to be filled in, by layer type

    def stub(self, kind: str, reserved: frozenset[str]) -> Stub:
        """The class to be filled in for layers of a type. `reserved` are names that its arguments cannot have."""
        if kind not in self.stubs:
            self.stubs[kind] = Stub(kind, self.classes.fresh(class_of(kind)), Namespace(reserved | {"blobs"}))
        return self.stubs[kind]

    def bind(self, statement: Statement, first: int, others: Sequence[Code]) -> None:
        """Adds what binds a result of a layer, whose statements are those from the `first` on, and which has `others`,
        too. A temporary becomes the result."""
        if not self._renamed(statement, first, others):
            self.statements.append(statement)

    def _renamed(self, statement: Statement, first: int, others: Sequence[Code]) -> bool:
        """Whether the result is a temporary that nothing else reads, and now has the name of the result."""
        name = statement.value.text
        places = [i for i in range(first, len(self.statements)) if name in self.statements[i].target.split(", ")]
        if len(places) != 1:
            return False
        later = [*others, *(statement.value for statement in self.statements[places[0] + 1 :])]
        if any(name in atoms(value) for value in later):
            return False
        last = self.statements[place := places[0]]
        targets = ", ".join(statement.target if target == name else target for target in last.target.split(", "))
        self.statements[place] = replace(last, target=targets, comment=last.comment or statement.comment)
        return True
