"""Brackets that nobody closed: told by the statement that cannot stand within them, and by indentation."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from netspec.diagnostics import Diagnostic, Label
from netspec.diagnostics.source import Source, Span
from netspec.problems import syntax as problems
from netspec.syntax.lexer import brackets, closing_offset, token_at
from netspec.syntax.reading import Holds, Opener, Reading
from netspec.syntax.tokens import LAYERS, MARKS, MESSAGE_STARTS, OPENING, STATEMENTS, Token

NEAR = 5_000  # characters, within which braces in a call are expected to close


class Unclosed:
    """Looks for them while a text is read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.source = reading.source

    @cached_property
    def unbalanced(self) -> frozenset[str]:
        """The opening marks of which there are more in the text than of their partners."""
        counts = Counter(mark for mark, _ in brackets(self.source.text))
        return frozenset(mark for mark, partner in ("{}", "()", "[]") if counts[mark] > counts[partner])

    def index(self, token: Token) -> int | None:
        """The outermost of the open brackets that have to be closed before this token, if any."""
        reading = self.reading
        if not reading.openers or not (name := self.begins_statement(token)):
            return None
        indent = reading.indent(token.start)
        starts_layer = name in LAYERS
        for index, opener in enumerate(reading.openers):
            if starts_layer and opener.holds is Holds.LAYER and not self.in_old_layer(name):
                return index
            if indent <= opener.indent and self.missed(opener, index, token):
                return index
        return None

    def before_braces(self, token: Token) -> bool:
        """Whether a call's parenthesis lacks its partner before this brace: `Convolution(x {`. Braces may stand in a
        call, behind a type, but then the call goes on behind them.
        """
        reading = self.reading
        if token.type != "LBRACE" or not reading.openers or reading.before is None or "(" not in self.unbalanced:
            return False
        innermost = reading.openers[-1].bracket
        if innermost.type != "LPAR" or (reading.before is not innermost and reading.before.type != "COMMA"):
            return False
        near = self.source.text[token.end : token.end + NEAR]
        closing = closing_offset(near, 0, "{", "}")
        return token_at(near, closing + 1, []).type not in {"COMMA", "RPAR", "PIPE"}

    def begins_statement(self, token: Token) -> str:
        """The first word of the statement that the token begins, with its line, or ""."""
        if token.type not in STATEMENTS | {"NAME", "OPEN", "STRING", "ELSE"} or not self.reading.begins_line(token):
            return ""
        if token.type in STATEMENTS or token.type == "ELSE":
            return token.text
        following = token if token.type == "OPEN" else token_at(self.source.text, token.end, [])
        name = token.text.rstrip(" \t:{")
        if following.type == "EQUALS" or (name in LAYERS and following.type in {"COLON", *MESSAGE_STARTS}):
            return name
        return name if following.type in MESSAGE_STARTS and token.type != "STRING" else ""

    def in_old_layer(self, name: str) -> bool:
        """Whether this is V0's: layers { layer { … } }."""
        return self.reading.openers[-1].name == "layers" and name == "layer"

    def missed(self, opener: Opener, index: int, token: Token) -> bool:
        """Whether indentation tells that the bracket is not closed before this token."""
        mark = MARKS.get(opener.bracket.type, "{")
        if mark not in self.unbalanced or not opener.bracket.text:
            return False
        if opener.holds is Holds.VALUES:
            return True
        inner = self.reading.inner[index]
        return inner > opener.indent if inner else self.reading.last is not opener.bracket

    def problem(self, index: int, following: Token | None) -> Diagnostic:
        """What to say of the brackets from this one on. following: what begins the next statement."""
        opened = self.reading.openers[index:]
        suspect = self.reading.suspect
        if suspect and len(opened) == 1 and suspect.bracket.start > opened[0].bracket.start:
            opened = [suspect]
        titles = [f'"{title(self.source, opener)}"' for opener in reversed(opened[:3])]
        message = f"{' and '.join(titles)} {'is' if len(titles) == 1 else 'are'} not closed"
        labels = [Label(self.source, opener.span, "opened here") for opener in reversed(opened)]
        if following:
            end = following.start + len(following.text.rstrip(" \t:{"))
            name = self.source.text[following.start : end]
            what = "layer" if name in LAYERS else "field" if following.type == "OPEN" else "statement"
            labels.append(Label(self.source, Span(following.start, end), f"the next {what} begins here"))
        closing = " ".join(MARKS[OPENING[opener.bracket.type]] for opener in reversed(opened))
        return problems.UnclosedMessage(message, tuple(labels), f'close with "{closing}"')


def title(source: Source, opener: Opener) -> str:
    """What the bracket belongs to, with it, on one line: `layer {`, `block f(x) -> y {`."""
    bracket = opener.bracket.text or "{"
    if opener.name:
        return f"{opener.name}(" if bracket == "(" else f"{opener.name} {bracket}"
    text = " ".join(source.text[opener.start : opener.bracket.end].split())
    return text if len(text) <= 40 else f"{text[:36]}… {bracket}"
