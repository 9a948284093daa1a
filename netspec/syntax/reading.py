"""A parse that can be taken back: the parser's stacks, the brackets that are open, and where lines begin."""

import re
from collections.abc import Set
from enum import Enum
from typing import Any, NamedTuple

from netspec.diagnostics.source import Source, Span
from netspec.syntax.document import Branch, Comment
from netspec.syntax.grammar import Parse, accepted, accepts
from netspec.syntax.lexer import opened
from netspec.syntax.tokens import BEYOND, BODIES, END, LAYERS, OPENING, PHASES, PROTOTXT, SHORTCUTS, Token


class Holds(Enum):
    """What a bracket is opened for."""

    FIELDS = "the fields of a message"
    LAYER = "the fields of a layer"
    STATEMENTS = "what belongs to a block, a condition or the like"
    VALUES = "values"


class Opener(NamedTuple):
    """A bracket not yet closed. `start` is where what it belongs to begins, `indent` the column at which that line's
    text begins, `height` that of the parser's stack with it. A bracket of no text was put in by a repair."""

    bracket: Token
    name: str
    start: int
    holds: Holds
    indent: int
    height: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.bracket.end)


class Reading:
    """A parse under way. `last` is the token read before, `before` the one before that."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parse = Parse()
        self.comments: list[Comment] = []
        self.openers: list[Opener] = []
        self.last: Token | None = None
        self.before: Token | None = None
        self.suspect: Opener | None = None  # by its indentation, the one whose closing bracket is missing
        self.inner: list[int] = []  # of each opener, the indentation of the first line within, or 0
        self.plain = True

    # Tokens.

    def accepts(self, kind: str) -> bool:
        return accepts(self.parse, kind)

    def expected(self) -> Set[str]:
        return accepted(self.parse) - SHORTCUTS

    def feed(self, token: Token) -> Any:
        """Takes a token that `accepts` has agreed to; at the end gives the fields."""
        value = self.parse.feed_token(token)
        first = token
        if token.type == "OPEN":
            first, token = opened(token)
            self.open(token, first)
        elif token.type == "FIELD":
            written = token.text.partition(":")[2].lstrip()
            token = Token("VALUE", written, token.end - len(written))
        elif token.type in OPENING and (token.type != "LANGLE" or self.accepts("OPEN")):  # or it compares
            self.open(token)
        elif token.type in OPENING.values() and (token.type != "RANGLE" or not self.accepts("LPAR")):
            self.close(token)
        if token.type not in _PLAIN or (self.last and (self.last.type, token.type) in BEYOND):
            self.plain = False
        self.before, self.last = (first if first is not token else self.last), token
        return value

    def open(self, bracket: Token, name: Token | None = None) -> None:
        """Notes a bracket just read."""
        height = len(self.parse.value_stack)
        held: tuple[Any, ...] = (name,) if name else self.held()[:-1]
        types = [kind(value) for value in held]
        called = bracket.type == "LPAR" and types[-1:] == ["NAME"]
        if types and types[-1] == "COLON":
            types.pop()
        named = held[len(types) - 1].text if types and types[-1] == "NAME" else ""
        start: int = bracket.start
        if bracket.type not in {"LBRACE", "LANGLE"}:
            holds = Holds.VALUES
            named, start = (named, held[-1].start) if called else ("", start)
        elif self.openers and self.openers[-1].holds is Holds.VALUES:
            holds, named = Holds.LAYER, ""
        elif not types or types == ["NAME"]:
            holds = Holds.LAYER if named in LAYERS else Holds.STATEMENTS if named in PHASES else Holds.FIELDS
            start = held[0].start if named else start
        elif types[0] in BODIES:
            holds, named = Holds.STATEMENTS, ""
            start = (held[1] if types[0] == "list" else held[0]).start
        else:
            holds, named = Holds.LAYER, ""
            start = start_of(held[0])
        self.openers.append(Opener(bracket, named, start, holds, self.indent(start), height))
        self.inner.append(0)

    def close(self, bracket: Token) -> None:
        """Notes that the innermost bracket is closed."""
        closed = self.openers.pop()
        self.inner.pop()
        indent = self.indent(bracket.start)
        ours = closed.indent <= indent or not any(opener.indent == indent for opener in self.openers)
        if bracket.text and self.begins_line(bracket) and not ours and self.suspect is None:
            self.suspect = closed
        if not self.openers:
            self.suspect = None

    # The parser's stacks.

    def held(self) -> tuple[Any, ...]:
        """What is on the stack since the last whole statement, or since what holds it was opened: tokens and nodes."""
        stack = self.parse.value_stack
        first = next((o.height for o in reversed(self.openers) if o.holds is not Holds.VALUES), 0)
        if first < len(stack) and stack[first].__class__ is list and not isinstance(stack[first][0], Branch):
            first += 1
        return tuple(stack[first:])

    def pop(self) -> None:
        self.parse.value_stack.pop()
        self.parse.state_stack.pop()
        while self.openers and self.openers[-1].height > len(self.parse.value_stack):
            self.openers.pop()
            self.inner.pop()

    def forget(self, count: int | None) -> None:
        """Drops so much of what is held, or, if None, all of it."""
        held = len(self.held())
        for _ in range(held if count is None else min(count, held)):
            self.pop()

    def whole(self) -> bool:
        """No statement is begun, or the one begun may end here."""
        if not self.openers:
            return self.accepts(END)
        innermost = self.openers[-1]
        return innermost.holds is not Holds.VALUES and self.accepts(OPENING[innermost.bracket.type])

    def close_down_to(self, index: int) -> None:
        """Closes brackets until so many are open; what cannot be closed is dropped.

        It ends: every round closes the innermost bracket, or takes it off the parser's stack.
        """
        at = self.last.end if self.last else 0
        while len(self.openers) > index:
            innermost = self.openers[-1]
            closing = OPENING[innermost.bracket.type]
            while len(self.parse.value_stack) > innermost.height and not self.closes(closing):
                self.pop()
            if self.closes(closing):
                self.feed(Token(closing, "", at))
            else:
                self.pop()
                self.forget(None)

    def closes(self, bracket: str) -> bool:
        """Whether a closing bracket may come next, and would close what is open: `>` may compare instead."""
        return self.accepts(bracket) and (bracket != "RANGLE" or not self.accepts("EQ"))

    # Lines.

    def begins_line(self, token: Token) -> bool:
        return self.first_on_line(token.start) == token.start

    def indent(self, offset: int) -> int:
        """The column of the first character that is no blank, on the line that holds `offset`."""
        return self.source.position(self.first_on_line(offset)).column

    def first_on_line(self, offset: int) -> int:
        column = self.source.position(offset).column
        blanks = _BLANKS.match(self.source.text, offset - column + 1)
        return blanks.end() if blanks else 0


_PLAIN = PROTOTXT | {"VALUE", END}
_BLANKS = re.compile(r"\ufeff?[ \t]*")


def kind(value: Any) -> str:
    """Of what is on the parser's stack: a token's type, or a node's class."""
    return value.type if isinstance(value, Token) else value.__class__.__name__


def start_of(value: Any) -> int:
    """Where what is on the parser's stack begins. Of a list of branches, where the first does."""
    first: Any = value[0] if value.__class__ is list else value
    return first.start
