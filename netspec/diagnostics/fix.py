"""What would mend a fault, as data: pieces of a text that others take the place of."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable
from typing import NamedTuple

from netspec.diagnostics.source import Span


class Edit(NamedTuple):
    """`old`, which stands at `span` (offsets of characters), becomes `new`."""

    span: Span
    old: str
    new: str


class Fix(NamedTuple):
    """Edits of the text that the first label of a diagnostic is in, to be made all or none. safe: there is one answer,
    and it is this; without it a person has to look."""

    edits: tuple[Edit, ...]
    safe: bool = True


def swap(start: int, old: str, new: str, safe: bool = True) -> Fix:
    """One text in the place of another."""
    return Fix((Edit(Span(start, start + len(old)), old, new),), safe)


def applied(text: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """A text with as many of the fixes made as do not touch each other, the first of two that do; and their number. One
    whose old text does not stand where it says is left out."""
    taken, spans, number = set[Edit](), list[Span](), 0
    for fix in fixes:
        new = [edit for edit in dict.fromkeys(fix.edits) if edit not in taken]
        if new and all(_free(edit, text, spans) for edit in new):
            taken.update(new)
            for edit in new:
                insort(spans, edit.span)
            number += 1
    pieces, at = list[str](), 0
    for span, _, replacement in sorted(taken):
        pieces += [text[at : span.start], replacement]
        at = span.end
    return "".join([*pieces, text[at:]]), number


def _free(edit: Edit, text: str, taken: list[Span]) -> bool:
    """Whether an edit can be made, and touches no other."""
    (start, end), i = edit.span, bisect(taken, edit.span)
    before, behind = taken[i - 1] if i else None, taken[i] if i < len(taken) else None
    alone = (before is None or before.end < start) and (behind is None or end < behind.start)
    return alone and text[start:end] == edit.old


def cut(text: str, span: Span) -> Edit:
    """What takes a piece of a text away: with its lines, where nothing else stands on them."""
    start, end = span
    begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    stop = len(text) if stop < 0 else stop + 1
    if not text[begin:start].strip() and not text[end:stop].strip():
        start, end = begin, stop
    return Edit(Span(start, end), text[start:end], "")


def within(text: str, place: Span, old: str, new: str) -> Edit | None:
    """Of a place, the last piece that reads so, in the place of which another is to stand."""
    at = text.rfind(old, place.start, place.end)
    return None if at < 0 else Edit(Span(at, at + len(old)), old, new)
