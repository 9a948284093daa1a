"""Tokens, and the words for them that people read."""

from collections.abc import Set
from typing import NamedTuple


class Token(NamedTuple):
    """A terminal's match. The parser asks a token for its `type` and nothing else."""

    type: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


END = "$END"  # Lark's name for the end of the text
UNKNOWN = "UNKNOWN"  # a character that begins no terminal
MAX_DEPTH = 100  # brackets within brackets; real nets reach 5
SHORTCUTS = frozenset({"FIELD", "OPEN"})
LAYERS = frozenset({"layer", "layers"})
PHASES = frozenset({"train", "test"})
VALUES = frozenset({"STRING", "NUMBER", "MINUS", "NAME", "TEMPLATE", "QUANTITY"})  # what begins a scalar
# The keywords that begin statements, and what begins those that end with a body ("list" is of an if's branches).
STATEMENTS = frozenset({"BLOCK", "EXPECT", "IF", "IMPORT", "INPUT", "LET", "REPEAT", "STAGE"})
BODIES = frozenset({"BLOCK", "IF", "REPEAT", "STAGE", "list"})
OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "PERCENT"})
MESSAGE_STARTS = frozenset({"LBRACE", "LANGLE", "OPEN"})
OPENING = {"OPEN": "RBRACE", "LBRACE": "RBRACE", "LANGLE": "RANGLE", "LSQUARE": "RSQUARE", "LPAR": "RPAR"}
OPERATIONS = {"EQ": "==", "AND": "and", "OR": "or", "NOT": "not"}  # as the nodes have them
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
# Tokens of prototxt that stand side by side in no prototxt: `1 - 2`, `-"a"`, `[[1]]`.
BEYOND = frozenset(
    [(value, "MINUS") for value in ("NUMBER", "NAME", "STRING", "RSQUARE")]
    + [("MINUS", "STRING"), ("MINUS", "LSQUARE"), ("LSQUARE", "LSQUARE"), ("COMMA", "LSQUARE")]
)
# What begins a statement is no value, though values may be spelled like it: `let x =`, and `let y = 3` on the next
# line.
HIDDEN = frozenset(
    (operator, keyword)
    for operator in ("EQUALS", "PLUS", "STAR", "SLASH", "PERCENT", "IN", "DOTDOT")
    for keyword in ("BLOCK", "EXPECT", "IF", "IMPORT", "INPUT", "LET", "REPEAT", "STAGE")
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
    "ARROW": "->",
    "IN": "in",
    "FROM": "from",
    "DOTDOT": "..",
    "COLON": ":",
    "EQUALS": "=",
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


def expectation(types: Set[str], in_fields: bool = False) -> str:
    """What may stand where the parser takes tokens of these types: `":" or "{"`, say.

    Rare spellings (`<` for `{`), what may always stand between fields (`,`) or go on with a value (`+`), and, where
    only fields make sense, what belongs to statements (`=`) go without saying.
    """
    words: list[str] = []
    rare = set[str]()
    if "NUMBER" in types:
        words.append("a value" if "STRING" in types else "a number")
        rare = MARKS.keys() - {END}
    elif "LET" in types:
        words.append("a field name")
        rare |= {"COLON", "EQUALS", "COMMA", "LBRACE", "LPAR", "LSQUARE", "LANGLE"}
    elif "NAME" in types:
        words.append("a name")
    elif types >= RELATIONS and "RPAR" not in types:
        words.append("a comparison")
        rare |= {"LPAR"}
    if "EQ" in types:
        rare |= RELATIONS
    if "LBRACE" in types:
        rare |= {"LANGLE", "LSQUARE", "LPAR"} | ({"EQUALS"} if in_fields else set())
    if types.isdisjoint({"RSQUARE", "RPAR"}):
        rare |= {"COMMA"} if "IN" not in types and "FROM" not in types else set()
    elif "COMMA" in types:  # what a name begins, among arguments
        rare |= {"LBRACE", "LPAR", "EQUALS", "LANGLE", "RANGLE"}
    words += [f'"{mark}"' for name, mark in MARKS.items() if name in types and name not in rare]
    if END in types:
        words.append("the end of the file")
    if not words:
        return "something else"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
