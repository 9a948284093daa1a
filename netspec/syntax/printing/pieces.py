"""From nodes to pieces: how each statement and expression is spelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from netspec.syntax.document import (
    Argument,
    Binding,
    Block,
    Call,
    Expect,
    Expression,
    Field,
    If,
    Import,
    InputShape,
    Items,
    Let,
    Message,
    Operation,
    Parameter,
    Pipe,
    Repeat,
    Scalar,
    Stage,
    Statement,
)
from netspec.syntax.printing.layout import Line, Mark, Open, Piece
from netspec.syntax.printing.spelling import adjacent, parts, spelled

Inner: TypeAlias = Expression | Message | Argument | Parameter
LEVELS = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
COMPARISON = 3
ELSE = "else"  # the one field whose name would be a keyword before a brace


class Writer(Protocol):
    """What decides on line ends: the layout that the author gave the text, and comments in it."""

    def body(self, message: Message, over_lines: bool = False) -> Piece:
        """A message in braces; over_lines: even if it would fit on one."""
        ...

    def holds(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets."""
        ...

    def parted(self, start: int, end: int) -> bool:
        """Whether the author ended a line between two offsets."""
        ...

    def token(self, offset: int) -> int:
        """The offset of the first token from `offset` on that is no comma."""
        ...


