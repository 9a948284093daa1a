"""Which comment belongs to what: to the statement or field that it stands before, or behind on its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from netspec.syntax.document import (
    Binding,
    Block,
    Call,
    Document,
    Field,
    If,
    Message,
    Pipe,
    Repeat,
    Scalar,
    Stage,
    Statement,
    statements,
)

END = -1  # the key of what stands at the end of a document


class Remark(NamedTuple):
    """The comments of one statement, as lines; "" is a blank line, which is kept like them.

    before: on lines of their own, above. opening: behind the `{` that it ends a line with. closing: before its `}`.
    behind: on its last line.
    """

    before: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def comments(self) -> tuple[str, ...]:
        return tuple(line for lines in self for line in lines if line)


Remarks: TypeAlias = dict[int, Remark]


def remarks(document: Document) -> Remarks:
    """The comments and blank lines of a document, by the offset at which their statement begins."""
    reader = _Reader(document)
    reader.read(statements(document), END, len(document.source.text) + 1)
    return reader.found


def moved(
    found: Mapping[int, Remark], document: Document, fields: Sequence[Field], origin: Callable[[int], int]
) -> Remarks:
    """The same for fields made of the document. `origin` turns an offset of theirs into one of the document.

    What stood at something that is gone goes to what this stood in, else to the next that is left. Of what has been
    made several times of one piece, the first has it.
    """
    places: dict[int, int] = {}
    for field in fields:
        for start in _starts(field):
            places.setdefault(origin(start), start)
    result: Remarks = {}
    lost: tuple[str, ...] = ()

    def keep(place: int, remark: Remark) -> None:
        result[place] = Remark(*(a + b for a, b in zip(result.get(place, Remark()), remark, strict=True)))

    for start, value, outer in _anchors(statements(document), ()):
        place = places.get(start, places.get(value))
        if lost and place is not None:
            keep(place, Remark(lost))
            lost = ()
        remark = found.get(start, Remark())
        keeper = next((places[one] for one in outer if one in places), None)
        if place is not None:
            keep(place, remark)
        elif keeper is not None:
            keep(keeper, Remark(remark.comments))
        else:
            lost += tuple(line for lines in remark for line in lines)
    keep(END, Remark(lost + found.get(END, Remark()).before))
    return result


def _anchors(inner: Sequence[Statement], outer: tuple[int, ...]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Statements and all within them: where each begins, where its value does, and what it stands in, inmost first."""
    for statement in inner:
        value = statement.value if isinstance(statement, Field) else None
        yield statement.start, value.start if isinstance(value, Scalar) else statement.start, outer
        for body in bodies(statement):
            yield from _anchors(statements(body), (statement.start, *outer))


def _starts(field: Field) -> Iterator[int]:
    yield field.start
    if isinstance(field.value, Message):
        for inner in field.value.fields:
            yield from _starts(inner)


def bodies(statement: Statement) -> tuple[Message, ...]:
    """The messages that stand directly in a statement."""
    match statement:
        case Field(value=Message() as body) | Block(body=body) | Repeat(body=body) | Stage(body=body):
            return (body,)
        case If(branches):
            return tuple(branch.body for branch in branches)
        case Binding(value=Call(body=Message() as body)):
            return (body,)
        case Binding(value=Pipe(first, stages)):
            calls = (*((first,) if isinstance(first, Call) else ()), *stages)
            return tuple(call.body for call in calls if call.body is not None)
        case _:
            return ()


class _Reader:
    """`at` is the offset up to which the text has been read, `pending` counts the comments already taken."""

    def __init__(self, document: Document) -> None:
        self.text = document.source.text
        self.comments = document.comments
        self.found: Remarks = {}
        self.at = self.pending = 0

    def read(self, inner: Sequence[Statement], holder: int, end: int) -> None:
        """What stands in a message, or the document, that ends at an offset."""
        before: int | None = holder if holder != END else None
        place = "opening"
        for statement in inner:
            lines = self._lines(statement.start, before, place)
            self._add(statement.start, "before", lines)
            for body in bodies(statement):
                self._add(statement.start, "before", self._within(body.start + 1))
                self.at = body.start + 1
                self.read(statements(body), statement.start, body.end)
                self.at = body.end
            self._add(statement.start, "before", self._within(statement.span.end))
            self.at = statement.span.end
            before, place = statement.start, "behind"
        lines = self._lines(end, before, place)
        while lines and not lines[-1]:
            lines.pop()
        self._add(holder, "closing" if holder != END else "before", lines)

    def _lines(self, offset: int, before: int | None, place: str) -> list[str]:
        """The comments up to an offset. One on the line of what stands before belongs to that."""
        lines: list[str] = []
        while self.pending < len(self.comments) and self.comments[self.pending].start < offset:
            comment = self.comments[self.pending]
            newlines = self.text.count("\n", self.at, comment.start)
            if newlines == 0 and before is not None:
                self._add(before, place, [comment.text])
            else:
                lines += ["", comment.text] if newlines > 1 else [comment.text]
            self.at, before = comment.span.end, None
            self.pending += 1
        if self.text.count("\n", self.at, offset) > 1:
            lines.append("")
        return lines

    def _within(self, offset: int) -> list[str]:
        lines: list[str] = []
        while self.pending < len(self.comments) and self.comments[self.pending].start < offset:
            lines.append(self.comments[self.pending].text)
            self.pending += 1
        return lines

    def _add(self, start: int, place: str, lines: Sequence[str]) -> None:
        if lines:
            remark = self.found.get(start, Remark())
            self.found[start] = remark._replace(**{place: (*getattr(remark, place), *lines)})
