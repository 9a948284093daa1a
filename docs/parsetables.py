"""netspec/syntax/tables.py: the parse tables of grammars/net.lark, as Lark computes them.

The compiler reads them in place of the grammar, so that it starts without Lark and without computing them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lark
from lark.parsers.lalr_analysis import Shift

ROOT = Path(__file__).resolve().parents[1]
NAME = "netspec/syntax/tables.py"
GRAMMAR = ROOT / "grammars" / "net.lark"
HEAD = '''"""The parse tables of grammars/net.lark, as Lark computes them. Written by docs/generate.py."""

from __future__ import annotations

# The terminals in the order in which they are tried, each with its regular expression.
TERMINALS = {
'''
RULES = """}
# The rules: what each makes, of how many symbols, by which method of Builder ("": it hands on the one that it has).
RULES = (
"""
STATES = """)
# What each state does with a terminal, and where it goes on behind what a rule has made: n is state n, ~n is rule n.
STATES: tuple[dict[str, int], ...] = (
"""


def write() -> bool:
    """Writes the file where it is out of date; whether it was."""
    path, text = ROOT / NAME, page()
    stale = not path.exists() or path.read_text(encoding="utf-8") != text
    if stale:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {NAME}")
    return stale


def page() -> str:
    parser: Any = lark.Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="basic")
    table = parser.parser.parser._parse_table  # which Lark keeps to itself
    start, end = (of["start"] for of in (table.start_states, table.end_states))
    number = _numbers(table.states, start)
    numbered: dict[Any, int] = {}
    states = [dict(_row(table.states[state], number, numbered)) for state in number]
    return "".join(
        [
            HEAD,
            *(f"    {_quoted(name)}: {_quoted(pattern)},\n" for name, pattern in _terminals(parser)),
            RULES,
            *(f"    {_rule(rule)},\n" for rule in numbered),
            STATES,
            *(f"    {json.dumps(row)},\n" for row in states),
            f")\nSTART, END_STATE = {number[start]}, {number[end]}\n",
        ]
    )


def _terminals(parser: Any) -> Iterator[tuple[str, str]]:
    """By falling priority, then by name."""
    for terminal in sorted(parser.terminals, key=lambda terminal: (-terminal.priority, terminal.name)):
        yield terminal.name, terminal.pattern.to_regexp()


def _numbers(states: dict[int, dict[str, Any]], start: int) -> dict[int, int]:
    """By the shortest way to each from the first, so that the same grammar gives the same tables: Lark's own differ."""
    found = {start: 0}
    for state in (waiting := [start]):
        for _, (action, target) in sorted(states[state].items()):
            if action is Shift and target not in found:
                found[target] = len(found)
                waiting.append(target)
    return found


def _row(actions: dict[str, Any], number: dict[int, int], numbered: dict[Any, int]) -> Iterator[tuple[str, int]]:
    """What a state does, by symbol; gives each rule that it names a number."""
    for name, (action, target) in sorted(actions.items()):
        yield name, number[target] if action is Shift else ~numbered.setdefault(target, len(numbered))


def _rule(rule: Any) -> str:
    alone = rule.options.expand1 and not rule.alias and len(rule.expansion) == 1
    method = "" if alone else rule.alias or rule.origin.name
    return f'("{rule.origin.name}", {len(rule.expansion)}, "{method}")'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
