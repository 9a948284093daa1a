"""Document to text: one field a line, two spaces a level, comments where they stood.

What is printed reads back as the same document, spans apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from netspec.source import Source
from netspec.syntax.document import Comment, Document, Field, Items, Message, Value


def print_document(document: Document) -> str:
    """The text of a document, ending in a newline unless it is empty. One blank line stays where there were any."""
    printer = _Printer(document.source, document.comments)
    printer.fields(document.fields, "", len(document.source.text) + 1)
    return "".join(f"{line}\n" for line in printer.lines)


def print_value(value: Value) -> str:
    """A value on one line (but for a string that is written on several), without comments."""
    match value:
        case Message(fields):
            inner = " ".join(_inline(field) for field in fields)
            return f"{{ {inner} }}" if inner else "{}"
        case Items(values):
            return f"[{', '.join(map(print_value, values))}]"
        case _:
            return value.text


def _inline(field: Field) -> str:
    return f"{field.name}{' ' if isinstance(field.value, Message) else ': '}{print_value(field.value)}"


class _Printer:
    """`at` is the offset up to which the source has been printed, `pending` counts the comments already taken."""

    def __init__(self, source: Source, comments: Sequence[Comment]) -> None:
        self.source = source
        self.comments = comments
        self.lines: list[str] = []
        self.at = 0
        self.pending = 0

    def fields(self, fields: Sequence[Field], indent: str, end: int) -> None:
        """The fields of a message that ends at the offset `end`, and the comments among them."""
        for field in fields:
            value = field.value
            self.comments_before(field.start, indent)
            self.blank_line_before(field.start)
            if isinstance(value, Message):
                self.message(field, value, indent)
            else:
                self.comments_within(value.span.end, indent)
                self.lines.append(indent + _inline(field))
            self.at = value.span.end
        self.comments_before(end, indent)

    def message(self, field: Field, value: Message, indent: str) -> None:
        self.comments_within(value.start, indent)
        self.lines.append(f"{indent}{field.name} {{")
        self.at = value.start + 1
        opened = len(self.lines), self.pending
        self.fields(value.fields, f"{indent}  ", value.end)
        if opened == (len(self.lines), self.pending):
            self.lines[-1] += "}"
        else:
            self.lines.append(f"{indent}}}")

    def comments_before(self, offset: int, indent: str) -> None:
        while self.pending < len(self.comments) and self.comments[self.pending].start < offset:
            comment = self.comments[self.pending]
            if self.lines and "\n" not in self.source.text[self.at : comment.start]:
                self.lines[-1] += f"  {comment.text}"
            else:
                self.blank_line_before(comment.start)
                self.lines.append(indent + comment.text)
            self.at = comment.span.end
            self.pending += 1

    def comments_within(self, offset: int, indent: str) -> None:
        """A comment within a field goes before it."""
        while self.pending < len(self.comments) and self.comments[self.pending].start < offset:
            self.lines.append(indent + self.comments[self.pending].text)
            self.pending += 1

    def blank_line_before(self, offset: int) -> None:
        fresh = not self.lines or self.lines[-1].endswith("{")
        if not fresh and self.source.text.count("\n", self.at, offset) > 1:
            self.lines.append("")
