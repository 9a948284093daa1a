"""Where the parser stands when a token does not fit, and what may be done about it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Label
from netspec.problems import syntax as problems
from netspec.source import Source, Span
from netspec.syntax.tokens import END, Token, expectation


@dataclass(frozen=True)
class Situation:
    """Where the parser stands when a token does not fit.

    `held` are the tokens of the field begun and not finished (`type`, say, or `type` and `:`), or those of a value that
    is complete but for what follows; `last` is the token read before `token`, which does not fit, `following` the next.
    """

    source: Source
    token: Token
    following: Token
    last: Token | None
    held: tuple[Token, ...]
    expected: Set[str]
    inside: str  # type of the innermost bracket that is open, or ""

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(token.type for token in self.held)

    @property
    def same_line(self) -> bool:
        """The token stands on the line of the one before."""
        return self.last is not None and "\n" not in self.source.text[self.last.end : self.token.start]

    @property
    def between_fields(self) -> bool:
        """A field is complete, or none is begun."""
        return "NAME" in self.expected and not self.expected.isdisjoint({END, "RBRACE", "RANGLE"})


class Repair(NamedTuple):
    """`forget` drops so many held tokens (or, if None, all of the field begun), `feed` is read in their place, and then
    the text from `resume` on."""

    problem: Diagnostic
    resume: int
    feed: tuple[Token, ...] = ()
    forget: int | None = 0


def shown(token: Token) -> str:
    """A token in a message: quoted, on one line, not too long."""
    text = " ".join(token.text.split())
    text = text if len(text) <= 40 else text[:39] + "…"
    return text if text[:1] in "\"'" else f'"{text}"'


def unexpected(s: Situation, help: str | None = None, message: str | None = None, note: str = "") -> Diagnostic:
    """The parser's own words: what could stand here, and after what."""
    after = ""
    if s.types[-2:] == ("NAME", "COLON"):
        after = f' after "{s.held[-2].text}:"'
    elif s.last is not None:
        after = f" after {shown(s.last)}"
    message = message or f"expected {expectation(s.expected)}{after}"
    return problems.UnexpectedToken(message, (Label(s.source, Span(s.token.start, s.token.end), note),), help)


def one_line(text: str) -> str:
    """A value as an example repeats it, if it is short enough for that."""
    return text if len(text) <= 40 and "\n" not in text else "…"
