"""Rows of cells as text, and how numbers differ."""

from __future__ import annotations

import csv
import io

import pytest

from netspec.cli.table import aligned, change, signed
from netspec.cli.table import csv as as_csv
from netspec.shapes import UNKNOWN, Dim
from netspec.shapes.units import size


def test_tables_fit_a_terminal() -> None:
    rows = [("a" * 50, "x", "1"), ("b", "y", "22")]
    lines = aligned(("name", "kind", "n"), rows, (False, False, True), width=40)
    assert lines == [
        f"{'name':<30}  kind   n",
        f"{'a' * 15}…{'a' * 14}  x      1",
        f"{'b':<30}  y     22",
    ]


def test_csv_survives_hostile_names() -> None:
    (line,) = (as_csv(("=1+1", 'a"b', "c,d", "e\nf"), [])[:1],)
    assert next(csv.reader(io.StringIO(line[0]))) == ["'=1+1", 'a"b', "c,d", "e\nf"]


@pytest.mark.parametrize(
    ("old", "new", "short", "long"),
    [
        (0, 0, "–", "0"),
        (5, 5, "–", "5"),
        (0, 512, "+512", "0 → 512  (+512)"),
        (25_600_000, 26_112_000, "+512 k", "25.6 M → 26.1 M  (+512 k, +2.0 %)"),
        (1000, 1, "−999", "1.00 k → 1  (−999, −99.9 %)"),
        (10**6, 10**6 + 1, "+1", "1.00 M → 1.00 M  (+1, +0.0001 %)"),
        (10, 150, "+140", "10 → 150  (+140, ×15)"),
        (UNKNOWN, UNKNOWN, "?", "?"),
        (UNKNOWN, 7, "?", "? → 7"),
        (7, UNKNOWN, "?", "7 → ?"),
    ],
)
def test_numbers(old: Dim, new: Dim, short: str, long: str) -> None:
    assert signed(old, new) == short
    assert change(old, new) == long


def test_bytes() -> None:
    assert signed(0, 1200, size) == "+1.20 kB"
