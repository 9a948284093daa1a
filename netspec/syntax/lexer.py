"""Text to tokens, by the terminals that `net.lark` defines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from netspec.syntax.document import Comment
from netspec.syntax.tables import TERMINALS
from netspec.syntax.tokens import BEFORE_NAMES, BEYOND, END, HIDDEN, PROTOTXT, SHORTCUTS, UNKNOWN, Token


@cache
def pattern(shortcuts: bool) -> re.Pattern[str]:
    """One alternative a terminal, a group of its name, then any space. It matches at every offset: nothing is skipped.

    Without `shortcuts` only the finer terminals take part, those in whose words errors are reported.
    """
    left_out = {"SPACE"} if shortcuts else {"SPACE", *SHORTCUTS}
    groups = [f"(?P<{name}>{regexp})" for name, regexp in TERMINALS.items() if name not in left_out]
    return re.compile(f"(?:{'|'.join(groups)}|(?P<{UNKNOWN}>(?s:.)))(?:{TERMINALS['SPACE']})?")


@cache
def _space() -> re.Pattern[str]:
    return re.compile(f"(?:{TERMINALS['SPACE']})?")


def after_space(text: str, offset: int) -> int:
    """The offset of what follows the space, if any, at `offset`. A byte order mark is space where the text begins."""
    if offset == 0 and text.startswith("\ufeff"):
        offset = 1
    match = _space().match(text, offset)
    return match.end() if match else offset


@dataclass
class Extras:
    """What the quick lexer finds beside tokens. plain: nothing but prototxt has been met."""

    comments: list[Comment] = field(default_factory=list[Comment])
    plain: bool = True


def tokens(text: str, extras: Extras) -> Iterator[Token]:
    """The tokens, shortcuts among them; comments go to `extras`."""
    new: Any = tuple[Any, ...].__new__  # half the time of the constructor
    comments = extras.comments
    before = ""
    for match in pattern(True).finditer(text, after_space(text, 0)):
        kind = match.lastgroup or UNKNOWN
        start = match.start()
        if kind == "COMMENT":
            comments.append(Comment(match[kind].rstrip("\r"), start))
            continue
        if kind not in PROTOTXT or (before, kind) in BEYOND:
            extras.plain = False
            kind = UNKNOWN if (before, kind) in HIDDEN else kind
        elif kind == "OPEN" and before in BEFORE_NAMES:
            yield from opened(Token(kind, match[kind], start))
            before = kind
            continue
        before = kind
        yield new(Token, (kind, match[kind], start))


def opened(token: Token) -> tuple[Token, Token]:
    """An OPEN whose name is that of no field, taken apart."""
    name = token.text.rstrip(" \t:{")
    return Token("NAME", name, token.start), Token("LBRACE", "{", token.end - 1)


def token_at(text: str, offset: int, comments: list[Comment], shortcuts: bool = False) -> Token:
    """The first token from `offset` on; comments before it are appended to the list."""
    tokens = pattern(shortcuts)
    offset = after_space(text, offset)
    while match := tokens.match(text, offset):
        kind = match.lastgroup or UNKNOWN
        if kind != "COMMENT":
            return Token(kind, match[kind], match.start())
        comments.append(Comment(match[kind].rstrip("\r"), match.start()))
        offset = match.end()
    return Token(END, "", len(text))


def lexed(text: str) -> tuple[Token, ...]:
    """All tokens of a text, by the finer terminals."""
    found = [token_at(text, 0, [])]
    while found[-1].type != END:
        found.append(token_at(text, found[-1].end, []))
    return tuple(found[:-1])


def brackets(text: str, offset: int = 0) -> Iterator[tuple[str, int]]:
    """The brackets from `offset` on, but for those in strings and comments, each with its place."""
    for match in _brackets().finditer(text, offset):
        if match.lastgroup:
            yield match[0], match.start()


def closing_offset(text: str, offset: int, opening: str, closing: str) -> int:
    """The offset of the bracket that closes what is open at `offset`, or the end of the text."""
    depth = 1
    for bracket, start in brackets(text, offset):
        depth += (bracket == opening) - (bracket == closing)
        if depth == 0:
            return start
    return len(text)


@cache
def _brackets() -> re.Pattern[str]:
    passed = "|".join(TERMINALS[name] for name in ("STRING", "COMMENT"))
    return re.compile(rf"{passed}|(?P<bracket>[{{}}<>\[\]()])")
