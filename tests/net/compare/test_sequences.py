"""What two sequences have in common."""

from __future__ import annotations

from itertools import pairwise

import pytest

from netspec.net.compare.sequences import common, rising


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ("", "", 0),
        ("abc", "abc", 3),
        ("abc", "", 0),
        ("abcd", "abxd", 3),
        ("abcabba", "cbabac", 4),
        ("xaxbxc", "abc", 3),
        ("a" * 3000, "b" * 3000, 0),
        ("ab" * 1000, "ba" * 1000, 1999),
        ("a" + "bc" * 1000, "d" + "bc" * 1000, 2000),
    ],
)
def test_common_is_a_longest_common_subsequence(a: str, b: str, pairs: int) -> None:
    found = common([ord(x) for x in a], [ord(x) for x in b])
    assert len(found) == pairs
    assert all(a[i] == b[j] for i, j in found)
    assert all(x[0] < y[0] and x[1] < y[1] for x, y in pairwise(found))


def test_common_ends_where_little_is_common() -> None:
    """What it has found by then are equal elements all the same."""
    a, b = [i * 7919 % 5003 for i in range(5000)], [i * 104729 % 5003 for i in range(5000)]
    found = common(a, b)
    assert all(a[i] == b[j] for i, j in found)
    assert all(x[0] < y[0] and x[1] < y[1] for x, y in pairwise(found))


@pytest.mark.parametrize(
    ("numbers", "count"), [([], 0), ([3, 1, 2], 2), ([0, 1, 2], 3), ([2, 1, 0], 1), ([1, 5, 2, 3, 9, 4], 4)]
)
def test_rising(numbers: list[int], count: int) -> None:
    kept = [numbers[i] for i in sorted(rising(numbers))]
    assert len(kept) == count and kept == sorted(kept)
