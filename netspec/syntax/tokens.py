"""Tokens, and the words for them that people read."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple


class Token(NamedTuple):
    """A terminal's match. Lark's parser asks a token for its `type` and nothing else."""

    type: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


END = "$END"  # Lark's name for the end of the text
UNKNOWN = "UNKNOWN"  # a character that begins no terminal
SHORTCUTS = frozenset({"FIELD", "OPEN"})
LAYERS = frozenset({"layer", "layers"})
VALUES = frozenset({"STRING", "NUMBER", "MINUS", "NAME"})  # what begins a scalar
MESSAGE_STARTS = frozenset({"LBRACE", "LANGLE", "OPEN"})
OPENING = {"OPEN": "RBRACE", "LBRACE": "RBRACE", "LANGLE": "RANGLE", "LSQUARE": "RSQUARE", "LPAR": "RPAR"}
RELATIONS = frozenset({"EQ", "NE", "LE", "GE", "LANGLE", "RANGLE"})
# What prototxt is made of; any other token belongs to what .net adds.
PROTOTXT = frozenset(
    [
        "FIELD",
        "OPEN",
        "NAME",
        "COLON",
        "STRING",
        "NUMBER",
        "LBRACE",
        "RBRACE",
        "COMMA",
        "SEMICOLON",
        "MINUS",
        "LSQUARE",
        "RSQUARE",
        "LANGLE",
        "RANGLE",
    ]
)
# Behind these a name is that of a value, a type or a block, and never of a field.
BEFORE_NAMES = (
    frozenset(
        [
            "IF",
            "IN",
            "PIPE",
            "ARROW",
            "EQUALS",
            "LPAR",
            "PLUS",
            "MINUS",
            "STAR",
            "SLASH",
            "PERCENT",
            "DOTDOT",
            "AND",
            "OR",
            "NOT",
            "COMMA",
        ]
    )
    | RELATIONS
)
MARKS = {
    "COLON": ":",
    "COMMA": ",",
    "LANGLE": "<",
    "LBRACE": "{",
    "LPAR": "(",
    "LSQUARE": "[",
    "RANGLE": ">",
    "RBRACE": "}",
    "RPAR": ")",
    "RSQUARE": "]",
}


def expectation(types: Set[str]) -> str:
    """What may stand where the parser takes tokens of these types: `":" or "{"`, say.

    Rare spellings (`<` for `{`) and what may always stand between fields (`,`) go without saying.
    """
    words: list[str] = []
    if types >= {"LBRACE", "NUMBER"}:
        words.append("a value")
    elif "NUMBER" in types:
        words.append("a value" if "STRING" in types else "a number")
    else:
        if "NAME" in types:
            words.append("a field name")
        rare = {"LANGLE", "LSQUARE"} if "LBRACE" in types else set[str]()
        if "RSQUARE" not in types:
            rare.add("COMMA")
        words += [f'"{mark}"' for name, mark in MARKS.items() if name in types and name not in rare]
    if END in types:
        words.append("the end of the file")
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
