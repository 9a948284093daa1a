"""Sizes that are written as text: `3`, `N`, `16*h`, `(H + 2*3 - 7) / 2 + 1`. A division is rounded down."""

from __future__ import annotations

import re

from netspec.shapes import Dim, Size
from netspec.symbols import symbol

LONGEST = 200  # characters of a size
_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(//|[-+*/()]))")
_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2}  # what binds more tightly comes first


class UnreadableSize(Exception):
    """A text that is no size; the message says why."""


def read_size(text: str) -> Dim:
    """The size that a text says; a number where there is no name in it. Raises UnreadableSize."""
    if len(text) > LONGEST:
        raise UnreadableSize(f"a size has at most {LONGEST} characters")
    values: list[Dim] = []
    waiting: list[str] = []  # operators and brackets whose right side is still to come
    wants_value = True
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        number, name, sign = token.groups() if token else (None, None, None)
        if token is None or wants_value != bool(number or name or sign == "("):
            raise UnreadableSize(f"{text!r} is not understood from {text[at:].strip()[:20]!r} on")
        at = token.end()
        if number or name:
            values.append(int(number) if number else symbol(name or ""))
        elif sign == "(":
            waiting.append("(")
            continue
        elif sign == ")":
            while waiting and waiting[-1] != "(":
                _apply(waiting.pop(), values, text)
            if not waiting:
                raise UnreadableSize(f"{text!r} closes a bracket that is not open")
            waiting.pop()
            continue
        else:
            while waiting and waiting[-1] != "(" and _RANKS[waiting[-1]] >= _RANKS[sign or ""]:
                _apply(waiting.pop(), values, text)
            waiting.append(sign or "")
        wants_value = bool(sign)
    if wants_value or "(" in waiting:
        raise UnreadableSize(f"{text!r} ends too early" if text.strip() else "a size is missing")
    while waiting:
        _apply(waiting.pop(), values, text)
    return values[0]


def _apply(sign: str, values: list[Dim], text: str) -> None:
    """Replaces the last two values by what an operator makes of them."""
    right = values.pop()
    left = values.pop()
    if sign in ("/", "//") and (not isinstance(right, int) or right < 1):
        raise UnreadableSize(f"{text!r} divides by {right}; a size is divided by positive numbers")
    match sign:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            result = left // right
    if isinstance(result, Size) and not result.symbolic:
        raise UnreadableSize(f"{text!r} is too long for a size")
    values.append(result)
