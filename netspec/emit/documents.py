"""Documents: texts, places where a line may break, and groups of these (Wadler, "A prettier printer", 1998).

A group that fits on what is left of its line stays there; of one that does not, all places break.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 100
INDENT = 4


@dataclass(frozen=True)
class Break:
    """Where a line may break, and what stands there if it does not."""

    flat: str = ""


@dataclass(frozen=True)
class IfBroken:
    """What stands there only if the group breaks."""

    text: str


@dataclass(frozen=True)
class Group:
    parts: tuple[Doc, ...]


@dataclass(frozen=True)
class Indented:
    parts: tuple[Doc, ...]


Doc: TypeAlias = str | Break | IfBroken | Group | Indented
Docs: TypeAlias = tuple[Doc, ...]


def printed(docs: Docs, indent: int) -> list[str]:
    """The lines of a document whose own breaks all break."""
    lines, line = list[str](), ""
    waiting: list[tuple[Doc, int, bool]] = [(doc, indent, True) for doc in reversed(docs)]
    while waiting:
        doc, indent, broken = waiting.pop()
        match doc:
            case str():
                line += doc
            case Break() if broken:
                lines.append(line)
                line = " " * indent
            case Break(text):
                line += text
            case IfBroken(text):
                line += text if broken else ""
            case Indented(parts):
                waiting += ((part, indent + INDENT, broken) for part in reversed(parts))
            case Group(parts):
                breaks = broken and not _fits(doc, WIDTH - len(line), waiting)
                waiting += ((part, indent, breaks) for part in reversed(parts))
    return [*lines, line]


def _fits(group: Group, room: int, behind: Sequence[tuple[Doc, int, bool]]) -> bool:
    """Whether a group fits without breaks, with what follows it up to the next break."""
    waiting: list[tuple[Doc, bool]] = [(group, False)]
    rest = len(behind)
    while room >= 0:
        if not waiting:
            if not rest:
                return True
            rest -= 1
            waiting.append((behind[rest][0], behind[rest][2]))
        doc, broken = waiting.pop()
        match doc:
            case str():
                room -= len(doc)
            case Break(text):
                if broken:
                    return True
                room -= len(text)
            case IfBroken(text):
                room -= len(text) if broken else 0
            case Group(parts) | Indented(parts):
                waiting += ((part, broken) for part in reversed(parts))
    return False
