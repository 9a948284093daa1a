"""Python expressions as small trees that know how tightly they bind, so that parentheses appear only where needed.

Arguments may be `Code` or plain Python literals. Every string reaches the text through `repr`. What stands on a line is
made here, once, from the parts; `netspec.emit.lines` breaks what is too long for one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, Union

from netspec.arrays.vocabulary import Constants
from netspec.emit.names import read
from netspec.shapes import Shape

# How tightly an expression binds, loosest first.
CONDITION, COMPARISON, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)

_LEVEL = {
    **dict.fromkeys((">", ">=", "<", "<=", "==", "!="), COMPARISON),
    "&": AND,
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys(("*", "/", "//", "%", "@"), PRODUCT),
    "**": POWER,
}
_OPPOSITE = {"+": "-", "-": "+"}
_SIMPLE = re.compile(r"[-~]?[\w.]+(e-\d+)?")


@dataclass(frozen=True)
class Code:
    """An expression: its text on one line, and what it is made of; by itself, a name or any text that nothing breaks.

    `binding` is one of the levels above; `shape` that of its value, where a formula gave it. Two are equal that print
    alike.
    """

    text: str
    binding: int = ATOM
    shape: Shape | None = field(default=None, compare=False)
    form: Form | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Number(Code):
    """A number of Python's, no array."""


@dataclass(frozen=True)
class Call:
    function: Code
    arguments: tuple[Code, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(argument.text for argument in self.arguments)})"


@dataclass(frozen=True)
class Attribute:
    value: Code
    name: str

    def __str__(self) -> str:
        return f"{self.value}.{self.name}"


@dataclass(frozen=True)
class Subscript:
    value: Code
    items: tuple[Code, ...]

    def __str__(self) -> str:
        return f"{self.value}[{', '.join(item.text for item in self.items)}]"


@dataclass(frozen=True)
class Operation:
    """Operators and between them operands of their level; one inside another of the same level is told as one."""

    operands: tuple[Code, ...]
    operators: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.operands
        if self.simple_power:
            return f"{first}**{others[0]}"
        between = zip(self.operators, others, strict=True)
        return first.text + "".join(f" {operator} {operand}" for operator, operand in between)

    @property
    def simple_power(self) -> bool:
        """Formatters write powers of names and numbers without spaces."""
        return self.operators == ("**",) and all(_SIMPLE.fullmatch(operand.text) for operand in self.operands)


@dataclass(frozen=True)
class Prefixed:
    """Something before an expression: `-x`, `*xs`, `name=value`, `key: value`, `lambda x: value`."""

    prefix: str
    value: Code

    def __str__(self) -> str:
        return f"{self.prefix}{self.value}"


@dataclass(frozen=True)
class Bracketed:
    """A list, a tuple, a dictionary, or one expression in parentheses."""

    brackets: str
    items: tuple[Code, ...]
    tuple: bool = False

    def __str__(self) -> str:
        comma = "," if self.tuple and len(self.items) == 1 else ""
        return f"{self.brackets[0]}{', '.join(item.text for item in self.items)}{comma}{self.brackets[1]}"


@dataclass(frozen=True)
class Choice:
    value: Code
    test: Code
    otherwise: Code

    def __str__(self) -> str:
        return f"{self.value} if {self.test} else {self.otherwise}"


@dataclass(frozen=True)
class Comprehension:
    """`value for target in over`, with more loops behind the first, in brackets or as the one argument of a call."""

    value: Code
    targets: tuple[str, ...]
    overs: tuple[Code, ...]

    def __str__(self) -> str:
        loops = zip(self.targets, self.overs, strict=True)
        return f"{self.value}{''.join(f' for {target} in {over}' for target, over in loops)}"


Form: TypeAlias = Call | Attribute | Subscript | Operation | Prefixed | Bracketed | Choice | Comprehension
Literal: TypeAlias = Union[bool, int, float, str, "Sequence[Argument]", None]
Argument: TypeAlias = Code | Literal


def _made(form: Form, binding: int = ATOM) -> Code:
    return Code(str(form), binding, form=form)


