"""Whether two documents say the same: spans, blanks and quotes apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, cast

from netspec.syntax.document import Document, Scalar
from netspec.syntax.printing.spelling import parts

_PLACES = frozenset({"start", "end"})
_QUOTE = re.compile(r"""\\(?:(["'])|.)""", re.DOTALL)


def same(one: Document, other: Document) -> bool:
    return all(a == b for a, b in zip_longest(outline(one), outline(other)))


def outline(document: Document) -> Iterator[str]:
    """All that a document says, in order: kinds of nodes, names, literals, and at the end the comments. Two documents
    have the same outline only if they are the same but for spans, layout and the quotes around strings."""
    waiting: list[Any] = [document.fields]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield from _literal(node)
        elif isinstance(node, tuple):
            values = cast("tuple[Any, ...]", node)
            names = cast("tuple[str, ...] | None", getattr(values, "_fields", None))
            if names is None:
                yield f"{len(values)} of"
            else:
                yield type(values).__name__
                values = tuple(value for name, value in zip(names, values, strict=True) if name not in _PLACES)
            waiting += reversed(values)
        else:
            yield repr(node)
    for comment in document.comments:
        yield comment.text.rstrip()


def _literal(scalar: Scalar) -> Iterator[str]:
    kind, text, *_ = scalar
    yield kind.value
    if text[0] in "\"'":
        for part in parts(text):
            yield part.text if part.text[0] == "#" else f'"{_QUOTE.sub(_bare, part.text[1:-1])}'
    elif text[-1] in "\"'":
        yield f'f"{text[2:-1]}'
    else:
        yield "".join(text.split())


def _bare(match: re.Match[str]) -> str:
    return match[1] or match[0]
