"""The grammar's keywords, as syntax highlighting knows them. See `netspec.highlight` and docs/tmlanguage.py."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_KEYWORD = re.compile(r"^(?P<name>[A-Z]+)\.3: /(?P<pattern>.*)/$", re.MULTILINE)

# What each keyword is for; a test holds this against the grammar.
DECLARING = ("BLOCK", "EXPECT", "INPUT", "LET")
STEERING = ("ELSE", "FROM", "IF", "IMPORT", "IN", "REPEAT", "STAGE")
LOGICAL = ("AND", "NOT", "OR")
CONSTANTS = ("true", "false", "inf", "infinity", "nan")


@cache
def keywords() -> dict[str, str]:
    """The pattern of each keyword, by the name of its terminal. A pattern tells the keyword from a field's name by what
    follows it."""
    text = files("netspec.grammars").joinpath("net.lark").read_text("utf-8")
    return {found["name"]: found["pattern"] for found in _KEYWORD.finditer(text)}


def any_of(names: tuple[str, ...]) -> str:
    """A pattern for any of some keywords."""
    return rf"\b(?:{'|'.join(keywords()[name] for name in names)})"