class Speller:
    """Spells statements."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def statement(self, statement: Statement, over_lines: bool = False) -> list[Piece]:
        """over_lines: its braces are set over lines even if what is in them would fit on one."""
        out: list[Piece] = []
        match statement:
            case Field():
                self.field(statement, out)
            case Binding(targets, value):
                if targets:
                    self.targets(targets, out)
                if isinstance(value, Call) and not targets:
                    self.call(value, True, out, True)
                else:
                    self.expression(value, out)
            case Let(name, value):
                out.append(f"let {name.text} = ")
                self.expression(value, out)
            case Block(name, parameters, results, message):
                out.append(f"block {name.text}")
                self.parentheses(parameters, name.span.end, message.start, out)
                if results:
                    out.append(" -> ")
                    self.listed(results, out)
                out += [" ", self.writer.body(message, over_lines)]
            case Repeat(names, over, message):
                out.append(f"repeat {_names(names)} in ")
                self.expression(over, out)
                out += [" ", self.writer.body(message, over_lines)]
            case If(branches):
                for i, branch in enumerate(branches):
                    out += [" else "] if i else []
                    if branch.condition is not None:
                        out.append("if ")
                        self.expression(branch.condition, out)
                        out.append(" ")
                    out += [self.writer.body(branch.body, over_lines)]
            case Stage(negated, name, message):
                out.append("stage not " if negated else "stage ")
                self.expression(name, out)
                out += [" ", self.writer.body(message, over_lines)]
            case InputShape(name, shape):
                out.append("input ")
                self.expression(name, out)
                out.append(": ")
                self.expression(shape, out)
            case Expect(subject, value):
                out.append("expect ")
                if subject is not None:
                    self.expression(subject, out)
                    out.append(": ")
                self.expression(value, out)
            case Import(names, path):
                out.append(f"import {_names(names)} from " if names else "import ")
                self.expression(path, out)
        return out

    def targets(self, targets: Sequence[Scalar], out: list[Piece]) -> None:
        """Targets stay on a line: a string there would else belong to one before it. Those made of adjacent strings are
        the exception: without the end of the line, only the last of these would be meant."""
        self.listed(targets, out)
        out += [Mark.BREAK, "= "] if any(map(adjacent, targets)) else [" = "]

    def listed(self, names: Sequence[Scalar], out: list[Piece]) -> None:
        for i, name in enumerate(names):
            out += [", "] if i else []
            self.expression(name, out)

    def field(self, field: Field, out: list[Piece]) -> None:
        value = field.value
        if isinstance(value, Message):
            out += [f"{field.name}: " if field.name == ELSE else f"{field.name} ", self.writer.body(value)]
        elif isinstance(value, Scalar) and spelled(value) is None:
            out += [f"{field.name}:", Open(False, True), Mark.BREAK]
            _strings(value, out)
            out.append(Mark.CLOSE)
        else:
            out.append(f"{field.name}: ")
            self.expression(value, out)

    def expression(self, value: Inner, out: list[Piece]) -> None:
        """Recurses over brackets, which the lexer counts, and never over a row of operators."""
        match value:
            case Scalar():
                text = spelled(value)
                if text is not None:
                    out.append(text)
                else:
                    out.append(Open(False, True))
                    _strings(value, out)
                    out.append(Mark.CLOSE)
            case Items(values, start, end):
                table = bool(values) and isinstance(values[0], Items | Message)
                self.bracket("[]", values, start, end, out, table and self.writer.parted(start, values[0].start))
            case Message():
                out.append(self.writer.body(value))
            case Call():
                self.call(value, True, out)
            case Pipe():
                self.pipe(value, out)
            case Operation():
                self.operation(value, out)
            case Argument(name, inner):
                out += [f"{name} = "] if name else []
                self.expression(inner, out)
            case Parameter(name, default):
                out.append(name.text if default is None else f"{name.text} = ")
                if default is not None:
                    self.expression(default, out)

    def bracket(
        self, signs: str, values: Sequence[Inner], start: int, end: int, out: list[Piece], forced: bool = False
    ) -> None:
        """Values between brackets, the first at `start`, the last before `end`."""
        if not values:
            out.append(signs)
            return
        forced = forced or self.writer.holds(start, end) or _continues(signs, values)
        out += [signs[0], Open(True, forced)]
        for i, value in enumerate(values):
            out.append(Line(" " if i else "", value.span.start))
            self.expression(value, out)
            if i < len(values) - 1:
                out.append(",")
        out += [Line("", end - 1, out=True), Mark.CLOSE, signs[1]]

    def parentheses(self, values: Sequence[Argument | Parameter], start: int, end: int, out: list[Piece]) -> None:
        """As `bracket`, for parentheses somewhere between two offsets, and values in them."""
        if values and self.writer.holds(start, end):
            start, end = self.writer.token(start), self.writer.token(values[-1].span.end) + 1
        self.bracket("()", values, start, end, out)

    def call(self, call: Call, alone: bool, out: list[Piece], first: bool = False) -> None:
        """alone: no stage of a pipe, where a name needs no parentheses to be that of a type. first: nothing stands
        before it, and without parentheses a name and braces are a field."""
        out.append(call.name)
        if call.arguments or first or (alone and call.body is None):
            end = call.end if call.body is None else call.body.start
            self.parentheses(call.arguments, call.name_span.end, end, out)
        if call.body is not None:
            out += [" ", self.writer.body(call.body)]

    def pipe(self, pipe: Pipe, out: list[Piece]) -> None:
        ends = (pipe.first.span.end, *(stage.end for stage in pipe.stages))
        gaps = list(zip(ends, (stage.start for stage in pipe.stages), strict=False))
        forced = any(self.writer.holds(*gap) or self.writer.parted(*gap) for gap in gaps)
        out.append(Open(False, forced))
        self.expression(pipe.first, out)
        for stage in pipe.stages:
            out += [Line(" ", stage.start), "| "]
            self.call(stage, False, out)
        out.append(Mark.CLOSE)

    def operation(self, value: Operation, out: list[Piece]) -> None:
        operator, operands = value.operator, value.operands
        if operator == "(":
            self.bracket("()", operands, value.start, value.end, out)
            return
        if len(operands) == 1:
            inner: Expression = value
            while isinstance(inner, Operation) and inner.operator == operator and len(inner.operands) == 1:
                out.append(f"{operator} " if operator == "not" else operator)
                inner = inner.operands[0]
            self.expression(inner, out)
            return
        if operator == "..":
            self.range(operands, out)
            return
        level = LEVELS.get(operator, COMPARISON)
        rest: list[Operation] = []
        first: Expression = value
        while isinstance(first, Operation) and len(first.operands) == 2 and _level(first) == level:
            rest.append(first)
            first = first.operands[0]
        out.append(Open(True, False))
        self.expression(first, out)
        for each in reversed(rest):
            right = each.operands[1]
            out += [Line(" ", right.span.start), f"{each.operator} "]
            self.expression(right, out)
        out.append(Mark.CLOSE)

    def range(self, operands: Sequence[Expression], out: list[Piece]) -> None:
        """`1..n`; with blanks where the dots would be taken for those of a number."""
        first: list[Piece] = []
        last: list[Piece] = []
        self.expression(operands[0], first)
        self.expression(operands[1], last)
        before = next(piece for piece in reversed(first) if isinstance(piece, str))
        after = next(piece for piece in last if isinstance(piece, str))
        tight = _TIGHT.fullmatch(before) and not after.startswith(".")
        out += [*first, ".." if tight else " .. ", *last]


_TIGHT = re.compile(r"""(?:.*[^\w.])?(?:[0-9]+|[A-Za-z_]\w*)|.*[)\]"']""", re.DOTALL)


def _level(value: Operation) -> int:
    return LEVELS.get(value.operator, COMPARISON)


def _strings(scalar: Scalar, out: list[Piece]) -> None:
    for part in parts(scalar.text):
        if part.below:
            out.append(Mark.BREAK)
        out.append(part.text if part.below or part.text[0] != "#" else f"  {part.text}")


def _names(scalars: Sequence[Scalar]) -> str:
    return ", ".join(scalar.text for scalar in scalars)


def _continues(signs: str, values: Sequence[Inner]) -> bool:
    """Whether adjacent strings stand before a comma and what might be `name =`. The last of them would be set by it,
    but for the end of the line."""
    return signs == "()" and any(_ends_in_strings(value) for value in values[:-1])


def _ends_in_strings(value: Inner) -> bool:
    while True:
        match value:
            case Scalar():
                return adjacent(value)
            case Argument(value=inner):
                value = inner
            case Parameter(name, default):
                value = default or name
            case Operation(operator, operands) if operator != "(":
                value = operands[-1]
            case _:
                return False
