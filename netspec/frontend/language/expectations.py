"""What a spec expects of its net, noted while it is expanded. `netspec.frontend.judge` holds the net against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.sizes import size_of
from netspec.frontend.expressions.values import BlobName, Faulty, Frame, Wrong, described
from netspec.frontend.messages.rules import NetState
from netspec.problems.language import WrongUse
from netspec.syntax.document import Call, Expect, Expression, Items, Kind, Operation, Scalar


class Expectation(NamedTuple):
    """`subject` is the blob whose sizes are expected, None for a relation of quantities.

    names: what the names of a relation stood for where it was written. conditions: what has to hold of the state of the
    net, as pairs of a rule's field and its value.
    """

    node: Expect
    frame: Frame
    conditions: tuple[tuple[str, str], ...]
    subject: BlobName | str | None = None
    sizes: tuple[Any, ...] = ()
    names: Mapping[str, Any] | None = None

    @property
    def place(self) -> Span:
        return self.frame.span(self.node.span)

    def part_of(self, state: NetState) -> bool:
        """Whether it is said of a state."""
        return all(
            state.phase == value if kind == "phase" else (value in state.stage) is (kind == "stage")
            for kind, value in self.conditions
        )


def expectation(
    node: Expect, frame: Frame, conditions: tuple[tuple[str, str], ...], symbol: Callable[[str], Any]
) -> Expectation | None:
    """What a statement expects; None if it rests on what has been reported. Raises Wrong."""
    made = Expectation(node, frame, conditions)
    if node.subject is None:
        names = {name: value for name in names_in(node.value) if (value := frame.look(name)) is not None}
        return None if any(isinstance(value, Faulty) for value in names.values()) else made._replace(names=names)
    assert isinstance(node.value, Items)
    place = frame.span(node.subject.span)
    name = _subject(node.subject, frame)
    subject = frame.look(name) if name is not None else Faulty()
    if subject is None and node.subject.kind is Kind.NAME:
        raise Evaluator(frame).unknown(name or "", place)
    if not isinstance(subject, BlobName | Faulty | None):
        raise Wrong(WrongUse, f"{described(subject)} has no shape", place)
    sizes = tuple(size_of(value, frame, symbol) for value in node.value.values)
    if isinstance(subject, Faulty) or any(isinstance(size, Faulty) for size in sizes):
        return None
    return made._replace(subject=subject or name, sizes=sizes)


def _subject(node: Scalar, frame: Frame) -> str | None:
    if node.kind is Kind.NAME:
        return node.text
    if node.kind is Kind.STRING:
        return text_of(node, frame.shift)
    made = Evaluator(frame).template(node)
    return None if isinstance(made, Faulty) else made


def names_in(node: Expression) -> Iterator[str]:
    """The names in arithmetic."""
    waiting: list[Any] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Operation):
            waiting += node.operands
        elif isinstance(node, Items):
            waiting += node.values
        elif isinstance(node, Call):
            waiting += (argument.value for argument in node.arguments)
        elif isinstance(node, Scalar) and node.kind is Kind.NAME:
            yield node.text.lstrip("- ")
