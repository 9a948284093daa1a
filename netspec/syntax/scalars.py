"""What a literal means, given the kind of field that holds it: protobuf's rules, as its C++ text reader has them.

Each function takes a scalar and returns a Python value, or raises BadScalar with a reason for people. Enum values are
left to the caller, who knows their names. (google/protobuf/text_format.cc, io/tokenizer.cc)
"""

from __future__ import annotations

import re
from sys import intern

from netspec.syntax.document import Kind, Scalar


class BadScalar(Exception):
    """A literal that its field cannot hold; `reason` is a diagnostic's message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def int32(scalar: Scalar) -> int:
    return _integer(scalar, -(2**31), 2**31 - 1)


def uint32(scalar: Scalar) -> int:
    return _integer(scalar, 0, 2**32 - 1)


def int64(scalar: Scalar) -> int:
    return _integer(scalar, -(2**63), 2**63 - 1)


def boolean(scalar: Scalar) -> bool:
    """`true`, `True`, `t` or 1; `false`, `False`, `f` or 0."""
    if scalar.kind is not Kind.STRING:
        value = _BOOLEANS.get(scalar.text)
        if value is not None:
            return value
        if scalar.kind is Kind.NUMBER and _INTEGER.fullmatch(scalar.text) and scalar.text[0] != "-":
            magnitude = _magnitude(scalar)  # 0x1 is true too
            if magnitude < 2:
                return magnitude == 1
    raise BadScalar(f"expected true or false, found {found(scalar)}")


def real(scalar: Scalar) -> float:
    """A number, an integer among them, `inf`, `infinity` or `nan`. Too large a number is infinite.

    Hexadecimal and octal are refused: old readers took `010` for 8, new ones refuse it, and people mean 10.
    """
    text = scalar.text
    if scalar.kind is Kind.NUMBER:
        sign, digits = (-1.0, text[1:].lstrip()) if text[0] == "-" else (1.0, text)
        try:
            if digits[0] != "0" or len(digits) == 1 or digits[1] == ".":  # the usual spellings, quickly
                return sign * float(digits)
        except ValueError:
            pass
        if _DECIMAL.fullmatch(digits):
            return sign * float(digits.rstrip("fF"))
        raise BadScalar(f"expected a decimal number without leading zeros, found {found(scalar)}")
    if scalar.kind is Kind.NAME:
        sign = -1.0 if text[0] == "-" else 1.0
        word = text.lstrip("-").strip().lower()
        if word in {"inf", "infinity"}:
            return sign * float("inf")
        if word == "nan":
            return float("nan")
    raise BadScalar(f"expected a number, found {found(scalar)}")


def string(scalar: Scalar) -> str:
    """The characters of a string, escapes replaced, adjacent strings joined. Escapes must come to UTF-8 text."""
    text = scalar.text
    if scalar.kind is not Kind.STRING:
        help = f': write "{text}" in quotes' if scalar.kind is Kind.NAME else ""
        raise BadScalar(f"expected a string, found {found(scalar)}{help}")
    if "\\" not in text and text[0] == text[-1] and text.count(text[0]) == 2:
        return intern(text[1:-1])  # names of blobs stand in a text twice and more
    pieces = (match[2].encode() for match in _QUOTED.finditer(text) if match[1])
    try:
        return b"".join(_ESCAPE.sub(_unescape, piece) for piece in pieces).decode()  # each ends its own escapes
    except UnicodeError:
        raise BadScalar(f"the escapes in {found(scalar)} do not make UTF-8 text") from None


def found(scalar: Scalar) -> str:
    """A literal as messages show it."""
    text = " ".join(scalar.text.split())
    text = text if len(text) <= 60 else f"{text[:59]}…"
    return f"the string {text}" if scalar.kind is Kind.STRING else f'"{text}"'


_BOOLEANS = {"true": True, "True": True, "t": True, "1": True, "false": False, "False": False, "f": False, "0": False}
_INTEGER = re.compile(r"-?\s*(?:0[xX][0-9A-Fa-f]+|[0-9]+)")
_DECIMAL = re.compile(r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fF]?")
_QUOTED = re.compile(r"""#[^\n]*|(["'])((?:(?!\1)[^\\\n]|\\.)*)\1""")
_SIMPLE = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_ESCAPE = re.compile(
    rb"""\\(?:(?P<simple>[abfnrtv\\?'"])
            | (?P<octal>[0-7]{1,3})
            | [xX](?P<hex>[0-9A-Fa-f]{1,2})
            | u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})
            | (?:u(?P<short>[0-9A-Fa-f]{4}) | U(?P<long>00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}))
            | (?P<bad>[^\x80-\xff]?))""",
    re.VERBOSE | re.DOTALL,
)


def _unescape(match: re.Match[bytes]) -> bytes:
    text = match[match.lastgroup or "bad"]
    match match.lastgroup:
        case "simple":
            return _SIMPLE.get(text, text)
        case "octal":
            return bytes([int(text, 8) & 0xFF])
        case "hex":
            return bytes([int(text, 16)])
        case "low":  # two halves of one character, as UTF-16 has it
            return bytes.fromhex((match["high"] + text).decode()).decode("utf-16-be").encode()
        case "short" | "long":
            return chr(int(text, 16)).encode()
        case _:
            raise BadScalar(f'"\\{text.decode()}" is no escape sequence: a backslash is written "\\\\"')


def _integer(scalar: Scalar, low: int, high: int) -> int:
    kind, text, *_ = scalar
    if kind is Kind.NUMBER:
        if text.isdigit() and (text[0] != "0" or text == "0") and len(text) < 20:  # the usual spelling, quickly
            value = int(text)
        elif not _INTEGER.fullmatch(text):
            raise BadScalar(f"expected an integer, found {found(scalar)}")
        else:
            value = _magnitude(scalar)
            value = -value if text[0] == "-" else value
        if low <= value <= high and not (low == 0 and text[0] == "-"):
            return value
        if low == 0 and text[0] == "-":
            raise BadScalar(f"expected an integer that is not negative, found {found(scalar)}")
        raise BadScalar(f"expected an integer from {low} to {high}, found {found(scalar)}")
    raise BadScalar(f"expected an integer, found {found(scalar)}")


def _magnitude(scalar: Scalar) -> int:
    """An integer without its sign. A leading 0 means octal, 0x hexadecimal."""
    digits = scalar.text.lstrip("-").strip()
    if digits[:2] in {"0x", "0X"}:
        return int(digits, 16)
    base = 8 if digits[0] == "0" else 10
    try:
        return int(digits, base) if len(digits) < 100 else 2**100
    except ValueError:
        raise BadScalar(f"{found(scalar)} begins with 0 and is therefore octal, but has other digits") from None
