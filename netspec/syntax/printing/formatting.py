"""A text in the one layout, or what is wrong with it."""

from __future__ import annotations

from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document
from netspec.syntax.printing.same import same


class Unfaithful(Exception):
    """The layout would change what a text says, which is a fault of netspec. The text is better left alone."""


def formatted(source: Source) -> str:
    """The text in netspec's layout. What it says is compared with what the source says before it is given.

    Raises SpecError for a text with syntax errors, and Unfaithful.
    """
    document, found = parse(source)
    if found:
        raise SpecError(found)
    text = print_document(document)
    if text != source.text:
        again, wrong = parse(Source(source.name, text))
        if wrong or not same(document, again):
            raise Unfaithful(f"{source.name}: the layout would change what it says")
    return text
