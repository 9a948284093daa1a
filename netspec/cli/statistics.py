"""How often there is what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from netspec.cli.table import aligned
from netspec.diagnostics import Diagnostic


def as_table(kinds: Counter[type[Diagnostic]]) -> str:
    """The most frequent first."""
    rows = [(str(count), kind.code, kind.title, kind.severity.value) for kind, count in _sorted(kinds)]
    lines = aligned(("count", "code", "name", "severity"), rows, (True, False, False, False), None) if rows else []
    return "".join(f"{line}\n" for line in lines)


def as_json(kinds: Counter[type[Diagnostic]]) -> str:
    """A list with an object for each code."""
    values = [
        {"code": kind.code, "title": kind.title, "severity": kind.severity.value, "count": count}
        for kind, count in _sorted(kinds)
    ]
    return json.dumps(values, indent=2) + "\n"


def _sorted(kinds: Counter[type[Diagnostic]]) -> Iterator[tuple[type[Diagnostic], int]]:
    yield from sorted(kinds.items(), key=lambda item: (-item[1], item[0].code))
