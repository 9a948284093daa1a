"""Rows of cells as text, and numbers as people read them."""

from __future__ import annotations

import csv
import io

import pytest

from netspec.cli.table import aligned, change, count, shortened, signed, size
from netspec.cli.table import csv as as_csv
from netspec.shapes import UNKNOWN, Dim


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (9994, "9.99 k"),
        (9996, "10.0 k"),
        (99_949, "99.9 k"),
        (99_951, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (60_965_224, "61.0 M"),
        (15_470_264_320, "15.5 G"),
        (10**18 * 5, "5000 P"),
        (UNKNOWN, "?"),
    ],
)
def test_counts_have_three_digits(n: int, text: str) -> None:
    assert count(n) == text


def test_sizes_are_bytes() -> None:
    assert [size(n) for n in (12, 1200, 244_000_000)] == ["12 B", "1.20 kB", "244 MB"]
    assert size(UNKNOWN) == "?"


def test_tables_fit_a_terminal() -> None:
    rows = [("a" * 50, "x", "1"), ("b", "y", "22")]
    lines = aligned(("name", "kind", "n"), rows, (False, False, True), width=40)
    assert lines == [
        f"{'name':<30}  kind   n",
        f"{'a' * 15}…{'a' * 14}  x      1",
        f"{'b':<30}  y     22",
    ]


@pytest.mark.parametrize(
    ("text", "room", "wanted"),
    [("conv1", 5, "conv1"), ("inception_3a/output", 11, "incep…utput"), ("a whole sentence", 9, "a whole…")],
)
def test_long_texts_are_shortened(text: str, room: int, wanted: str) -> None:
    assert shortened(text, room) == wanted


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
