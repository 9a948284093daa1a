"""How a literal is written in canonical text: double quotes, no blanks behind a sign, strings taken apart."""

import re
from typing import NamedTuple

from netspec.syntax.document import Kind, Scalar

_SIMPLE = re.compile(r'"[^"\\\n]*"')
_PART = re.compile(r"""(?P<gap>[ \t\r\n\f\v]+)|#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Part(NamedTuple):
    """One of adjacent strings, or a comment between them; `below`: it begins a line of its own."""

    text: str
    below: bool


def spelled(scalar: Scalar) -> str | None:
    """A literal on one line; None where it is strings on several lines."""
    kind, text, *_ = scalar
    if kind is Kind.STRING:
        if _SIMPLE.fullmatch(text):
            return text
        found = parts(text)
        return None if any(part.below for part in found) else " ".join(part.text for part in found)
    if kind is Kind.TEMPLATE:
        return text if "\\" in text else f"f{double(text[1:])}"
    return f"-{text[1:].lstrip()}" if text[0] == "-" else text


def parts(text: str) -> list[Part]:
    """Adjacent strings, and the comments between them. Strings that stand on several lines get a line each."""
    over_lines = "\n" in text
    found: list[Part] = []
    below = False
    for match in _PART.finditer(text):
        part = match[0]
        if match["gap"]:
            below = below or "\n" in part
        elif part[0] == "#":
            found.append(Part(part.rstrip(), below))
            below = True
        else:
            found.append(Part(double(part), over_lines and bool(found)))
            below = False
    return found


def adjacent(scalar: Scalar) -> bool:
    """Whether a literal is several strings in a row."""
    return scalar.kind is Kind.STRING and not _SIMPLE.fullmatch(scalar.text) and len(parts(scalar.text)) > 1


def double(text: str) -> str:
    """A string in double quotes, where it holds none."""
    if text[0] == '"' or '"' in text:
        return text
    inner = _ESCAPE.sub(lambda match: match[1] if match[1] == "'" else match[0], text[1:-1])
    return f'"{inner}"'
