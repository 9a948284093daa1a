"""Where reading goes on after a statement that makes no sense."""

from __future__ import annotations

from netspec.syntax.lexer import token_at
from netspec.syntax.reading import Reading
from netspec.syntax.tokens import END, OPENING, STATEMENTS, Token


def next_statement(reading: Reading, begun: int, token: Token) -> int:
    """The offset of the first token, from this one on, that does not belong to the statement begun at `begun`: one that
    begins a line that stands no deeper, begins a statement by its keyword, or closes what the statement stands in.
    """
    text, indent, depth = reading.source.text, reading.indent(begun), 0
    first = token.start
    while token.type != END:
        closes = token.type in OPENING.values()
        if depth == 0 and ((closes and token.type != "RANGLE") or token.type in STATEMENTS):
            return token.start
        if reading.begins_line(token) and reading.indent(token.start) <= indent:
            # A brace in the statement's own column ends it.
            return token.end if closes and depth == 1 else token.start
        depth += (token.type in _COUNTED) - (closes and token.type != "RANGLE")
        token = token_at(text, token.end, [])
    return max(token.start, first)


_COUNTED = OPENING.keys() - {"LANGLE", "OPEN"}
