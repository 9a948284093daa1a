"""Python expressions as text that knows how tightly it binds, so that parentheses appear only where they are needed.

Arguments may be `Code` or plain Python literals. Every string reaches the text through `repr`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from netspec.shapes import Shape

# How tightly an expression binds, loosest first.
CONDITION, COMPARISON, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)

_LEVEL = {
    **dict.fromkeys((">", ">=", "<", "<=", "==", "!="), COMPARISON),
    "&": AND,
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys(("*", "/", "//", "@"), PRODUCT),
    "**": POWER,
}
_OPPOSITE = {"+": "-", "-": "+"}
_SIMPLE = re.compile(r"-?[\w.]+")


@dataclass(frozen=True)
class Code:
    """An expression. `binding` is one of the levels above; `shape` that of its value, where a formula gave it."""

    text: str
    binding: int = ATOM
    shape: Shape | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Number(Code):
    """A number of Python's, no array."""


Literal: TypeAlias = Union[bool, int, float, str, "Sequence[Argument]", None]
Argument: TypeAlias = Code | Literal


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
            return Code("[" + ", ".join(literal(v).text for v in value) + "]")
        case _:
            inner = ", ".join(literal(v).text for v in value)
            return Code(f"({inner},)" if len(value) == 1 else f"({inner})")


def quoted(text: str) -> str:
    """A string literal in double quotes where `repr` allows, as formatters write it."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain and "\\'" not in plain else plain


def guarded(value: Argument, level: int) -> str:
    """The text, in parentheses where it binds less tightly than `level`."""
    code = literal(value)
    return code.text if code.binding >= level else f"({code.text})"


def call(function: str | Code, *args: Argument, **named: Argument) -> Code:
    """`function(a, b, name=c)`. A named argument that is None is left out: pass `Code("None")` to say None."""
    parts = [literal(a).text for a in args]
    parts += [f"{k}={literal(v).text}" for k, v in named.items() if v is not None]
    name = function if isinstance(function, str) else guarded(function, ATOM)
    return Code(f"{name}({', '.join(parts)})")


def attribute(value: Code, name: str) -> Code:
    return Code(f"{guarded(value, ATOM)}.{name}")


def method(value: Code, name: str, *args: Argument, **named: Argument) -> Code:
    return call(attribute(value, name), *args, **named)


def binary(operator: str, a: Argument, b: Argument) -> Code:
    """`a + b` and the like; `**` groups to the right, comparisons do not chain, all others group to the left."""
    if operator in _OPPOSITE and isinstance(b, int | float) and b < 0:
        operator, b = _OPPOSITE[operator], -b
    level = _LEVEL[operator]
    left = level + 1 if level in (POWER, COMPARISON) else level
    right = SIGN if level == POWER else level + 1
    sides = guarded(a, left), guarded(b, right)
    # Formatters write powers of names and numbers without spaces.
    between = operator if level == POWER and all(_SIMPLE.fullmatch(side) for side in sides) else f" {operator} "
    return Code(between.join(sides), level)


def negative(value: Argument) -> Code:
    return Code("-" + guarded(value, POWER), SIGN)


def subscript(value: Code, *items: str) -> Code:
    """`value[items]`; each item is the text of a slice."""
    return Code(f"{guarded(value, ATOM)}[{', '.join(items)}]")


@dataclass(frozen=True)
class Sliced(Code):
    """`value[:, 1:3]`, which a further cut on another axis joins."""

    value: Code = Code("")
    items: tuple[str, ...] = ()


def cut_axis(value: Code, axis: int, start: int | Code, stop: int | Code | None) -> Code:
    """`value[:, start:stop]` on one axis; a start of 0 is left out, and a stop of None."""
    items: list[str] = []
    if isinstance(value, Sliced) and value.items[axis : axis + 1] in ((), (":",)):
        items, value = list(value.items), value.value
    items += [":"] * (axis + 1 - len(items))
    items[axis] = slice_of(start, stop)
    return Sliced(subscript(value, *items).text, value=value, items=tuple(items))


def slice_of(start: int | Code, stop: int | Code | None) -> str:
    """`1:3`, `1 : n + 1`; a start of 0 is left out, and a stop of None."""
    ends = ["" if start == 0 else str(start), "" if stop is None else str(stop)]
    simple = all(end == "" or _SIMPLE.fullmatch(end) for end in ends)
    return ":".join(ends) if simple else " : ".join(ends).strip()
