"""Text to tokens, by the terminals that `net.lark` defines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from netspec.syntax.document import Comment
from netspec.syntax.grammar import grammar
from netspec.syntax.tokens import BEFORE_NAMES, END, PROTOTXT, RELATIONS, SHORTCUTS, UNKNOWN, Token

MAX_DEPTH = 100  # messages within messages; real nets reach 5


class Unreadable(Exception):
    """The quick lexer leaves this text to `netspec.syntax.recovery`."""


@cache
def pattern(shortcuts: bool) -> re.Pattern[str]:
    """One alternative a terminal, a group of its name, then any space. It matches at every offset: nothing is skipped.

    Without `shortcuts` only the finer terminals take part, those in whose words errors are reported.
    """
    space = grammar().get_terminal("SPACE")
    used = [t for t in grammar().terminals if t is not space and (shortcuts or t.name not in SHORTCUTS)]
    used.sort(key=lambda terminal: (-terminal.priority, terminal.name))
    groups = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in used]
    return re.compile(f"(?:{'|'.join(groups)}|(?P<{UNKNOWN}>(?s:.)))(?:{space.pattern.to_regexp()})?")


@cache
def _space() -> re.Pattern[str]:
    return re.compile(f"(?:{grammar().get_terminal('SPACE').pattern.to_regexp()})?")


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
    """The tokens, shortcuts among them; comments go to `extras`.

    Raises Unreadable where messages stand too deeply within one another.
    """
    new: Any = tuple[Any, ...].__new__  # half the time of the constructor
    comments, brackets = extras.comments, _Brackets()
    depth = 0
    before = ""
    for match in pattern(True).finditer(text, after_space(text, 0)):
        kind = match.lastgroup or UNKNOWN
        start = match.start()
        if kind == "COMMENT":
            comments.append(Comment(match[kind].rstrip("\r"), start))
            continue
        if kind == "RBRACE":
            depth -= 1
        elif kind == "OPEN" or kind == "LBRACE":
            depth += 1
            brackets.condition = ""
        elif kind in _COUNTED:
            brackets.count(kind)
        if depth + brackets.depth > MAX_DEPTH:
            raise Unreadable
        if kind not in PROTOTXT:
            extras.plain = False
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


class _Brackets:
    """How deep brackets stand but for braces. In parentheses and conditions, `<` and `>` compare."""

    def __init__(self) -> None:
        self.depth = self.parentheses = 0
        self.condition = ""

    def count(self, kind: str) -> None:
        if kind in _CONDITIONS:
            self.condition = kind
        elif kind in RELATIONS and (self.parentheses or self.condition):
            self.condition = self.condition if self.condition == "IF" else ""
        elif kind in _STEPS:
            self.depth += _STEPS[kind]
            self.parentheses += _STEPS[kind] if kind in {"LPAR", "RPAR"} else 0


_CONDITIONS = frozenset({"IF", "EXPECT"})
_STEPS = {"LANGLE": 1, "RANGLE": -1, "LSQUARE": 1, "RSQUARE": -1, "LPAR": 1, "RPAR": -1}
_COUNTED = _CONDITIONS | RELATIONS | _STEPS.keys()


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


def closing_offset(text: str, offset: int) -> int:
    """The offset of the bracket that closes what is open at `offset`, or the end of the text."""
    depth = 1
    for match in _brackets().finditer(text, offset):
        depth += (match.lastgroup == "opening") - (match.lastgroup == "closing")
        if depth == 0:
            return match.start()
    return len(text)


@cache
def _brackets() -> re.Pattern[str]:
    passed = "|".join(grammar().get_terminal(name).pattern.to_regexp() for name in ("STRING", "COMMENT"))
    return re.compile(rf"{passed}|(?P<opening>[{{<\[])|(?P<closing>[}}>\]])")
