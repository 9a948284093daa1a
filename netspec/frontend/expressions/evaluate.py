"""Expressions to values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from netspec.diagnostics.fix import swap
from netspec.diagnostics.source import Source, Span
from netspec.diagnostics.suggest import did_you_mean, sure
from netspec.frontend.expressions.literals import LARGEST, number, same, text_of
from netspec.frontend.expressions.values import (
    TEXT,
    BlobName,
    Faulty,
    Frame,
    List,
    Stop,
    Word,
    Wrong,
    described,
    holds_blobs,
)
from netspec.problems.language import BadArguments, BadArithmetic, TooMuch, UnknownName, WrongUse
from netspec.shapes import Size
from netspec.syntax.document import Call, Expression, Items, Kind, Let, Operation, Pipe, Scalar
from netspec.syntax.parser import quick
from netspec.syntax.scalars import BadScalar, string

T = TypeVar("T", str, List)
LONGEST_TEXT = 10_000
LONGEST_LIST = 100_000
DEEPEST_LIST = 8
NAMED = {"true": True, "false": False, "inf": float("inf"), "nan": float("nan")}
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if isinstance(a, float) or isinstance(b, float) else a // b,
    "%": lambda a, b: a % b,
}


class Evaluator:
    """Values of expressions in a frame.

    called: what a call of a layer type or a block gives, None where neither may stand. sizes: what an unknown name in
    arithmetic stands for, a symbolic size, where it may.
    """

    def __init__(
        self,
        frame: Frame,
        called: Callable[[Call | Pipe, Frame], Any] | None = None,
        size: Callable[[str], Any] | None = None,
    ) -> None:
        self.frame, self.called, self.size = frame, called, size

    def value(self, node: Expression) -> Any:
        """The value of any expression. Raises Wrong."""
        if isinstance(node, Scalar):
            return self.scalar(node)
        # Chains of operators lean to the left, however long they are: down to the first operand, then back up.
        chain: list[Operation] = []
        while isinstance(node, Operation):
            chain.append(node)
            node = node.operands[0]
        if chain:
            self.frame.spend(len(chain), node)
        result = self._operand(node)
        for operation in reversed(chain):
            if isinstance(result, Faulty):
                return result
            result = self._applied(operation, result)
        return result

    def _operand(self, node: Scalar | Items | Call | Pipe) -> Any:
        match node:
            case Scalar():
                return self.scalar(node)
            case Items(values):
                items = List.of(self.value(value) for value in values)
                faulty = next((item for item in items if isinstance(item, Faulty)), None)
                return faulty or self._bounded(items, node)
            case Call() if node.name in FUNCTIONS and not self.frame.module.blocks.get(node.name):
                return self._function(node)
            case _:
                if self.called is None:
                    raise Wrong(WrongUse, "a constant belongs here, not a layer or a block", self.frame.span(node.span))
                return self.called(node, self.frame)

    def scalar(self, node: Scalar) -> Any:
        kind, text = node.kind, node.text
        if kind is Kind.NAME:
            return self._named(node, text)
        self.frame.spend(1 + len(text) // TEXT, node)
        if kind is Kind.TEMPLATE:
            return self.template(node)
        return text_of(node, self.frame.shift) if kind is Kind.STRING else number(node, self.frame.shift)

    def _named(self, node: Scalar, text: str) -> Any:
        if text[0] == "-":
            value = self._named(node, text[1:].lstrip())
            place = Scalar(Kind.NAME, text, node.start)
            return value if isinstance(value, Faulty) else self._checked("-", place, 0, value)
        value = self.frame.look(text)
        if value is not None:
            return value
        return NAMED[text] if text in NAMED else Word(text)

    def template(self, node: Scalar) -> str | Faulty:
        """The text of `f"…{expression}…"`."""
        try:
            template = _template(node.text)
        except BadScalar as fault:
            raise Wrong(BadArithmetic, str(fault), self.frame.span(node.span)) from None
        self.frame.spend(len(template.pieces), node)
        parts: list[str] = []
        for piece in template.pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            value = self._hole(piece, node)
            if isinstance(value, Faulty):
                return value
            parts.append(value)
        if not template.whole:
            help = 'a brace that is meant is written twice: "{{"'
            raise Wrong(WrongUse, "a brace has no partner", self.frame.span(node.span), help=help)
        return self._bounded("".join(parts), node)

    def _hole(self, hole: _Hole, node: Scalar) -> str | Faulty:
        if hole.expression is None:
            place, message = self.frame.span(node.span), f'"{{{hole.text}}}" holds no expression'
            raise Wrong(WrongUse, message, place, help="a brace is written {{")
        try:
            value = self.value(hole.expression)
        except Wrong as fault:  # its place is one within the braces
            raise Wrong(fault.problem, fault.message, self.frame.span(node.span), help=fault.help) from None
        except Stop as stop:
            raise Stop(stop.message, self.frame.span(node.span), stop.help) from None
        match value:
            case str():
                return value
            case bool():
                return str(value).lower()
            case int() | float():
                return str(value)
            case Faulty():
                return value
            case Word(name):
                raise self.unknown(name, self.frame.span(node.span))
            case _:
                message = f"a text holds numbers and texts, not {described(value)}"
                raise Wrong(WrongUse, message, self.frame.span(node.span))

    def unknown(self, name: str, place: Span) -> Wrong:
        """Of a name that stands for nothing."""
        known = [*self.frame.names, *(() if self.frame.top else self.frame.module.names)]
        outside = self.frame.module.names.get(name)
        help = did_you_mean(name, reversed(known))
        if not self.frame.top and holds_blobs(outside):
            help = "a block sees its own names and its parameters: give it the blob as a parameter"
        if name in self.frame.module.sizes:
            message = f'"{name}" is the name of a size, which has no value while the net is compiled'
            return Wrong(UnknownName, message, place, help=f"for a number of that name: let {name} = 64")
        meant = sure(name, known)
        fix = swap(place.start, name, meant) if meant and not holds_blobs(outside) else None
        return Wrong(UnknownName, f'nothing above is called "{name}"', place, help=help, fix=fix)

    # Operators.

    def _applied(self, node: Operation, left: Any) -> Any:
        operator = node.operator
        if operator == "(":
            return left
        if operator == "-" and len(node.operands) == 1:
            return self._checked("-", node, 0, left)
        if operator == "not":
            return not self.truth(left, node.operands[0].span)
        if operator in {"and", "or"}:
            if self.truth(left, node.operands[0].span) is (operator == "or"):
                return operator == "or"
            right = self.value(node.operands[1])
            return right if isinstance(right, Faulty) else self.truth(right, node.operands[1].span)
        right = self.value(node.operands[1])
        if isinstance(right, Faulty):
            return right
        if operator in {"==", "!="}:
            return same(left, right) is (operator == "==")
        if operator in COMPARISONS:
            pair = self._numbers(operator, node, left, right)
            return COMPARISONS[operator](*pair)
        return self._checked(operator, node, left, right)

    def truth(self, value: Any, span: Span) -> bool:
        """A value as a condition."""
        if isinstance(value, bool):
            return value
        place = self.frame.span(span)
        if isinstance(value, Word):
            raise self.unknown(value.text, place)
        help = "compare it: … != 0" if isinstance(value, int | float) else None
        raise Wrong(WrongUse, f"a condition is true or false, not {described(value)}", place, help=help)

    def _checked(self, operator: str, node: Expression, left: Any, right: Any) -> Any:
        """The result of arithmetic, within bounds."""
        span = node.span
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self._bounded(left + right, node)
        if operator == "+" and isinstance(left, List) and isinstance(right, List):
            return self._bounded(List.of((*left, *right)), node)
        left, right = self._numbers(operator, node, left, right)
        place = self.frame.span(span)
        if isinstance(left, Size) != isinstance(right, Size) and (isinstance(left, float) or isinstance(right, float)):
            raise Wrong(BadArithmetic, f"{left} {operator} {right}: sizes are integers", place)
        if operator in "/%" and isinstance(right, int | float) and right == 0:
            raise Wrong(BadArithmetic, f"{left} {operator} {right}: division by zero", place)
        try:
            result = ARITHMETIC[operator](left, right)
        except OverflowError:
            result = float("inf")
        if isinstance(result, int) and abs(result) > LARGEST:
            raise Wrong(BadArithmetic, f"{left} {operator} {right} is past 64 bits", place)
        return result

    def _numbers(self, operator: str, node: Expression, left: Any, right: Any) -> tuple[Any, Any]:
        pair: list[Any] = []
        operands = node.operands if isinstance(node, Operation) else (node,)
        for value, operand in ((left, operands[0]), (right, operands[-1])):
            if isinstance(value, Word):
                if self.size is None:
                    raise self.unknown(value.text, self.frame.span(operand.span))
                value = self.size(value.text)
            if isinstance(value, bool | str | BlobName | List):
                raise self._no_number(operator, node, (left, right), value)
            pair.append(value)
        return pair[0], pair[1]

    def _no_number(self, operator: str, node: Expression, pair: tuple[Any, Any], value: Any) -> Wrong:
        message, help = f'"{operator}" works on numbers, not on {described(value)}', None
        if operator == "+" and any(isinstance(value, str | List) for value in pair):
            what = " and ".join(map(described, pair))
            message = f'"+" takes two numbers, two texts or two lists, not {what}'
            if any(isinstance(v, str) for v in pair) and any(isinstance(v, int | float) for v in pair):
                help = 'a number becomes text in a template: f"conv{i}"'
        return Wrong(BadArithmetic, message, self.frame.span(node.span), help=help)

    def _bounded(self, value: T, node: Expression) -> T:
        if isinstance(value, str) and len(value) < TEXT:
            return value
        self.frame.spend(len(value) // TEXT if isinstance(value, str) else len(value), node)
        span = node.span
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            message = f"a text of {len(value)} characters: the limit is {LONGEST_TEXT}"
            raise Wrong(TooMuch, message, self.frame.span(span))
        if isinstance(value, List) and value.size > LONGEST_LIST:
            message = f"a list of {value.size} values: the limit is {LONGEST_LIST}"
            raise Wrong(TooMuch, message, self.frame.span(span))
        if isinstance(value, List) and value.depth > DEEPEST_LIST:
            raise Wrong(TooMuch, f"lists stand more than {DEEPEST_LIST} deep", self.frame.span(span))
        return value

    def _function(self, node: Call) -> Any:
        values = [self.value(argument.value) for argument in node.arguments]
        if faulty := next((value for value in values if isinstance(value, Faulty)), None):
            return faulty
        least, most, function = FUNCTIONS[node.name]
        place = self.frame.span(node.span)
        named = any(argument.name for argument in node.arguments)
        if named or len(values) < least or (most is not None and len(values) > most):
            wanted = "1 value" if most == least else f"{least} value or more"
            has = "" if named else f", has {len(values)}"
            raise Wrong(BadArguments, f"{node.name} takes {wanted}{' by place' * named}{has}", place)
        if node.name == "len":
            if not isinstance(values[0], str | List):
                raise Wrong(WrongUse, f"len counts a list or a text, not {described(values[0])}", place)
            return len(values[0])
        if len(values) == 1 and isinstance(values[0], List):
            values = [*values[0]]
        if not values:
            raise Wrong(BadArguments, f"{node.name} of an empty list", place)
        for value in values:
            if isinstance(value, Word) and self.size is not None:
                raise Wrong(WrongUse, f"{node.name} takes numbers, and {value.text} is none yet", place)
            self._numbers(node.name, node, value, 0)
        return function(values)


FUNCTIONS: Mapping[str, tuple[int, int | None, Callable[[list[Any]], Any]]] = {
    "min": (1, None, min),
    "max": (1, None, max),
    "abs": (1, 1, lambda values: abs(values[0])),
    "len": (1, 1, lambda values: len(values[0])),
}

_HOLES = re.compile(r"((?:[^{}]|\{\{|\}\})+)|\{([^{}]*)\}", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Hole(NamedTuple):
    """Braces in a template, and the expression in them, None if it is none."""

    text: str
    expression: Expression | None


class _Template(NamedTuple):
    """whole: every brace has a partner."""

    pieces: tuple[str | _Hole, ...]
    whole: bool


@lru_cache(maxsize=4096)
def _template(text: str) -> _Template:
    """What `f"…{expression}…"` is made of. Raises BadScalar."""
    inner = string(Scalar(Kind.STRING, text[1:], 0))
    pieces = (
        written.replace("{{", "{").replace("}}", "}") if written else _Hole(hole, parsed(hole))
        for written, hole in _HOLES.findall(inner)
    )
    return _Template(tuple(pieces), not _HOLES.sub("", inner))


@lru_cache(maxsize=4096)
def parsed(text: str) -> Expression | None:
    """The expression in the braces of a template; None if it is none."""
    if _IDENTIFIER.fullmatch(text):
        return Scalar(Kind.NAME, text, 0)
    document = quick(Source("", f"let _ = ({text})"))
    statements: tuple[Any, ...] = document.fields if document else ()
    if len(statements) != 1 or not isinstance(statements[0], Let):
        return None
    return statements[0].value
