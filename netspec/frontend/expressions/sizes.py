"""Sizes that are written as text: `3`, `N`, `16*h`, `(H + 2*3 - 7) / 2 + 1`. A division is rounded down."""

from __future__ import annotations

from netspec.diagnostics.source import Source
from netspec.frontend.expressions.evaluate import parsed
from netspec.frontend.expressions.values import Frame, Instance, Module, Wrong
from netspec.frontend.language.expect import ANY, size_of
from netspec.shapes import Dim, Size
from netspec.shapes.symbols import symbol
from netspec.syntax.document import Document

LONGEST = 200  # characters of a size


class UnreadableSize(Exception):
    """A text that is no size; the message says why."""


def read_size(text: str) -> Dim:
    """The size that a text says; a number where there is no name in it. `//`, as sizes are printed, is `/`.

    Raises UnreadableSize.
    """
    if len(text) > LONGEST:
        raise UnreadableSize(f"a size has at most {LONGEST} characters")
    expression = parsed(text.replace("//", "/"))
    if expression is None:
        raise UnreadableSize(f"{text!r} is not understood" if text.strip() else "a size is missing")
    source = Source("", text)
    module = Module(source, Document(source, (), ()))
    try:
        size = size_of(expression, Frame(module, Instance(None), module.names), symbol)
    except Wrong as fault:
        raise UnreadableSize(f"{text!r}: {fault.message}") from None
    if size is ANY or (isinstance(size, Size) and not size.symbolic):
        fault = "_ is no size" if size is ANY else f"{text!r} is too long for a size, or divides by one with a name"
        raise UnreadableSize(fault)
    return size
