"""Source text and places in it."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

APART = 2048  # characters from one mark to the next


class Span(NamedTuple):
    """A half-open range of character offsets in a source text."""

    start: int
    end: int


class Position(NamedTuple):
    """A line and a column, both counted from 1; a tab is one column."""

    line: int
    column: int


class Mark(NamedTuple):
    """Of an offset: how many lines end before it, and where the one begins that it is in."""

    lines: int
    begin: int


class BlockUse(Protocol):
    """A use of a block that a text is part of; of what stands in none, `block` is empty. Each use is an object of its
    own. Values are as expressions have them (`netspec.frontend.expressions.values`)."""

    @property
    def parent(self) -> "BlockUse | Turn | None":
        """What the use stands in."""
        ...

    @property
    def block(self) -> str: ...

    @property
    def place(self) -> Span:
        """The block's name where it is used, in the source that has told of the use."""
        ...

    @property
    def definition(self) -> object:
        """The same for all uses of one block; two files may have blocks of one name."""
        ...

    @property
    def own_name(self) -> str:
        """What the use is called, once the document has been expanded; "" for no name of its own."""
        ...

    @property
    def arguments(self) -> tuple[tuple[str, Any], ...]:
        """Every parameter that has a value in this use, with that value, in the block's order."""
        ...

    @property
    def given(self) -> frozenset[str]:
        """The parameters whose values the use itself gives; all others are defaults."""
        ...

    @property
    def shares(self) -> "BlockUse | None":
        """The earlier use of the same block whose parameters are its own, too."""
        ...

    @property
    def defaults(self) -> tuple[tuple[str, str | None], ...]:
        """Every parameter of the block with its default as written, None for one without."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Repetition:
    """A `repeat` that is carried out once; the same statement is another one in another use of its block.

    source, span: from `repeat` to the end of what it goes through, as written. turns: how often its body counts.
    """

    source: "Source"
    span: Span
    variables: tuple[str, ...]
    turns: int


class Turn(NamedTuple):
    """One turn of a repetition that a text is part of: which one it is, from 0, and the values of the variables."""

    parent: "BlockUse | Turn | None"
    repetition: Repetition
    number: int
    values: tuple[Any, ...]


class Use(NamedTuple):
    """Why a text is part of a net: what refers to it, and what is said of that."""

    source: "Source"
    span: Span
    text: str


class Trace(NamedTuple):
    """A place in a text, and what led there, the nearest first."""

    source: "Source"
    span: Span
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Source:
    """A named text. `name` is what a diagnostic prints before the line number. folder: where the file lies that it is
    from, which may import from there; None for a text from nowhere."""

    name: str
    text: str = field(repr=False)  # many diagnostics, shown in a session, would each show it
    folder: Path | None = field(default=None, repr=False)

    @cached_property
    def _marks(self) -> list[Mark]:
        """Every `APART` characters. A list of all lines would be many times as large as a text of short ones."""
        marks, lines, begin = list[Mark](), 0, 0
        for at in range(0, len(self.text) + 1, APART):
            marks.append(Mark(lines, begin))
            if inside := self.text.count("\n", at, at + APART):
                lines, begin = lines + inside, self.text.rfind("\n", at, at + APART) + 1
        return marks

    @property
    def lines(self) -> int:
        """How many there are. CRLF and LF both end a line; behind the last end is a line, too."""
        return self.position(len(self.text)).line

    def position(self, offset: int) -> Position:
        """Of an offset within the text, or of its end; so is one behind it, where a repaired token would end."""
        offset = min(offset, len(self.text))
        number = offset // APART
        lines, begin = self._marks[number]
        if inside := self.text.count("\n", number * APART, offset):
            begin = self.text.rfind("\n", number * APART, offset) + 1
        return Position(lines + inside + 1, offset - begin + 1)

    def start(self, number: int) -> int:
        """The offset at which a line begins, counted from 1."""
        if number == 1:
            return 0
        mark = bisect_left(self._marks, number - 1, key=lambda mark: mark.lines) - 1
        at = mark * APART
        for _ in range(number - 1 - self._marks[mark].lines):
            at = self.text.index("\n", at) + 1
        return at

    def trace(self, span: Span) -> Trace:
        """Where a span really stands: here."""
        return Trace(self, span, ())

    def scope(self, span: Span) -> BlockUse | Turn | None:
        """The innermost use of a block, or turn of a repetition, that a place is part of: none."""
        return None

    def at(self, offset: int) -> str:
        """The character at an offset."""
        return self.text[offset]

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self.start(number)
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


class Region(NamedTuple):
    """Offsets that stand for a piece of a text, once for each use. `shift` leads there from those of the text."""

    base: int
    shift: int
    source: Source
    uses: tuple[Use, ...]
    scope: BlockUse | Turn | None = None


class Atlas(Source):
    """A source and all that it makes use of, under offsets of one kind.

    What a block holds becomes part of a net once for each use; so does what is repeated. Each time it has offsets of
    its own, beyond those of the text, so that a place tells its use. It grows while a document is expanded.
    """

    @cached_property
    def _regions(self) -> list[Region]:
        return [Region(0, 0, self.origin, ())]

    @cached_property
    def _ends(self) -> list[int]:
        return [len(self.text) + 1]

    @cached_property
    def origin(self) -> Source:
        """The text itself."""
        return Source(self.name, self.text, self.folder)

    def add(self, source: Source, piece: Span, uses: tuple[Use, ...], scope: BlockUse | Turn | None = None) -> int:
        """Makes room for a piece of a text; what has to be added to its offsets."""
        base = self._ends[-1]
        self._regions.append(Region(base, base - piece.start, source, uses, scope))
        self._ends.append(base + piece.end - piece.start + 1)
        return base - piece.start

    def _region(self, offset: int) -> Region:
        return self._regions[min(bisect_right(self._ends, offset), len(self._regions) - 1)]

    def trace(self, span: Span) -> Trace:
        region = self._region(span.start)
        return Trace(region.source, Span(span.start - region.shift, span.end - region.shift), region.uses)

    def scope(self, span: Span) -> BlockUse | Turn | None:
        return self._region(span.start).scope

    def at(self, offset: int) -> str:
        region = self._region(offset)
        return region.source.text[offset - region.shift]
