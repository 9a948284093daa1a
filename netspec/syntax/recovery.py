"""Reading a text with errors: report each once, repair it as a person would, go on."""

from __future__ import annotations

import re
from collections.abc import Set
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from lark import UnexpectedToken

from netspec.diagnostics import Diagnostic, Label
from netspec.problems import syntax as problems
from netspec.source import Source, Span
from netspec.syntax.document import Comment, Document
from netspec.syntax.grammar import new_parse
from netspec.syntax.lexer import MAX_DEPTH, closing_offset, token_at
from netspec.syntax.mistakes import give_up, recognise
from netspec.syntax.situation import Repair, Situation
from netspec.syntax.tokens import END, LAYERS, MARKS, MESSAGE_STARTS, OPENING, SHORTCUTS, UNKNOWN, Token

MAX_PROBLEMS = 100  # a file with more is no spec
MAX_DROPPED = 1000  # tokens dropped without a report of their own


class Opener(NamedTuple):
    """A bracket not yet closed, the field it belongs to, and the column at which its line's text begins."""

    name: Token | None
    bracket: Token
    indent: int

    @property
    def title(self) -> str:
        bracket = self.bracket.text or "{"
        return f"{self.name.text} {bracket}" if self.name else bracket

    @property
    def span(self) -> Span:
        return Span(self.name.start if self.name else self.bracket.start, self.bracket.end)


def recover(source: Source) -> tuple[Document, list[Diagnostic]]:
    """The document and at least one diagnostic, for a text that the plain parser refused."""
    reading = _Reading(source)
    fields = reading.run()
    return Document(source, fields, tuple(reading.comments)), reading.diagnostics


