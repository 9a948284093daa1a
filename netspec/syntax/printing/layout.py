"""Pieces of a statement, and where its lines end.

A statement is a list of pieces: words, and places where a line may end. These come in groups, each set on one line
where it fits, and else over lines (after D. Oppen, "Pretty Printing", 1980). All is done in passes over the pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from netspec.syntax.document import Message

WIDTH = 120  # columns of a line
INDENT = "  "


class Line(NamedTuple):
    """A place where a line may end. flat: what stands here if it does not; before: the offset of what follows, so that
    comments up to there go here; out: the new line is indented like the one that opened the group."""

    flat: str
    before: int
    out: bool = False


class Open(NamedTuple):
    """A group begins. whole: it is set over lines wherever something in it is; forced: it is so anyway."""

    whole: bool
    forced: bool


class Body(NamedTuple):
    """A message in braces. flat: its text on one line, braces included; None where it has to go over lines."""

    message: Message
    flat: str | None


class Mark(Enum):
    CLOSE = "a group ends"
    BREAK = "a line ends here"  # between adjacent strings


Piece: TypeAlias = str | Line | Open | Body | Mark


@dataclass
class Measures:
    """at: the columns before each piece, all on one line. room: those from a piece to where the line may end. ends:
    the piece that ends a group. breaks: where in a group, in columns as of `at`, its first line ends anyway."""

    at: list[int]
    room: list[int]
    ends: dict[int, int] = field(default_factory=dict[int, int])
    breaks: dict[int, int] = field(default_factory=dict[int, int])

    def need(self, group: int) -> int:
        """The columns that a group takes on its line, with what must follow it there."""
        if group in self.breaks:
            return self.breaks[group] - self.at[group]
        end = self.ends[group]
        return self.at[end] - self.at[group] + self.room[end]


def measure(pieces: Sequence[Piece]) -> Measures:
    at, room = [0], [0] * (len(pieces) + 1)
    measures = Measures(at, room)
    groups: list[int] = []
    for i, piece in enumerate(pieces):
        width, breaks = 0, False
        match piece:
            case str():
                width = len(piece)
            case Line(flat=flat):
                width = len(flat)
            case Body(flat=flat):
                width, breaks = len(flat or "{"), flat is None
            case Open():
                groups.append(i)
                breaks = piece.forced
            case Mark.BREAK:
                breaks = True
            case Mark.CLOSE:
                group = groups.pop()
                measures.ends[group] = i
                if groups and group in measures.breaks:
                    measures.breaks.setdefault(groups[-1], measures.breaks[group])
        if breaks and groups:
            measures.breaks.setdefault(groups[-1], at[i] + width)
        at.append(at[i] + width)
    for i in range(len(pieces) - 1, -1, -1):
        piece = pieces[i]
        if isinstance(piece, str):
            room[i] = len(piece) + room[i + 1]
        elif isinstance(piece, Body):
            room[i] = 1
        elif isinstance(piece, Open) or piece is Mark.CLOSE:
            room[i] = room[i + 1]
    return measures


def one_line(pieces: Sequence[Piece]) -> str | None:
    """The pieces on one line, however long; None where something in them ends a line anyway."""
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        elif isinstance(piece, Line):
            texts.append(piece.flat)
        elif isinstance(piece, Body):
            if piece.flat is None:
                return None
            texts.append(piece.flat)
        elif piece is Mark.BREAK or (isinstance(piece, Open) and piece.forced):
            return None
    return "".join(texts)


class Mode(NamedTuple):
    """How the pieces of a group are set. sure: all of it is known to fit on the line."""

    over_lines: bool
    sure: bool
    indent: str


def mode(i: int, group: Open, around: Mode, column: int, measures: Measures) -> Mode:
    """How to set the group that begins with piece `i`, at a column of a group that is set like `around`."""
    if around.sure:
        return around
    breaks = i in measures.breaks
    if group.forced or (group.whole and breaks) or column + measures.need(i) > WIDTH:
        return Mode(True, False, around.indent + INDENT)
    return Mode(False, not breaks, around.indent)
