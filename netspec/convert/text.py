"""Text made of entries: what stands on a line or opens a brace, with its comments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from netspec.convert.comments import Remark, Remarks
from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.scalars import BadScalar, string

WIDTH = 100  # columns; what fits is written on one line


@dataclass(frozen=True)
class Entry:
    """`head`, or `head { body }`. before, behind, closing: comments, as `Remark` has them. spread: it takes lines."""

    head: str
    body: tuple[Entry, ...] | None = None
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    spread: bool = False

    @property
    def silent(self) -> bool:
        """It may stand on one line: no comment inside needs a line's end."""
        return (
            not self.spread
            and not self.closing
            and all(e.silent and not e.behind and not any(e.before) for e in self.body or ())
        )


def text_of(entries: Iterable[Entry]) -> str:
    lines = list[str]()
    for entry in entries:
        _write(entry, "", lines)
    while lines and not lines[0]:
        lines.pop(0)
    return "".join(f"{line}\n" for line in lines)


def _write(entry: Entry, indent: str, lines: list[str]) -> None:
    for line in entry.before:
        if line or (lines and lines[-1] and not lines[-1].endswith("{")):
            lines.append(indent + line if line else "")
    if not entry.head:
        return
    whole = indent + flat(entry)
    if entry.body is None or (entry.silent and len(whole) <= WIDTH):
        lines.append(whole)
    else:
        lines.append(f"{indent}{entry.head} {{")
        for inner in (*entry.body, Entry("", before=entry.closing)):
            _write(inner, f"{indent}  ", lines)
        lines.append(f"{indent}}}")
    if entry.behind:
        lines[-1] += f"  {entry.behind[0]}"
        lines += (indent + line for line in entry.behind[1:])


def flat(entry: Entry) -> str:
    if entry.body is None:
        return entry.head
    inner = " ".join(flat(each) for each in entry.body)
    return f"{entry.head} {{ {inner} }}" if inner else f"{entry.head} {{}}"


class Entries:
    """Entries of fields. Each comment is given to the first entry that asks for it."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = dict(remarks)

    def take(self, start: int) -> Remark:
        return self._remarks.pop(start, Remark())

    def entry(self, field: Field) -> Entry:
        """A field as it is."""
        remark = self.take(field.start)
        value = field.value
        if not isinstance(value, Message):
            colon = " " if isinstance(value, Items) and value.values and isinstance(value.values[0], Message) else ": "
            head = f"{field.name}{colon}{value_text(value)}"
            return Entry(head, None, remark.before, remark.behind)
        return closed(Entry(field.name, self.entries(value.fields)), remark)

    def entries(self, fields: Iterable[Field]) -> tuple[Entry, ...]:
        return tuple(self.entry(field) for field in fields)

    def swallowed(self, field: Field) -> tuple[str, ...]:
        """The comments of a field that is not written as such, and of those in it."""
        comments = self.take(field.start).comments
        if isinstance(field.value, Message):
            for inner in field.value.fields:
                comments += self.swallowed(inner)
        return comments


def closed(entry: Entry, remark: Remark) -> Entry:
    """A message's entry with its comments: one behind the brace goes to the first line inside."""
    body, closing = before_first(entry.body or (), remark.opening), remark.closing
    if remark.opening and not body:
        closing = remark.opening + closing
    return replace(
        entry,
        body=body,
        before=remark.before + entry.before,
        behind=entry.behind + remark.behind,
        closing=entry.closing + closing,
    )


def before_first(entries: Sequence[Entry], lines: tuple[str, ...]) -> tuple[Entry, ...]:
    if not lines or not entries:
        return tuple(entries)
    return (replace(entries[0], before=lines + entries[0].before), *entries[1:])


def value_text(value: Value) -> str:
    match value:
        case Message(fields):
            inner = " ".join(
                f"{f.name}{' ' if isinstance(f.value, Message) else ': '}{value_text(f.value)}" for f in fields
            )
            return f"{{ {inner} }}" if inner else "{}"
        case Items(values):
            return f"[{', '.join(map(value_text, values))}]"
        case Scalar(Kind.STRING, text) if "\n" in text:  # several literals, perhaps with comments among them
            try:
                return quoted(string(value))
            except BadScalar:
                return text
        case Scalar(_, text):
            return text


def quoted(text: str) -> str:
    """A string literal."""
    return '"' + "".join(_ESCAPES.get(c) or (f"\\{ord(c):03o}" if c < " " or c == "\x7f" else c) for c in text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
