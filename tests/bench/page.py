"""docs/performance.md: the tables between its marks are what `make bench` has measured last; the words are ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

from measure import Line

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
SECTION = "<!-- bench: {} -->\n{}<!-- end -->"


def write(row: str, lines: Iterable[Line], machine: str) -> None:
    """Puts the lines of a row in the page, with where they were measured. A row that the page has no place for is left
    out."""
    text = PAGE.read_text(encoding="utf-8")
    table = "".join(f"| {line.what} | {line.measured} | {line.ratio:.2f} | {_reach(line)} |\n" for line in lines)
    held = f"\n| what | measured | ratio | reach |\n|---|---|---|---|\n{table}\n{machine}\n\n"
    found = re.compile(SECTION.format(re.escape(row), ".*?"), re.DOTALL)
    PAGE.write_text(found.sub(lambda _: SECTION.format(row, held), text), encoding="utf-8")


def _reach(line: Line) -> str:
    if not math.isfinite(line.limit):
        return "reported"
    return f"≤ {line.limit:.2f}" if line.within else f"≤ {line.limit:.2f}, missed"
