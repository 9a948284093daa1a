"""The grammar of .net files for people: the rules of grammars/net.lark, without what only the parser needs.

Left out are the names of the nodes, and the tokens that stand for several to save time. A sign or a keyword stands as
it is written, in quotes; a name in capitals is a token that docs/language.md describes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

GRAMMAR = Path(__file__).resolve().parents[1] / "grammars" / "net.lark"
WIDTH = 100
SHORTCUTS = ("FIELD", "OPEN")
_RULE = re.compile(r"^\?*([a-z_]+): *(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_SIGN = re.compile(r'^([A-Z]+)(?:\.\d+)?: "(.*)"$', re.MULTILINE)
_KEYWORD = re.compile(r"^([A-Z]+)\.3: /([a-z]+)", re.MULTILINE)
_DOTS = re.compile(r"^([A-Z]+): /((?:\\\.)+)", re.MULTILINE)


def ebnf(text: str) -> str:
    """The rules, one alternative a line where a line does not hold them."""
    signs = dict([*_SIGN.findall(text), *_KEYWORD.findall(text)])
    signs |= {name: dots.replace("\\", "") for name, dots in _DOTS.findall(text)}
    rules: list[str] = []
    for name, body in _RULE.findall(text):
        body = re.sub(r"^//.*$", "", body, flags=re.MULTILINE)
        parts = re.split(r"^ *\| | \| (?![^(]*\))", body, flags=re.MULTILINE)
        alternatives = [re.sub(r" *-> *\w+$", "", part.strip()) for part in parts]
        alternatives = [part for part in alternatives if part and not set(SHORTCUTS) & set(part.split())]
        alternatives = [re.sub(r"[A-Z]+", lambda token: _quoted(token[0], signs), part) for part in alternatives]
        alternatives = [*dict.fromkeys(alternatives)]
        head, line = f"{name} = ", " | ".join(alternatives)
        between = " | " if len(head + line) <= WIDTH or name == "keyword" else f"\n{'| ':>{len(head)}}"
        rules.append(head + between.join(alternatives))
    return "\n".join(rules) + "\n"


def _quoted(token: str, signs: dict[str, str]) -> str:
    return f'"{signs[token]}"' if token in signs else token


if __name__ == "__main__":
    sys.stdout.write(ebnf(GRAMMAR.read_text(encoding="utf-8")))
