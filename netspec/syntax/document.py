"""A spec as written: names, values and comments, each with its place. Nothing is interpreted here.

Every node holds the offset at which its text begins; `Document.source` turns offsets into lines. Nodes are named tuples
because a large net has tens of thousands of them and they are the cheapest immutable record there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from netspec.source import Source, Span


class Kind(StrEnum):
    """What a scalar looks like. What it means depends on the field that holds it (`netspec.syntax.scalars`)."""

    STRING = "string"
    NUMBER = "number"
    NAME = "name"  # an enum value, true, false, inf or nan


class Scalar(NamedTuple):
    """`text` is the literal as written: with quotes, escapes and sign, adjacent strings with what is between."""

    kind: Kind
    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))


class Items(NamedTuple):
    """`[a, b, c]`."""

    values: tuple[Value, ...]
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Message(NamedTuple):
    """`{ … }` or `< … >`; the span holds the braces."""

    fields: tuple[Field, ...]
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


Value: TypeAlias = Scalar | Message | Items


class Field(NamedTuple):
    """`name: value`. A field of a repeated kind appears once for each value, or once with `Items`."""

    name: str
    value: Value
    start: int

    @property
    def name_span(self) -> Span:
        return Span(self.start, self.start + len(self.name))

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.span.end)


class Comment(NamedTuple):
    """`text` runs from the `#` to the end of the line, which is left out."""

    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))


@dataclass(frozen=True)
class Document:
    source: Source
    fields: tuple[Field, ...]
    comments: tuple[Comment, ...] = ()
