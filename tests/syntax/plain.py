"""Documents without their spans, for comparison."""

from __future__ import annotations

from typing import Any

from netspec.diagnostics.source import Source
from netspec.syntax.document import Document, Field, Items, Message, Scalar, Value
from netspec.syntax.parser import parse


def plain(fields: tuple[Field, ...]) -> list[tuple[str, Any]]:
    return [(field.name, _plain(field.value)) for field in fields]


def _plain(value: Value) -> Any:
    match value:
        case Message():
            return plain(value.fields)
        case Items():
            return ("items", [_plain(each) for each in value.values])
        case Scalar():
            return f"{value.kind}:{value.text}"


def read(text: str) -> Document:
    """The document of a text without errors."""
    document, diagnostics = parse(Source("test.net", text))
    assert not diagnostics, diagnostics
    return document
