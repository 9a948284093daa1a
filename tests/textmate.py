"""A TextMate tokeniser, as small as its rules: match, begin and end, captures, include. One line at a time, by `re`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

Rule = dict[str, Any]


class Coloured(NamedTuple):
    """A piece of text, and its scopes, outermost first."""

    text: str
    scopes: tuple[str, ...]


class _Region(NamedTuple):
    """What a begin has opened."""

    rule: Rule
    scopes: tuple[str, ...]


_compiled = cache(re.compile)


def coloured(grammar: Rule, text: str) -> Iterator[Coloured]:
    """The text in pieces. What lies in no rule has the grammar's own scope alone."""
    stack = [_Region({"patterns": grammar["patterns"]}, (grammar["scopeName"],))]
    for line in text.splitlines(keepends=True):
        yield from _line(grammar, line, stack)


def _line(grammar: Rule, line: str, stack: list[_Region]) -> Iterator[Coloured]:
    at, content = 0, line.rstrip("\r\n")
    while True:
        region = stack[-1]
        found = [
            (match, rule)
            for rule in _rules(grammar, region.rule["patterns"])
            if (match := _compiled(rule.get("match") or rule["begin"]).search(content, at))
        ]
        best = min(found, key=lambda each: each[0].start(), default=None)  # of those at one place, the first rule
        end = _compiled(region.rule["end"]).search(content, at) if "end" in region.rule else None
        if end and (best is None or end.start() <= best[0].start()):
            yield Coloured(content[at : end.start()], region.scopes)
            yield from _captured(end, region.rule.get("endCaptures", {}), region.scopes)
            stack.pop()
            at = end.end()
            continue
        if best is None:
            yield Coloured(line[at:], region.scopes)
            return
        match, rule = best
        assert match.end() > match.start() or "begin" in rule, rule
        yield Coloured(content[at : match.start()], region.scopes)
        scopes = (*region.scopes, rule["name"]) if "name" in rule else region.scopes
        yield from _captured(match, rule.get("captures", rule.get("beginCaptures", {})), scopes)
        at = match.end()
        if "begin" in rule:
            stack.append(_Region(rule, scopes))


def _captured(match: re.Match[str], captures: Rule, scopes: tuple[str, ...]) -> Iterator[Coloured]:
    """The groups of a match, which do not lie in one another."""
    at = match.start()
    for number in sorted(map(int, captures)):
        start, end = match.span(number)
        yield Coloured(match.string[at:start], scopes)
        yield Coloured(match.string[start:end], (*scopes, captures[str(number)]["name"]))
        at = end
    yield Coloured(match.string[at : match.end()], scopes)


def _rules(grammar: Rule, patterns: list[Rule]) -> Iterator[Rule]:
    for rule in patterns:
        if "include" in rule:
            included = grammar["repository"][rule["include"].removeprefix("#")]
            yield from _rules(grammar, included["patterns"] if set(included) == {"patterns"} else [included])
        else:
            yield rule
