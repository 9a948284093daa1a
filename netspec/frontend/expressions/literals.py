"""Values to literals of prototxt, and back."""

from __future__ import annotations

from typing import Any

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.values import BlobName, List, Word, Wrong, described
from netspec.problems.language import BadArithmetic, WrongUse
from netspec.syntax.document import Items, Kind, Scalar
from netspec.syntax.scalars import BadScalar, real, string

LARGEST, DIGITS = 2**63 - 1, 19  # a number of fewer digits is no larger
SCALE = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quote(text: str) -> str:
    """A text as prototxt writes it, in double quotes."""
    escaped = text.translate(_ESCAPES)
    if not escaped.isprintable():
        escaped = "".join(c if c.isprintable() else "".join(f"\\{b:03o}" for b in c.encode()) for c in escaped)
    return f'"{escaped}"'


def literal(value: Any, place: Span) -> Scalar | Items:
    """A constant as a field holds it, in the place of the expression it came from. Raises Wrong for a blob."""
    match value:
        case bool():
            return Scalar(Kind.NAME, str(value).lower(), *place)
        case int():
            return Scalar(Kind.NUMBER, str(value), *place)
        case float():
            return Scalar(Kind.NUMBER if value - value == 0 else Kind.NAME, repr(value), *place)
        case str():
            return Scalar(Kind.STRING, quote(value), *place)
        case Word(text):
            return Scalar(Kind.NAME, text, *place)
        case List():
            return Items(tuple(literal(item, place) for item in value), *place)
        case _:
            message = f"a field holds a number, a text or a name, not {described(value)}"
            raise Wrong(WrongUse, message, place)


def number(scalar: Scalar, shift: int) -> int | float:
    """The value of a number as written; shift: what leads from the place of its text to that of a fault. Raises
    Wrong."""
    if scalar.text.isdigit() and scalar.text[0] != "0" and len(scalar.text) < DIGITS:
        return int(scalar.text)
    return _number(scalar, _place(scalar, shift))


def _place(scalar: Scalar, shift: int) -> Span:
    return Span(scalar.span.start + shift, scalar.span.end + shift)


def _number(scalar: Scalar, place: Span) -> int | float:
    text = scalar.text
    sign, digits = (-1, text[1:].lstrip()) if text[0] == "-" else (1, text)
    if scalar.kind is Kind.QUANTITY:
        digits = digits.rstrip("B")
        whole, _, part = digits[:-1].partition(".")
        if len(whole) + len(part) > 30:
            raise Wrong(BadArithmetic, f"{_brief(text)} has too many digits", place)
        value, rest = divmod(int(whole + part) * SCALE[digits[-1]], 10 ** len(part))
        return _bounded(value, text, place) if not rest else value + rest / 10 ** len(part)
    if digits.isdigit():
        if digits[0] == "0" and len(digits) > 1:
            raise Wrong(BadArithmetic, f"{text} begins with 0: is it octal, or decimal?", place, help="drop the zeros")
        return sign * _bounded(int(digits[:30]), text, place)
    if digits[:2] in {"0x", "0X"}:
        return sign * _bounded(int(digits[:30], 16), text, place)
    try:
        return real(scalar)
    except BadScalar as fault:
        raise Wrong(BadArithmetic, str(fault), place) from None


def _bounded(value: int, text: str, place: Span) -> int:
    if value > LARGEST:
        raise Wrong(BadArithmetic, f"{_brief(text)} is past 64 bits", place)
    return value


def _brief(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def text_of(scalar: Scalar, shift: int = 0) -> str:
    """The characters of a string; shift: what leads from its place to that of a fault. Raises Wrong."""
    try:
        return string(scalar)
    except BadScalar as fault:
        raise Wrong(BadArithmetic, str(fault), _place(scalar, shift)) from None


def same(a: Any, b: Any) -> bool:
    """Whether two constants are equal. A name and the text of it are; numbers of other kinds are by value."""
    if isinstance(a, Word | str) and isinstance(b, Word | str):
        return _letters(a) == _letters(b)
    if isinstance(a, bool) != isinstance(b, bool) or isinstance(a, BlobName) or isinstance(b, BlobName):
        return a is b
    if isinstance(a, List) and isinstance(b, List):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def _letters(value: Word | str) -> str:
    return value.text if isinstance(value, Word) else value
