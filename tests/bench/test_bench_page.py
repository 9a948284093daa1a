"""The page of the bench has a place for its rows, and keeps the words around it."""

from __future__ import annotations

import math
import re
from pathlib import Path

import page
import pytest
from measure import Line


def test_writes_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "page.md"
    copy.write_text("before\n<!-- bench: a -->\nold\n<!-- end -->\nbetween\n<!-- bench: b -->\n<!-- end -->\n", "utf-8")
    monkeypatch.setattr(page, "PAGE", copy)
    lines = [Line("x : y", "1 against 2", 0.5, 0.4), Line("z", "3", 1.0, math.inf), Line("w", "4", 0.1, 1.0)]
    page.write("a", lines, "here")
    page.write("none", lines, "here")
    assert copy.read_text("utf-8") == (
        "before\n<!-- bench: a -->\n\n| what | measured | ratio | reach |\n|---|---|---|---|\n"
        "| x : y | 1 against 2 | 0.50 | ≤ 0.40, missed |\n| z | 3 | 1.00 | reported |\n| w | 4 | 0.10 | ≤ 1.00 |\n"
        "\nhere\n\n<!-- end -->\nbetween\n<!-- bench: b -->\n<!-- end -->\n"
    )


def test_every_mark_is_a_row() -> None:
    marks = re.findall(r"<!-- bench: (\w+) -->\n.*?<!-- end -->", page.PAGE.read_text("utf-8"), re.DOTALL)
    rows = re.findall(
        r'^    "(\w+)": ', (Path(page.__file__).with_name("__main__.py")).read_text("utf-8"), re.MULTILINE
    )
    assert marks and set(marks) <= set(rows)
