"""Which comment belongs to what: to the statement or field that it stands before, or behind on its line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from netspec.diagnostics.source import Span
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


class Places:
    """Where what stands in a document is found among the fields that have been made of it.

    field: by the offset of a field, that of the first made of it. layers: for each layer made, in order, its offset and
    those that it came by: its own text, and the uses of blocks and the repetitions that led there.
    """

    def __init__(self, document: Document, made: Document) -> None:
        self.field: dict[int, int] = {}
        self.layers: list[tuple[int, int, int]] = []
        for order, field in enumerate(made.fields):
            source, span, uses = made.source.trace(Span(field.start, field.start))
            came_by = [(source, span), *((use.source, use.span) for use in uses)]
            own = [place.start for origin, place in came_by if origin == document.source]
            self.layers += ((place, order, field.start) for place in own)
            for start in _starts(field):
                origin = made.source.trace(Span(start, start))
                if origin.source == document.source:
                    self.field.setdefault(origin.span.start, start)
        self.layers.sort()

    def of(self, statement: Statement) -> int | None:
        """The offset of what is made of a statement: of the first layer, if these are several."""
        value = statement.value if isinstance(statement, Field) else None
        if value is not None:
            there = self.field.get(statement.start)
            if there is None and isinstance(value, Scalar):
                there = self.field.get(value.start)
            if there is not None:
                return there
        first, last = (bisect_left(self.layers, (offset,)) for offset in (statement.start, statement.span.end))
        return min(self.layers[first:last], key=lambda layer: layer[1], default=(0, 0, None))[2]


def moved(found: Mapping[int, Remark], document: Document, made: Document) -> Remarks:
    """The same for the fields that have been made of those of the document.

    What stood at something that is gone goes to what this stood in, else to the next that is left. Of what has been
    made several times of one piece, the first has it.
    """
    places, result = Places(document, made), dict[int, Remark]()
    lost: tuple[str, ...] = ()
    for statement, outer, begins in _walk(statements(document), ()):
        remark = found.get(statement.start, Remark())
        place = places.of(statement)
        if place is None and outer and not _is_frame(outer[0]):
            place, remark = next(filter(None, map(places.of, outer)), None), Remark(remark.comments)
        if not begins:
            lost += remark.closing + remark.behind if _is_frame(statement) else ()
        elif place is None:
            lost += tuple(line for lines in remark for line in lines)
        else:
            remark = Remark(remark.before + remark.opening) if _is_frame(statement) else remark
            there = result.get(place, Remark())
            both = (Remark(lost), there, remark)
            result[place] = Remark(*(sum(lines, ()) for lines in zip(*both, strict=True)))
            lost = ()
    result[END] = Remark(lost + found.get(END, Remark()).before)
    return result


def _walk(
    inner: Sequence[Statement], outer: tuple[Statement, ...]
) -> Iterator[tuple[Statement, tuple[Statement, ...], bool]]:
    """Each statement with those that it stands in, inmost first: where it begins, and where it ends."""
    for statement in inner:
        yield statement, outer, True
        for body in bodies(statement):
            yield from _walk(statements(body), (statement, *outer))
        yield statement, outer, False


def _is_frame(statement: Statement) -> bool:
    """Whether layers stand in it."""
    if isinstance(statement, Field):
        return statement.name in ("train", "test")
    return isinstance(statement, Block | Repeat | If | Stage)


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
