"""Edits of a text that keep its layout: pieces replaced, taken away with their lines, or put between others."""

from __future__ import annotations

import re
from typing import NamedTuple

from netspec.diagnostics.fix import Edit, Fix, cut
from netspec.diagnostics.source import Span

_BLANKS = re.compile(r"\s*")
_END = re.compile(r"[ \t]*[,;]")  # what may stand between two fields
_REMARK = re.compile(r"[ \t]*(#[^\r\n]*)?\r?$", re.MULTILINE)


class Piece(NamedTuple):
    """A text that goes elsewhere, with the comment behind it; "" where there is none."""

    text: str
    remark: str = ""


class Pen:
    """Gathers the edits of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._edits, self._gone = list[Edit](), list[Span]()

    def put(self, span: Span, new: str) -> None:
        """Something in the place of a piece."""
        self._edits.append(Edit(Span(*span), self.text[span.start : span.end], new))

    def before(self, at: int, new: str) -> None:
        self.put(Span(at, at), new)

    def remove(self, span: Span) -> None:
        """Takes a field away; a comment behind it stays."""
        end = _END.match(self.text, span.end)
        self._gone.append(Span(span.start, end.end() if end else span.end))

    def piece(self, span: Span) -> tuple[Piece, Span]:
        """A field that is to stand elsewhere, with the comment behind it, if that is about it alone; and what of the
        text that is."""
        text, alone = self.text[slice(*span)], self.lead(span.start) is not None
        end = _END.match(self.text, span.end)
        remark = _REMARK.match(self.text, end.end() if end else span.end)
        if alone and remark and remark[1]:
            return Piece(text, remark[1]), Span(span.start, remark.end(1))
        return Piece(text), span

    def lead(self, at: int) -> str | None:
        """The blanks that a line begins with, before an offset; None where something else stands there."""
        before = self.text[self.text.rfind("\n", 0, at) + 1 : at]
        return None if before.strip() else before

    def parted(self, at: int) -> str:
        """What stands between a field at an offset and the next: a new line as far to the right, or a blank."""
        lead = self.lead(at)
        return " " if lead is None else self.newline + lead

    def behind(self, at: int) -> int:
        """Where the line ends, if nothing but a comment stands there; else the offset."""
        rest = _REMARK.match(self.text, at)
        return rest.end(1) if rest and rest[1] else at

    def fix(self) -> Fix:
        return Fix((*self._edits, *(edit for span in self._joined() for edit in self._without(span))))

    def _joined(self) -> list[Span]:
        """What is taken away, as one where nothing but blanks is between."""
        joined = list[Span]()
        for span in sorted(self._gone):
            blanks = _BLANKS.match(self.text, joined[-1].end) if joined else None
            if blanks and blanks.end() >= span.start and not self._between(joined[-1].end, span.start):
                joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
            else:
                joined.append(span)
        return joined

    def _between(self, start: int, end: int) -> bool:
        """Whether something is put there."""
        return any(start <= edit.span.start <= end for edit in self._edits)

    def _without(self, span: Span) -> list[Edit]:
        edit = cut(self.text, span)
        if edit.span != span or not self.text[slice(*span)]:
            return [edit]
        start, end = span
        before, behind = self.text[:start].rstrip(" \t"), self.text[end:]
        if before and before[-1] not in "\n":
            start = len(before)
        else:
            end += len(behind) - len(behind.lstrip(" \t"))
        return [Edit(Span(start, end), self.text[start:end], "")]


def grouped(name: str, pieces: list[Piece], apart: str, step: str) -> str:
    """A message of pieces: on lines where `apart` is a new line and one of them has a comment, else on one line."""
    if not any(piece.remark for piece in pieces):
        return f"{name} {{ {' '.join(piece.text for piece in pieces)} }}"
    lines = "".join(f"{apart}{step}{piece.text}{f'  {piece.remark}' * bool(piece.remark)}" for piece in pieces)
    return f"{name} {{{lines}{apart}}}"
