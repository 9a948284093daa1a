"""Sizes that are not known, that vary, and that stretch."""

from __future__ import annotations

import pytest

from netspec.shapes import UNKNOWN, VARYING, Dim, determined, stretched
from netspec.shapes.symbols import symbol


def test_a_size_that_varies_stays_one() -> None:
    assert all(size.varies for size in (VARYING + 1, 3 * VARYING, VARYING // 2, -VARYING) if not isinstance(size, int))
    assert determined((VARYING * 2, 5)) and not determined((VARYING * UNKNOWN, 5)) and not determined(None)


N, M = symbol("N"), symbol("M")
MEETING: list[tuple[Dim, Dim, Dim | None]] = [
    (1, 1, 1),
    (1, 5, 5),
    (5, 1, 5),
    (4, 5, None),
    (1, N, N),
    (N, 1, N),
    (N, 5, 5),
    (5, N, 5),
    (N, N, N),
    (1, UNKNOWN, UNKNOWN),
    (UNKNOWN, 5, 5),
    (N, UNKNOWN, N),
    (VARYING, N, N),
]


@pytest.mark.parametrize(("a", "b", "size"), MEETING)
def test_two_sizes(a: Dim, b: Dim, size: Dim | None) -> None:
    assert stretched(a, b) is size or stretched(a, b) == size
