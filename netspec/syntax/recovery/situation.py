"""Where the parser stands when a token does not fit, and what may be done about it."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from netspec.diagnostics import Diagnostic, Label
from netspec.diagnostics.fix import Fix
from netspec.diagnostics.source import Source, Span
from netspec.problems import syntax as problems
from netspec.syntax.lexer import token_at
from netspec.syntax.reading import Holds, Opener, kind
from netspec.syntax.tokens import END, LAYERS, MESSAGE_STARTS, OPENING, OPERATIONS, STATEMENTS, Token, expectation


@dataclass(frozen=True)
class Situation:
    """Where the parser stands when a token does not fit.

    `held` is what has been read of the statement begun (`type`, say, or `type` and `:`), or of one that is complete but
    for what may follow; `last` is the token read before `token`, which does not fit, `before` the one before that, and
    `following` the next.
    """

    source: Source
    token: Token
    following: Token
    last: Token | None
    before: Token | None
    held: tuple[Any, ...]
    expected: Set[str]
    opener: Opener | None  # the innermost bracket that is open
    plain: bool  # nothing but prototxt has been read
    outdented: bool  # the token begins a line that stands no deeper than the one on which the statement begins

    @property
    def types(self) -> tuple[str, ...]:
        """Of what is held, tokens' types and nodes' classes."""
        return tuple(kind(value) for value in self.held)

    @property
    def head(self) -> str:
        """The type of what the statement begins with, or ""."""
        return kind(self.held[0]) if self.held else ""

    @property
    def in_statement(self) -> bool:
        """What is begun is more than a field."""
        return self.head in STATEMENTS | {"Scalar", "list"}  # a list: of an if's branches

    @property
    def inside(self) -> str:
        """The type of the innermost bracket that is open, or ""."""
        return self.opener.bracket.type if self.opener else ""

    @property
    def in_fields(self) -> bool:
        """Inside a layer or a message, where nothing but fields makes sense."""
        return self.opener is not None and self.opener.holds in {Holds.LAYER, Holds.FIELDS}

    @property
    def same_line(self) -> bool:
        """The token stands on the line of the one before."""
        return self.last is not None and "\n" not in self.source.text[self.last.end : self.token.start]

    @property
    def between_fields(self) -> bool:
        """A field is complete, or none is begun."""
        return "NAME" in self.expected and not self.expected.isdisjoint({END, "RBRACE", "RANGLE"})

    @property
    def touching(self) -> bool:
        """Nothing stands between the token and the next."""
        return self.following.start == self.token.end

    @property
    def one_line(self) -> bool:
        """The next token stands on the token's line."""
        return "\n" not in self.source.text[self.token.end : self.following.start]

    @property
    def begins_field(self) -> bool:
        """The token is a field's name, on a line of its own."""
        return not self.same_line and self.token.type == "NAME" and self.following.type in {"COLON", *MESSAGE_STARTS}

    def label(self, start: int, end: int, text: str = "") -> tuple[Label, ...]:
        return (Label(self.source, Span(start, end), text),)

    def word(self, start: int, text: str = r"[^\s{}\[\]()<>,;#\"']*") -> str:
        """What stands at `start`, up to the next blank or bracket."""
        found = re.compile(text).match(self.source.text, start)
        return found[0] if found else ""

    def rest_of_line(self, start: int) -> tuple[Token, ...]:
        """The tokens from `start` on that stand on its line."""
        return self.tokens(start, min(self.line_end(start), start + 1000))

    def tokens(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens that begin between two offsets."""
        found: list[Token] = []
        while (token := token_at(self.source.text, start, [])).start < end and token.type != END:
            found.append(token)
            start = token.end
        return tuple(found)

    def line_end(self, start: int) -> int:
        found = self.source.text.find("\n", start)
        return len(self.source.text) if found < 0 else found

    def next_word(self, start: int) -> str:
        """What an example repeats of the line's rest: its first word, or …"""
        tokens = self.rest_of_line(start)
        return one_line(tokens[0].text) if tokens else "…"

    def quoted(self, text: str, start: int) -> Token:
        return Token("STRING", f'"{_QUOTES.sub("", text)}"', start)

    def listed(self, sizes: Sequence[str], start: int) -> tuple[Token, ...]:
        """The tokens of a list of sizes."""
        tokens = [Token("LSQUARE", "", start)]
        for size in sizes:
            comma = [Token("COMMA", "", start)] if len(tokens) > 1 else []
            tokens += [*comma, Token("NUMBER" if size.isdigit() else "NAME", size, start)]
        return (*tokens, Token("RSQUARE", "", start))


class Repair(NamedTuple):
    """`forget` drops so much of what is held (or, if None, the whole statement begun), `feed` is read in its place, and
    then the text from `resume` on."""

    problem: Diagnostic
    resume: int
    feed: tuple[Token, ...] = ()
    forget: int | None = 0


def shown(token: Token) -> str:
    """A token in a message: quoted, on one line, not too long."""
    text = " ".join(token.text.split())
    text = text if len(text) <= 40 else text[:39] + "…"
    return text if text[:1] in "\"'" else f'"{text}"'


def unexpected(
    s: Situation, help: str | None = None, message: str | None = None, note: str = "", fix: Fix | None = None
) -> Diagnostic:
    """The parser's own words: what could stand here, and after what."""
    whole = s.between_fields and s.head in {"LET", "EXPECT", "Scalar"}
    wanted = "an operator or the next statement" if whole else expectation(s.expected, only_field(s))
    message = message or f"expected {wanted}{after(s)}"
    return problems.UnexpectedToken(message, s.label(s.token.start, s.token.end, note), help, fix)


def insert(s: Situation, kind: str, help: str) -> Repair:
    """Puts in a token that is missing before the one that does not fit."""
    return Repair(unexpected(s, help), s.token.start, (Token(kind, "", s.token.start),))


def replace(s: Situation, kind: str, help: str, message: str | None = None, resume: int | None = None) -> Repair:
    """Reads the token that does not fit as one of another type."""
    fed = (Token(kind, OPERATIONS.get(kind, s.token.text), s.token.start),)
    return Repair(unexpected(s, help, message), s.token.end if resume is None else resume, fed)


def after(s: Situation) -> str:
    if s.types == ("NAME", "COLON"):
        return f' after "{s.held[0].text}:"'
    return f" after {shown(s.last)}" if s.last is not None and s.last.text else ""


def only_field(s: Situation) -> bool:
    """What is begun can, or should, be nothing but a field."""
    name = s.held[0].text if s.types == ("NAME",) else ""
    return s.in_fields or name in LAYERS or name.endswith(("_param", "_filler"))


def wrong(s: Situation, message: str, start: int, end: int, help: str | None = None) -> Diagnostic:
    return problems.UnexpectedToken(message, s.label(start, end), help)


def new_statement(s: Situation) -> str:
    """What may stand where a statement begins."""
    closing = {"RBRACE": '"}"', "RANGLE": '">"'}.get(OPENING.get(s.inside, ""), "the end of the file")
    return f"a field name or {closing}"


_QUOTES = re.compile(r"[\"'\\\n]")


def one_line(text: str) -> str:
    """A value as an example repeats it, if it is short enough for that."""
    return text if len(text) <= 40 and "\n" not in text else "…"