def literal(value: Argument) -> Code:
    """A Python literal; numbers by `repr`, which reads back to the same number."""
    match value:
        case Code():
            return value
        case bool() | None:
            return Code(repr(value))
        case float() if not math.isfinite(value):
            return Code(f'float("{value}")')
        case int() | float():
            return Code(repr(value), SIGN if math.copysign(1, value) < 0 else ATOM)
        case str():
            return Code(quoted(value))
        case list():
            return _made(Bracketed("[]", tuple(map(literal, value))))
        case _:
            return _made(Bracketed("()", tuple(map(literal, value)), tuple=True))


def listed(values: Constants) -> Code:
    """A list of numbers, or of lists of these."""
    return literal([[*value] if isinstance(value, tuple) else value for value in values])


def nested(values: Sequence[float], shape: Sequence[int]) -> Code:
    """The numbers of a blob as lists in lists, a list for each axis."""
    rows: list[Code] = [literal(value) for value in values]
    for size in reversed(shape):
        rows = [literal(rows[i : i + size]) for i in range(0, len(rows), size)]
    return rows[0]


def quoted(text: str) -> str:
    """A string literal in double quotes where `repr` allows, as formatters write it."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain and "\\'" not in plain else plain


def listing(values: Sequence[Code]) -> Code:
    """`a` for one alone, `a, b` for several."""
    return values[0] if len(values) == 1 else Code(", ".join(value.text for value in values))


def dictionary(entries: Sequence[tuple[Argument, Argument]]) -> Code:
    """`{a: b, c: d}`."""
    return _made(Bracketed("{}", tuple(_made(Prefixed(f"{literal(k)}: ", literal(v))) for k, v in entries)))


def keyed(key: Code, value: Code, target: Code, over: Code) -> Code:
    """`{key: value for target in over}`."""
    entry = _made(Prefixed(f"{key}: ", value))
    return _made(Bracketed("{}", (comprehension(entry, target, over),)))


def comprehension(value: Code, target: Code, over: Code) -> Code:
    """`value for target in over`."""
    return _made(Comprehension(value, (target.text,), (over,)), CONDITION)


def for_all(value: Code, ranges: Mapping[str, range]) -> Code:
    """`[value for y in range(3) for x in range(4)]`."""
    overs = tuple(call("range", *_ends(values)) for values in ranges.values())
    return _made(Bracketed("[]", (_made(Comprehension(value, tuple(ranges), overs), CONDITION),)))


def _ends(values: range) -> tuple[int, ...]:
    """The arguments of a range."""
    if values.step != 1:
        return values.start, values.stop, values.step
    return (values.start, values.stop) if values.start else (values.stop,)


def guarded(value: Argument, level: int) -> Code:
    """In parentheses where it binds less tightly than `level`."""
    code = literal(value)
    return code if code.binding >= level else _made(Bracketed("()", (code,)))


def call(function: str | Code, *args: Argument, **named: Argument) -> Code:
    """`function(a, b, name=c)`. A named argument that is None is left out: pass `Code("None")` to say None."""
    given = [literal(a) for a in args]
    given += [_made(Prefixed(f"{k}=", literal(v))) for k, v in named.items() if v is not None]
    return _made(Call(Code(function) if isinstance(function, str) else guarded(function, ATOM), tuple(given)))


def called(code: Code) -> str:
    """The function that is called; "" for what is no call."""
    return code.form.function.text if isinstance(code.form, Call) else ""


def attribute(value: Code, name: str) -> Code:
    return _made(Attribute(guarded(value, ATOM), name))


def method(value: Code, name: str, *args: Argument, **named: Argument) -> Code:
    return call(attribute(value, name), *args, **named)


def binary(operator: str, a: Argument, b: Argument) -> Code:
    """`a + b` and the like; `**` groups to the right, comparisons do not chain, all others group to the left."""
    if operator in _OPPOSITE and isinstance(b, int | float) and b < 0:
        operator, b = _OPPOSITE[operator], -b
    level = _LEVEL[operator]
    left = guarded(a, level + 1 if level in (POWER, COMPARISON) else level)
    right = guarded(b, SIGN if level == POWER else level + 1)
    if left.binding == level and isinstance(left.form, Operation):
        operands, operators = (*left.form.operands, right), (*left.form.operators, operator)
        return Code(f"{left} {operator} {right}", level, form=Operation(operands, operators))
    return _made(Operation((left, right), (operator,)), level)


def negative(value: Argument) -> Code:
    return prefixed("-", value)


def prefixed(prefix: str, value: Argument, level: int = SIGN) -> Code:
    """`-x`, `~x`, and what binds less tightly: `*xs`, `lambda x: y`."""
    return _made(Prefixed(prefix, guarded(value, ATOM if level == SIGN else level)), level)


def choice(value: Argument, test: Argument, otherwise: Argument) -> Code:
    """`value if test else otherwise`."""
    return _made(Choice(guarded(value, COMPARISON), guarded(test, COMPARISON), literal(otherwise)), CONDITION)


def subscript(value: Code, *items: str | Code) -> Code:
    """`value[items]`; an item is code, or the text of a slice."""
    codes = tuple(item if isinstance(item, Code) else Code(item) for item in items)
    return _made(Subscript(guarded(value, ATOM), codes))


def cut_axis(value: Code, axis: int, start: int | Code, stop: int | Code | None) -> Code:
    """`value[:, start:stop]` on one axis; a start of 0 is left out, and a stop of None. A further cut on another axis
    joins the one before."""
    items: list[str | Code] = []
    if isinstance(value.form, Subscript) and _is_whole(value.form.items, axis):
        items, value = list(value.form.items), value.form.value
    items += [":"] * (axis + 1 - len(items))
    items[axis] = slice_of(start, stop)
    return subscript(value, *items)


def _is_whole(items: tuple[Code, ...], axis: int) -> bool:
    """Whether items are slices alone, of which that of an axis takes all."""
    slices = all(item.form is None and ":" in item.text for item in items)
    return slices and all(item.text == ":" for item in items[axis : axis + 1])


def slice_of(start: int | Code, stop: int | Code | None) -> str:
    """`1:3`, `1 : n + 1`; a start of 0 is left out, and a stop of None."""
    ends = ["" if start == 0 else str(start), "" if stop is None else str(stop)]
    simple = all(end == "" or _SIMPLE.fullmatch(end) for end in ends)
    return ":".join(ends) if simple else " : ".join(ends).strip()


def inner(code: Code) -> tuple[Code, ...]:
    """What an expression is made of."""
    match code.form:
        case None:
            return ()
        case Call(function, arguments):
            return (function, *arguments)
        case Subscript(value, items):
            return (value, *items)
        case Operation(operands):
            return operands
        case Bracketed(_, items):
            return items
        case Choice(value, test, otherwise):
            return (value, test, otherwise)
        case Attribute(value) | Prefixed(_, value):
            return (value,)
        case Comprehension(value, _, overs):
            return (value, *overs)


def atoms(code: Code) -> Iterator[str]:
    """The texts that it is made of in the end: names with dots, literals, and whatever a plugin has written."""
    waiting = [code]
    while waiting:
        last = waiting.pop()
        if parts := inner(last):
            waiting += parts
        elif last.form is None:
            yield last.text


def keywords(codes: Iterable[Code]) -> dict[str, list[set[str]]]:
    """For each function that is called by its name, the arguments that each call names. What is handed on under a name,
    as by the class of a block, may be nothing: that counts as a call with, and as one without."""
    found: dict[str, list[set[str]]] = {}
    waiting = [*codes]
    while waiting:
        last = waiting.pop()
        if isinstance(last.form, Call):
            named = [each.form for each in last.form.arguments if isinstance(each.form, Prefixed)]
            given = {each.prefix[:-1]: each.value.text for each in named if each.prefix.endswith("=")}
            handed = {name for name, value in given.items() if value.isidentifier() and value not in ("True", "False")}
            calls = found.setdefault(last.form.function.text, [])
            calls += [{*given}, given.keys() - handed] if handed else [{*given}]
        waiting += inner(last)
    return found


def names(codes: Iterable[Code]) -> set[str]:
    """The names that code reads, other than as attributes."""
    texts = {text for code in codes for text in atoms(code)}
    return {name for text in texts for name in read(text)}
