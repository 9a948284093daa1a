"""The shortest way to a document, for texts that are nothing but fields in their usual spelling.

Nearly every prototxt is made of four terminals: FIELD, OPEN, RBRACE and COMMENT. What these are is the grammar's to
say, and what a text of them means needs no tables: the parser proper takes three times as long to say the same. A text
that holds anything else, or is not balanced, is the parser's. `tests/syntax/test_coarse.py` compares the two.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from sys import intern
from typing import Any

from netspec.diagnostics.source import Source
from netspec.syntax.build import short_field
from netspec.syntax.document import Comment, Document, Field, Message, Scalar
from netspec.syntax.lexer import after_space
from netspec.syntax.tables import TERMINALS
from netspec.syntax.tokens import PHASES

FIELD, OPEN, CLOSE, COMMENT = range(1, 5)  # the groups of the pattern
MAX_DEPTH = 20  # of messages; what is deeper is the parser's to judge


@cache
def _pattern() -> re.Pattern[str]:
    groups = (f"({TERMINALS[name]})" for name in ("FIELD", "OPEN", "RBRACE", "COMMENT"))
    return re.compile(f"(?:{'|'.join(groups)}|((?s:.)))(?:{TERMINALS['SPACE']})?")


def coarse(source: Source) -> Document | None:
    """The document of such a text, None for any other."""
    new: Any = tuple[Any, ...].__new__  # half the time of the constructors
    text = source.text
    top: list[Field] = []
    add, fields = top.append, top
    around: list[tuple[str, int, list[Field]]] = []  # of each open message: its OPEN, where, the fields before it
    comments: list[Comment] = []
    for match in _pattern().finditer(text, after_space(text, 0)):
        group, start = match.lastindex, match.start()
        if group == FIELD:
            name, kind, value, offset = short_field(match[FIELD])
            add(new(Field, (name, new(Scalar, (kind, value, start + offset, -1)), start)))
        elif group == OPEN:
            around.append((match[OPEN], start, fields))
            fields = list[Field]()
            add = fields.append
            if len(around) > MAX_DEPTH:
                return None
        elif group == CLOSE and around:
            opening, begun, outer = around.pop()
            message = new(Message, (tuple(fields), begun + len(opening) - 1, start + 1))
            fields = outer
            add = fields.append
            add(new(Field, (_name(opening), message, begun)))
        elif group == COMMENT:
            comments.append(new(Comment, (match[COMMENT].rstrip("\r"), start)))
        else:
            return None
    if around:
        return None
    return Document(source, tuple(top), tuple(comments), all(field.name not in PHASES for field in top))


@lru_cache(1024)
def _name(opening: str) -> str:
    return intern(opening.rstrip(" \t:{"))