class _Reading:
    """A parse under way. `last` is the token read before, `openers` the brackets that are open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parse = new_parse()
        self.comments: list[Comment] = []
        self.diagnostics: list[Diagnostic] = []
        self.openers: list[Opener] = []
        self.last: Token | None = None
        self.suspect: Opener | None = None  # by its indentation, the one whose closing bracket is missing
        self.accepted = 0  # tokens since the last error
        self.dropped = 0
        self.error_line = 0

    def run(self) -> Any:
        """The fields. Shortcuts are taken where they fit; where one does not, finer tokens are read in its place."""
        text, offset, stuck, shortcuts = self.source.text, 0, -1, True
        while True:
            token = token_at(text, offset, self.comments, shortcuts)
            if len(self.diagnostics) >= MAX_PROBLEMS or self.dropped >= MAX_DROPPED:
                return self.stop(token)
            if token.type == END and self.openers:
                self.report_unclosed(0, None)
                self.close_down_to(0)
            elif (index := self.unfinished_layer(token)) is not None:
                self.report_unclosed(index, token)
                self.close_down_to(index)
            try:
                value = self.feed(token)
            except UnexpectedToken as error:
                if token.type in SHORTCUTS:
                    offset, shortcuts = token.start, False
                    continue
                repair = self.find_repair(token, error.expected, give_way=stuck == token.start)
                stuck, offset, shortcuts = token.start, self.apply(repair), True
                continue
            if token.type == END:
                return value
            offset, shortcuts, self.accepted = token.end, True, self.accepted + 1
            if token.type in MESSAGE_STARTS and len(self.openers) > MAX_DEPTH:
                offset = self.skip_message(token)

    # The parser's stacks.

    def feed(self, token: Token) -> Any:
        value = self.parse.feed_token(token, token.type == END)
        if token.type == "OPEN":
            name = Token("NAME", token.text.rstrip(" \t:{"), token.start)
            bracket = Token("LBRACE", "{", token.end - 1)
            self.openers.append(Opener(name, bracket, self.indent(token)))
            token = bracket
        elif token.type == "FIELD":
            written = token.text.partition(":")[2].lstrip()
            token = Token("VALUE", written, token.end - len(written))
        elif token.type in OPENING:
            self.openers.append(Opener(self.field_name(), token, self.indent(token)))
        elif token.type in OPENING.values():
            closed = self.openers.pop()
            indent = self.indent(token)
            ours = closed.indent <= indent or not any(opener.indent == indent for opener in self.openers)
            if token.text and self.begins_line(token) and not ours and self.suspect is None:
                self.suspect = closed
        if not self.openers:
            self.suspect = None
        self.last = token
        return value

    def held(self) -> tuple[Token, ...]:
        """The tokens on the stack since the last whole field or opened message."""
        stack = self.parse.value_stack
        first = len(stack)
        while first and stack[first - 1].__class__ is Token and not _opens_message(stack[first - 1]):
            first -= 1
        return tuple(stack[first:])

    def field_name(self) -> Token | None:
        """The name of the field whose value begins with the token just read."""
        held = [value for value in self.parse.value_stack[-3:-1] if value.__class__ is Token]
        if held and held[-1].type == "COLON":
            held.pop()
        return held[-1] if held and held[-1].type == "NAME" else None

    def pop(self) -> None:
        value = self.parse.value_stack.pop()
        self.parse.state_stack.pop()
        if self.openers and value is self.openers[-1].bracket:
            self.openers.pop()

    def forget_field(self) -> None:
        """Drops the field begun: back to the last whole field, or to the bracket that opened its message."""
        stack = self.parse.value_stack
        while stack and not (stack[-1].__class__ is list or _opens_message(stack[-1])):
            self.pop()

    def close_down_to(self, index: int) -> None:
        at = self.last.end if self.last else 0
        while len(self.openers) > index:
            closing = Token(OPENING[self.openers[-1].bracket.type], "", at)
            try:
                self.feed(closing)
            except UnexpectedToken:
                self.forget_field()

    # Errors.

    def find_repair(self, token: Token, expected: Set[str], give_way: bool) -> Repair:
        situation = self.situation(token, expected)
        # A token is at fault if it begins none or follows an error at once; else what it follows may be.
        fault = token if token.type == UNKNOWN or not self.accepted or self.last is None else self.last
        line = self.source.position(fault.start).line
        if give_way or (self.accepted < 2 and line == self.error_line):
            # On the line of the last error and hardly a token since: this is its consequence, not another one.
            self.dropped += 1
            repair = give_up(situation)
        else:
            repair = recognise(situation)
            self.diagnostics.append(repair.problem)
        self.accepted, self.error_line = 0, self.source.position(token.start).line
        return repair

    def situation(self, token: Token, expected: Set[str]) -> Situation:
        inside = self.openers[-1].bracket.type if self.openers else ""
        impossible = {*OPENING.values(), END} - {OPENING.get(inside, END)}
        if inside == "LSQUARE" and "COMMA" in expected:
            impossible |= {"NAME", "SEMICOLON"}
        following = token_at(self.source.text, token.end, [])
        return Situation(
            self.source, token, following, self.last, self.held(), expected - impossible - SHORTCUTS, inside
        )

    def apply(self, repair: Repair) -> int:
        if repair.forget is None:
            self.forget_field()
        for _ in range(repair.forget or 0):
            self.pop()
        for token in repair.feed:
            with suppress(UnexpectedToken):
                self.feed(token)
        return repair.resume

    def skip_message(self, token: Token) -> int:
        """Leaves empty a message that stands too deep; the offset of the bracket that closes it."""
        if not any(isinstance(problem, problems.TooDeep) for problem in self.diagnostics):
            where = (Label(self.source, Span(token.start, token.end), f"this is level {len(self.openers)}"),)
            self.diagnostics.append(problems.TooDeep(f"messages stand more than {MAX_DEPTH} levels deep", where))
        return closing_offset(self.source.text, token.end)

    def stop(self, token: Token) -> Any:
        """The end of patience: what was read so far is the document."""
        last = self.diagnostics[-1]
        where = f"reading stopped at line {self.source.position(token.start).line}: too many errors"
        self.diagnostics[-1] = replace(last, help=f"{last.help}\n{where}" if last.help else where)
        self.close_down_to(0)
        end = Token(END, "", len(self.source.text))
        try:
            return self.feed(end)
        except UnexpectedToken:
            self.forget_field()
            return self.feed(end)

    # Brackets that nobody closed.

    def unfinished_layer(self, token: Token) -> int | None:
        """The index of the opened layer within which this token begins another, at the start of a line."""
        name = token.text.rstrip(" \t:{")
        if token.type not in {"NAME", "OPEN"} or name not in LAYERS or not self.begins_line(token):
            return None
        names = [opener.name.text if opener.name else "" for opener in self.openers]
        index = next((i for i, name in enumerate(names) if name in LAYERS), None)
        if index is None or (names[-1] == "layers" and name == "layer"):  # V0: layers { layer { … } }
            return None
        following = token if token.type == "OPEN" else token_at(self.source.text, token.end, [])
        return index if following.type in {"COLON", *MESSAGE_STARTS} else None

    def report_unclosed(self, index: int, next_layer: Token | None) -> None:
        opened = self.openers[index:]
        if self.suspect and len(opened) == 1 and self.suspect.bracket.start > opened[0].bracket.start:
            opened = [self.suspect]
        titles = [f'"{opener.title}"' for opener in reversed(opened[:3])]
        message = f"{' and '.join(titles)} {'is' if len(titles) == 1 else 'are'} not closed"
        labels = [Label(self.source, opener.span, "opened here") for opener in reversed(opened)]
        if next_layer:
            name_end = next_layer.start + len(next_layer.text.rstrip(" \t:{"))
            labels.append(Label(self.source, Span(next_layer.start, name_end), "the next layer begins here"))
        closing = " ".join(MARKS[OPENING[opener.bracket.type]] for opener in reversed(opened))
        self.diagnostics.append(problems.UnclosedMessage(message, tuple(labels), f'close with "{closing}"'))

    # Lines.

    def begins_line(self, token: Token) -> bool:
        return self.first_on_line(token) == token.start

    def indent(self, token: Token) -> int:
        """The width of the blanks before the line's first character."""
        return self.source.position(self.first_on_line(token)).column

    def first_on_line(self, token: Token) -> int:
        line = self.source.position(token.start).line
        blanks = _BLANKS.match(self.source.text, self.source.line_starts[line - 1])
        return blanks.end() if blanks else 0


_BLANKS = re.compile(r"[ \t]*")


def _opens_message(value: Any) -> bool:
    return value.__class__ is Token and value.type in MESSAGE_STARTS
