"""Numbers as people read them."""

from __future__ import annotations

import pytest

from netspec.shapes import UNKNOWN
from netspec.shapes.units import count, size


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
