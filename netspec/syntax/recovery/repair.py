"""Reading a text with errors: report each once, repair it as a person would, go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netspec.diagnostics import Diagnostic, Label
from netspec.diagnostics.source import Source, Span
from netspec.problems import syntax as problems
from netspec.syntax.document import Document
from netspec.syntax.lexer import closing_offset, token_at
from netspec.syntax.reading import Holds, Reading, kind, start_of
from netspec.syntax.recovery.habits import ELSE_IF, is_unit
from netspec.syntax.recovery.mistakes import give_up, recognise
from netspec.syntax.recovery.situation import Repair, Situation
from netspec.syntax.recovery.synchronise import next_statement
from netspec.syntax.recovery.unclosed import Unclosed
from netspec.syntax.tokens import (
    END,
    HIDDEN,
    MARKS,
    MAX_DEPTH,
    MESSAGE_STARTS,
    OPENING,
    SHORTCUTS,
    STATEMENTS,
    UNKNOWN,
    Token,
)

MAX_PROBLEMS = 100  # a file with more is no spec
MAX_DROPPED = 1000  # tokens dropped without a report of their own


def recover(source: Source) -> tuple[Document, list[Diagnostic]]:
    """The document and at least one diagnostic, for a text that the plain parser refused."""
    recovery = _Recovery(source)
    fields = recovery.run()
    reading = recovery.reading
    return Document(source, fields, tuple(reading.comments), reading.plain), recovery.diagnostics


class _Recovery:
    """Drives a reading through a text. Every round of `run` gets on by a token or drops something that is held."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.reading = Reading(source)
        self.unclosed = Unclosed(self.reading)
        self.diagnostics: list[Diagnostic] = []
        self.accepted = 0  # tokens since the last error
        self.dropped = 0
        self.error_line = 0

    def run(self) -> Any:
        """The fields. Shortcuts are taken where they fit; where one does not, finer tokens are read in its place."""
        reading, text = self.reading, self.source.text
        offset, furthest, tries, shortcuts = 0, -1, 0, True
        while True:
            token = token_at(text, offset, reading.comments, shortcuts)
            if len(self.diagnostics) >= MAX_PROBLEMS or self.dropped >= MAX_DROPPED:
                return self.stop(token)
            if not shortcuts or token.type not in SHORTCUTS or reading.accepts(token.type):
                token = self.read_else(self.close_unclosed(token))
            fits = reading.accepts(token.type) and not self.misplaced(token)
            if not fits and token.type in SHORTCUTS:
                offset, shortcuts = token.start, False
                continue
            shortcuts = True
            if not fits:
                tries = 0 if token.start > furthest else tries + 1
                furthest = max(furthest, token.start)
                offset = self.repair(token, tries)
                continue
            if token.type == "NOT" and len(reading.parse.state_stack) > 5 * MAX_DEPTH:
                self.report_depth(token)
                offset = token.end
                continue
            value = reading.feed(token)
            if token.type == END:
                return value
            self.accepted += 1
            offset = self.skip_deep(token) if len(reading.openers) > MAX_DEPTH else token.end

    # Errors.

    def repair(self, token: Token, tries: int) -> int:
        """Gets over a token that does not fit; the offset at which to go on. tries: how often it was met before."""
        situation = self.situation(token)
        # A token is at fault if it begins none or follows an error at once; else what it follows may be.
        last = self.reading.last
        fault = token if token.type == UNKNOWN or not self.accepted or last is None else last
        line = self.source.position(fault.start).line
        # A text between fields is at fault itself, though one could begin a binding.
        accepted = self.accepted - (situation.types == ("STRING",))
        if tries or (accepted < 2 and line == self.error_line):
            # On the line of the last error and hardly a token since: this is its consequence, not another one.
            self.dropped += 1
            drop = Repair(self.diagnostics[-1], token.end, forget=None)
            known = situation.in_statement and not tries
            found = drop if tries > 1 else recognise(situation) if known else give_up(situation)
        else:
            found = recognise(situation)
            self.diagnostics.append(found.problem)
        self.accepted, self.error_line = 0, self.source.position(token.start).line
        return self.apply(found, situation)

    def situation(self, token: Token) -> Situation:
        reading = self.reading
        held = reading.held()
        begun = start_of(held[0]) if held else token.start
        outdented = reading.begins_line(token) and reading.indent(token.start) <= reading.indent(begun)
        following = token_at(self.source.text, token.end, [])
        opener = reading.openers[-1] if reading.openers else None
        return Situation(
            self.source,
            token,
            following,
            reading.last,
            reading.before,
            held,
            reading.expected(),
            opener,
            reading.plain,
            outdented,
        )

    def apply(self, repair: Repair, situation: Situation) -> int:
        reading = self.reading
        if repair.forget is None and situation.in_statement:
            begun = start_of(situation.held[0])
            reading.forget(None)
            if repair.resume == situation.token.start and not repair.feed:
                return next_statement(reading, begun, situation.token)
        reading.forget(repair.forget)
        for token in repair.feed:
            if reading.accepts(token.type):
                reading.feed(token)
            elif not token.text and token.type in OPENING.values():
                reading.close_down_to(len(reading.openers) - 1)
        return repair.resume

    def skip_deep(self, token: Token) -> int:
        """Leaves empty what stands too deep; the offset of the bracket that closes it."""
        self.report_depth(token)
        innermost = self.reading.openers[-1].bracket.type
        return closing_offset(self.source.text, token.end, MARKS[innermost], MARKS[OPENING[innermost]])

    def report_depth(self, token: Token) -> None:
        if not any(isinstance(problem, problems.TooDeep) for problem in self.diagnostics):
            where = (Label(self.source, Span(token.start, token.end), f"this is level {len(self.reading.openers)}"),)
            self.diagnostics.append(problems.TooDeep(f"brackets stand more than {MAX_DEPTH} levels deep", where))

    def stop(self, token: Token) -> Any:
        """The end of patience: what was read so far is the document."""
        last = self.diagnostics[-1]
        where = f"reading stopped at line {self.source.position(token.start).line}: too many errors"
        self.diagnostics[-1] = replace(last, help=f"{last.help}\n{where}" if last.help else where)
        self.reading.close_down_to(0)
        if not self.reading.accepts(END):
            self.reading.forget(None)
        return self.reading.feed(Token(END, "", len(self.source.text)))

    # What a token tells before it is read.

    def misplaced(self, token: Token) -> bool:
        """Whether a token is at fault although the parser would take it: a keyword that begins a line is one, even
        where the statement before lacks a value; a unit behind a number is not the next statement.
        """
        reading = self.reading
        last = reading.last
        if last is None or last.type == "ELSE":
            return False
        if token.type in STATEMENTS:
            return (last.type, token.type) in HIDDEN or (reading.begins_line(token) and not reading.whole())
        if is_unit(last, token) and not reading.begins_line(token) and reading.whole():
            begun = reading.held()[:1]
            following = token_at(self.source.text, token.end, []).type
            names = following in {"COLON", "EQUALS", "COMMA", *MESSAGE_STARTS}
            return bool(begun) and kind(begun[0]) in {"EXPECT", "LET", "Scalar"} and not names
        return self.unclosed.before_braces(token)

    def close_unclosed(self, token: Token) -> Token:
        """Closes the brackets that cannot be open any more where this token stands."""
        reading = self.reading
        if token.type == END:
            while reading.openers and not reading.openers[-1].bracket.text:
                reading.close_down_to(len(reading.openers) - 1)
            if reading.openers:
                self.diagnostics.append(self.unclosed.problem(0, None))
                reading.close_down_to(0)
            return token
        if not reading.openers or not reading.begins_line(token):
            return token
        indent = reading.indent(token.start)
        while reading.openers and self.ends_by_indentation(token, indent):
            reading.close_down_to(len(reading.openers) - 1)
        if (index := self.unclosed.index(token)) is not None:
            self.diagnostics.append(self.unclosed.problem(index, token))
            reading.close_down_to(index)
        if reading.openers and token.type not in OPENING.values():
            reading.inner[-1] = reading.inner[-1] or indent
        return token

    def read_else(self, token: Token) -> Token:
        """`elif` read as `else if`, and `else` as one although no brace follows it."""
        if token.type != "NAME" or token.text not in ELSE_IF | {"else"} or not self.reading.accepts("ELSE"):
            return token
        keyword = token._replace(type="ELSE")
        if token.text == "else":
            return keyword
        where = (Label(self.source, Span(token.start, token.end)),)
        self.diagnostics.append(problems.UnexpectedToken(f'there is no "{token.text}"', where, 'write "else if"'))
        self.reading.feed(keyword)
        return token._replace(type="IF")

    def ends_by_indentation(self, token: Token, indent: int) -> bool:
        """Whether the innermost bracket, which a repair put in, is closed by where the token stands."""
        innermost = self.reading.openers[-1]
        if innermost.bracket.text or innermost.holds is not Holds.STATEMENTS:
            return False
        return indent < innermost.indent or (indent == innermost.indent and token.type != "RBRACE")
