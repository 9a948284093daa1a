"""What tells one fault of a file from others, whatever lines it moves to: its code, where it stands by names, and what
is written there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source, Span
from netspec.syntax.document import (
    Binding,
    Block,
    Branch,
    Call,
    Document,
    Expect,
    Field,
    If,
    Import,
    InputShape,
    Items,
    Let,
    Message,
    Pipe,
    Repeat,
    Scalar,
    Stage,
)
from netspec.syntax.parser import parse

LONGEST = 120  # characters of what is written


class Fingerprint(NamedTuple):
    """at: the names that lead to the place, as `layer conv1 / convolution_param / kernel_size`. text: what is written
    there, each blank one blank."""

    code: str
    at: str
    text: str


class _Node(NamedTuple):
    """A part of a text: its extent, its name, and the part that it stands in, by number; -1 for none."""

    start: int
    end: int
    name: str
    parent: int


class Outlines:
    """Fingerprints of what was found in texts, each of which is read once."""

    def __init__(self) -> None:
        self._known = dict[str, tuple[Source, list[_Node]]]()

    def of(self, diagnostic: Diagnostic, path: str) -> Fingerprint:
        """path: of the file that was checked; a place in another file has that one's name before it."""
        if not diagnostic.labels:
            return Fingerprint(diagnostic.code, "", _short(diagnostic.message))
        source, span = diagnostic.labels[0][:2]
        names = [node.name for node in self._around(source, span.start) if node.name]
        at = " / ".join(reversed(names))
        where = at if source.name == path else f"{source.name}: {at}"
        return Fingerprint(diagnostic.code, where, _short(source.text[span.start : span.end]))

    def _around(self, source: Source, offset: int) -> Iterator[_Node]:
        """The parts that an offset is in, the innermost first."""
        known = self._known.get(source.name)
        if known is None or known[0].text != source.text:
            known = self._known[source.name] = source, _outline(parse(source)[0])
        nodes = known[1]
        number = bisect_right(nodes, offset, key=lambda node: node.start) - 1
        while number >= 0:
            if offset < nodes[number].end:
                yield nodes[number]
            number = nodes[number].parent


def _outline(document: Document) -> list[_Node]:
    """The parts of a text in its order."""
    nodes: list[_Node] = []
    waiting: list[tuple[Any, int]] = [(part, -1) for part in reversed(document.fields)]
    while waiting:
        part, parent = waiting.pop()
        if isinstance(part, Message | Branch | Pipe | Items) or _name(part):
            nodes.append(_Node(*_extent(part), _name(part) or "", parent))
            parent = len(nodes) - 1
        waiting += [(inner, parent) for inner in reversed(_inside(part))]
    return nodes


def _extent(part: Any) -> Span:
    return Span(part.start, part.body.end) if isinstance(part, Branch) else part.span


def _inside(part: Any) -> tuple[Any, ...]:
    """What stands in a part, in the order of the text."""
    match part:
        case Message():
            return part.fields
        case Field() | Binding():
            return (part.value,)
        case Block() | Repeat() | Stage() | Branch():
            return (part.body,)
        case If():
            return part.branches
        case Pipe():
            return (part.first, *part.stages)
        case Call():
            return (part.body,) if part.body else ()
        case Items():
            return part.values
        case _:
            return ()


def _name(part: Any) -> str | None:
    """What a part is called, None for one without a name of its own."""
    match part:
        case Field(name=kind, value=Message() as message):
            own = next((value for name, value in map(_pair, message.fields) if name == "name"), None)
            return f"{kind} {own.text.strip(chr(34))}" if isinstance(own, Scalar) else kind
        case Field():
            return part.name
        case Binding():
            return ", ".join(target.text for target in part.targets) or None
        case Block() | Let() | Stage() | InputShape():
            return f"{type(part).__name__.lower()} {part.name.text}"
        case Repeat():
            return f"repeat {', '.join(name.text for name in part.names)}"
        case If():
            return "if"
        case Call():
            return part.name
        case Expect():
            return f"expect {part.subject.text}" if part.subject else "expect"
        case Import():
            return f"import {part.path.text}"
        case _:
            return None


def _pair(part: Any) -> tuple[str, Any]:
    return (part.name, part.value) if isinstance(part, Field) else ("", None)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
