"""What a spec expands to, a line a layer, so that tables can show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.language import Expansion, Library, expand
from netspec.plugins.registry import registry
from netspec.syntax.document import Field, Message, Scalar
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_value
from netspec.syntax.scalars import string

DATA = "input data: [1, 3, 8, 8]\n"


def expansion(text: str, folder: Path | None = None, search: Sequence[Path] = (), name: str = "test.net") -> Expansion:
    document, faults = parse(Source(name, text))
    assert not faults, [diagnostic.message for diagnostic in faults]
    return expand(document, registry(()), Library(folder, search))


def lines(text: str, folder: Path | None = None, search: Sequence[Path] = ()) -> list[str]:
    """Of a spec without faults: `name: Type(bottoms) -> tops rest` for each layer, other fields as they are. The
    layer of the input `data` is left out."""
    made = expansion(text, folder, search)
    assert not made.found, [diagnostic.message for diagnostic in made.found]
    return [line for field in made.document.fields if not (line := _line(field)).startswith("data: Input() -> data")]


def said(found: Sequence[Diagnostic]) -> list[tuple[str, str]]:
    """Codes and messages."""
    return [(diagnostic.code, diagnostic.message) for diagnostic in found]


def _line(field: Field) -> str:
    if field.name != "layer" or not isinstance(field.value, Message):
        return _inline(field)
    parts: dict[str, list[str]] = {"name": [], "type": [], "bottom": [], "top": []}
    rest: list[str] = []
    for part in field.value.fields:
        if part.name in parts and isinstance(part.value, Scalar):
            parts[part.name].append(string(part.value))
        else:
            rest.append(_inline(part))
    name, kind = ("".join(parts[word]) for word in ("name", "type"))
    head = f"{name}: {kind}({', '.join(parts['bottom'])}) -> {', '.join(parts['top'])}"
    return " ".join([head.rstrip(), *rest])


def _inline(field: Field) -> str:
    return f"{field.name}{' ' if isinstance(field.value, Message) else ': '}{print_value(field.value)}"
