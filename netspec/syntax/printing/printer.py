"""Document to text, in the one layout that `netspec fmt` gives every spec (docs/formatting.md).

Where lines end is for the author to say, as far as it is a matter of taste: braces that stand on one line stay so if
they fit, braces over lines get a line for each field, and a blank line stays. What is printed reads back as the same
document, spans apart, and is printed the same again.

Comments are taken up where a line ends. One that stands where no line can end goes before its statement, if that is on
one line, and else to the end of the line.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import cast

from netspec.syntax.document import (
    Comment,
    Document,
    Field,
    If,
    Items,
    Kind,
    Message,
    Scalar,
    Statement,
    Value,
    statements,
)
from netspec.syntax.printing.layout import INDENT, WIDTH, Body, Line, Mark, Mode, Open, Piece, measure, mode, one_line
from netspec.syntax.printing.pieces import ELSE, Speller
from netspec.syntax.printing.spelling import spelled

_PLAIN = re.compile(r'"[^"\\\n]*"|[^"\'\-][^\n]*')  # what is written as it stands, but for templates
_GAP = re.compile(r"(?:[ \t\r\n\f\v,]|#[^\n]*)*")


def print_document(document: Document) -> str:
    """The text of a document that was read, ending in a newline unless it is empty."""
    printer = _Printer(document.source.text, document.comments)
    printer.statements(statements(document), "", len(document.source.text) + 1)
    return "".join(f"{line}\n" for line in printer.lines)


def print_value(value: Value) -> str:
    """A value on one line (but for strings that are written on several), without comments."""
    match value:
        case Message(fields):
            inner = " ".join(f"{f.name}{_between(f)}{print_value(f.value)}" for f in fields)
            return f"{{ {inner} }}" if inner else "{}"
        case Items(values):
            return f"[{', '.join(map(print_value, values))}]"
        case Scalar():
            return spelled(value) or value.text


def _between(field: Field) -> str:
    return " " if isinstance(field.value, Message) and field.name != ELSE else ": "


class _Printer:
    """`taken` counts the comments already printed, `at` is the offset up to which the text has been."""

    def __init__(self, text: str, comments: Sequence[Comment]) -> None:
        self.text, self.comments = text, comments
        self.starts = [comment.start for comment in comments]
        self.lines: list[str] = []
        self.taken = self.at = 0
        self.commented = 0  # the line, counted from 1, that ends in a comment
        self.first = True  # nothing has been printed in these braces
        self.speller = Speller(self)

    def statements(self, among: Sequence[Statement], indent: str, end: int) -> None:
        """What stands in a document, or in braces that close at the offset `end`."""
        self.first = True
        comments, text, lines, plain = bool(self.comments), self.text, self.lines, _PLAIN.fullmatch
        for statement in among:
            words = ""
            if isinstance(statement, Field) and isinstance(value := statement.value, Scalar):
                start, end_of = statement.start, value.start + len(value.text)
                if value.kind is not Kind.TEMPLATE and plain(value.text):
                    words = value.text
            else:
                start, end_of = statement.start, statement.span.end
            if comments:
                self.take(start, indent)
            if not self.first and text.count("\n", self.at, start) > 1:
                lines.append("")
            self.first = False
            if words and not (comments and self.pending(end_of)):
                lines.append(f"{indent}{cast(Field, statement).name}: {words}")
            else:
                self.statement(statement, indent, end_of)
            self.at = end_of
            self.first = False
        if comments:
            self.take(end, indent)

    def statement(self, statement: Statement, indent: str, end: int) -> None:
        flat = self.flat(statement)
        if flat is not None and len(indent) + len(flat) <= WIDTH:
            while self.pending(end):
                self.lines.append(indent + self.next_comment())
            self.lines.append(indent + flat)
        elif isinstance(statement, Field) and isinstance(statement.value, Message):
            self.lines.append(f"{indent}{statement.name}{_between(statement)}{{")
            self.inside(statement.value, indent)
            self.lines.append(f"{indent}}}")
        else:
            self.pieces(self.speller.statement(statement, isinstance(statement, If)), indent)

    def flat(self, statement: Statement) -> str | None:
        """A statement on one line, or None where its author, or a comment, has it otherwise."""
        if isinstance(statement, Field) and isinstance(statement.value, Message):
            message = statement.value
            if message.fields and self.parted(message.start, message.end):
                return None
            piece = self.body(message)
            inner = piece.flat if isinstance(piece, Body) else str(piece)
            return None if inner is None else f"{statement.name}{_between(statement)}{inner}"
        if isinstance(statement, If) and self.parted(statement.branches[0].body.start, statement.span.end):
            return None
        return one_line(self.speller.statement(statement, False))

    def pieces(self, pieces: Sequence[Piece], indent: str) -> None:
        """A statement that goes over lines."""
        measures = measure(pieces)
        modes = [Mode(False, False, indent)]
        line, column = [indent], len(indent)
        for i, piece in enumerate(pieces):
            around = modes[-1]
            if isinstance(piece, str):
                line.append(piece)
                column += len(piece)
            elif isinstance(piece, Open):
                modes.append(mode(i, piece, around, column, measures))
            elif piece is Mark.CLOSE:
                modes.pop()
            elif isinstance(piece, Line) and not around.over_lines:
                line.append(piece.flat)
                column += len(piece.flat)
            elif isinstance(piece, Body):
                after = measures.room[i + 1]
                if piece.flat is not None and (around.sure or column + len(piece.flat) + after <= WIDTH):
                    line.append(piece.flat)
                    column += len(piece.flat)
                    continue
                self.lines.append("".join([*line, "{"]))
                self.inside(piece.message, around.indent)
                line, column = [around.indent, "}"], len(around.indent) + 1
            else:
                self.lines.append("".join(line))
                within = around.indent
                if isinstance(piece, Line):
                    if self.comments:
                        self.first = True  # no blank lines here
                        self.take(piece.before, within)
                    if piece.out:
                        within = within[: -len(INDENT)]
                line, column = [within], len(within)
        self.lines.append("".join(line))

    def inside(self, message: Message, indent: str) -> None:
        self.at = message.start + 1
        self.statements(statements(message), indent + INDENT, message.end - 1)
        self.at = message.end

    # Where the author had lines end (`netspec.syntax.printing.pieces.Writer`).

    def body(self, message: Message, over_lines: bool = False) -> Piece:
        if self.comments and self.holds(message.start, message.end):
            return Body(message, None)
        if not message.fields:
            return "{}"
        if over_lines or self.parted(message.start, message.end):
            return Body(message, None)
        inner = self.inline(statements(message))
        return Body(message, None if inner is None else f"{{ {inner} }}")

    def inline(self, among: Sequence[Statement]) -> str | None:
        """Statements on one line, if they fit on any."""
        texts: list[str] = []
        room = WIDTH
        for each in among:
            text = self.flat(each)
            if text is None or (room := room - len(text) - 1) < 0:
                return None
            texts.append(text)
        return " ".join(texts)

    def holds(self, start: int, end: int) -> bool:
        return bool(self.comments) and bisect_left(self.starts, start) < bisect_left(self.starts, end)

    def parted(self, start: int, end: int) -> bool:
        return self.text.find("\n", start, end) >= 0

    def token(self, offset: int) -> int:
        gap = _GAP.match(self.text, offset)
        return gap.end() if gap else offset

    # Comments.

    def pending(self, offset: int) -> bool:
        return self.taken < len(self.starts) and self.starts[self.taken] < offset

    def next_comment(self) -> str:
        self.taken += 1
        return self.comments[self.taken - 1].text.rstrip()

    def take(self, offset: int, indent: str) -> None:
        """The comments before an offset: beside the line that has just ended, where they stood beside something."""
        while self.pending(offset):
            start = self.starts[self.taken]
            text = self.next_comment()
            if self.lines and self.commented != len(self.lines) and self.beside(start):
                self.lines[-1] += f"  {text}"
            else:
                if not self.first and self.text.count("\n", self.at, start) > 1:
                    self.lines.append("")
                self.lines.append(indent + text)
                self.first = False
            self.commented = len(self.lines)
            self.at = max(self.at, start + len(text))

    def beside(self, start: int) -> bool:
        """Whether something stands before a comment on its line."""
        return bool(self.text[self.text.rfind("\n", 0, start) + 1 : start].strip())
