"""TOML: what it says, and where a key stands in it, which the reader of Python does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, cast

from netspec.config.data import shown
from netspec.diagnostics import Label, SpecError
from netspec.diagnostics.source import Source, Span
from netspec.problems.configuration import BadSetting, UnreadableConfiguration

SHARED = "pyproject.toml"
TABLE = ("tool", "netspec")
_BARE = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_BARE}(?:[ \t]*\.[ \t]*{_BARE})*"
_HEAD = re.compile(rf"^[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]", re.MULTILINE)
_KEY = re.compile(rf"^[ \t]*({_DOTTED})[ \t]*=[^\n]*", re.MULTILINE)
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def own_table(path: str, data: bytes) -> dict[str, Any] | None:
    """What a file says to netspec: all of it, or of a pyproject.toml [tool.netspec]; None where that is not there.

    Raises SpecError (NS903, NS902).
    """
    whole = _table(source_of(path, data))
    if not path.endswith(SHARED):
        return whole
    tool: object = whole.get("tool")
    if not isinstance(tool, dict) or "netspec" not in tool:
        return None
    own = cast("dict[str, object]", tool)["netspec"]
    if not isinstance(own, dict):
        place = place_of(source_of(path, data), TABLE)
        raise SpecError([BadSetting("tool.netspec is no table", (place,), "[tool.netspec], and below it keys")])
    return cast("dict[str, Any]", own)


def source_of(path: str, data: bytes) -> Source:
    """Raises SpecError (NS903) for what is no UTF-8."""
    try:
        return Source(shown(path), data.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise SpecError([UnreadableConfiguration(f"{shown(path)} is not encoded in UTF-8")]) from None


def place_of(source: Source, keys: Sequence[str]) -> Label:
    """Where a key stands, by the names that lead to it; the table that it is in, where it has no line."""
    wanted, best = tuple(keys), (0, Span(0, 0))
    heads = [(match.start(), _names(match[1])) for match in _HEAD.finditer(source.text)]
    found = [(_names(match[1]), Span(*match.span(1))) for match in _HEAD.finditer(source.text)]
    for match in _KEY.finditer(source.text):
        number = bisect_left(heads, (match.start(),))
        above = heads[number - 1][1] if number else ()
        found.append(((*above, *_names(match[1])), Span(match.start(1), match.start() + len(match[0].rstrip()))))
    for names, span in found:
        if wanted[: len(names)] == names and len(names) > best[0]:
            best = len(names), span
    return Label(source, best[1])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") for name in re.findall(_BARE, dotted))


def _table(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, at = str(error), _AT.search(str(error))
        reason = said[: at.start()] if at else said
        offset = source.start(int(at[1])) + int(at[2]) - 1 if at and at[1] else len(source.text)
        place = Label(source, Span(offset, offset + 1))
        raise SpecError([UnreadableConfiguration(f"this is no TOML: {reason}", (place,))]) from None
