"""Sizes in the words of specs and command lines: `3`, `N`, `16*h`, `(H + 2*3 - 7) / 2 + 1`. Divisions round down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netspec.diagnostics.source import Source
from netspec.frontend.expressions.evaluate import Evaluator, parsed
from netspec.frontend.expressions.values import Faulty, Frame, Instance, Module, Word, Wrong, described
from netspec.problems.language import WrongUse
from netspec.shapes import Dim, Size
from netspec.shapes.symbols import symbol
from netspec.syntax.document import Document, Expression, Kind, Scalar

ANY = Word("_")
LONGEST = 200  # characters of a size


class UnreadableSize(Exception):
    """A text that is no size; the message says why."""


def size_of(node: Expression, frame: Frame, symbol: Callable[[str], Any]) -> Any:
    """A size: an integer, or one over names that nothing has set; `_` as it is. Raises Wrong."""
    if isinstance(node, Scalar) and node.kind is Kind.NAME and node.text == ANY.text:
        return ANY

    def named(name: str) -> Any:
        if name == ANY.text:
            raise Wrong(WrongUse, "_ is any size, and stands alone", frame.span(node.span))
        return symbol(name)

    value = Evaluator(frame, size=named).value(node)
    if isinstance(value, Word):
        value = named(value.text)
    if isinstance(value, Faulty | Size) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Wrong(WrongUse, f"a size is an integer, not {described(value)}", frame.span(node.span))


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
