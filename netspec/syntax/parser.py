"""Text to Document."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.host.collecting import uncollected
from netspec.syntax.coarse import coarse
from netspec.syntax.document import Document
from netspec.syntax.grammar import Parse, Unexpected
from netspec.syntax.lexer import Extras, tokens
from netspec.syntax.tokens import END, MAX_DEPTH, PHASES, Token


def parse(source: Source) -> tuple[Document, list[Diagnostic]]:
    """The document, and what is wrong with the text. Never raises for what a text holds.

    A text with errors is read a second time, with care: the document then has what could be understood.
    """
    document = quick(source)
    if document:
        return document, []
    from netspec.syntax.recovery.repair import recover  # which sound texts do not need

    return recover(source)


def quick(source: Source) -> Document | None:
    """The document of a text without errors, None for any other."""
    with uncollected():
        return coarse(source) or by_tables(source)


def by_tables(source: Source) -> Document | None:
    """As `quick`, by the tables of the grammar alone."""
    extras = Extras()
    parse = Parse()
    feed, states = parse.feed_token, parse.state_stack
    try:
        for token in tokens(source.text, extras):
            feed(token)
            if len(states) > MAX_DEPTH:  # whatever nests takes a place of the stack at least
                return None
        fields = feed(Token(END, "", len(source.text)))
    except Unexpected:
        return None
    plain = extras.plain and not any(field.name in PHASES for field in fields)
    return Document(source, fields, tuple(extras.comments), plain)
