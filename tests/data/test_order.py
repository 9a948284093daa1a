"""In which order items come: every item once in a round, and round behind round without a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.data.order import Order, chunks, generator


@pytest.mark.parametrize(
    ("size", "start", "count", "wanted"),
    [
        (5, 0, 3, [(0, 0, 3)]),
        (5, 3, 4, [(0, 3, 5), (1, 0, 2)]),
        (5, 5, 5, [(1, 0, 5)]),
        (2, 1, 6, [(0, 1, 2), (1, 0, 2), (2, 0, 2), (3, 0, 1)]),
        (1, 7, 2, [(7, 0, 1), (8, 0, 1)]),
    ],
)
def test_chunks(size: int, start: int, count: int, wanted: list[tuple[int, int, int]]) -> None:
    assert list(chunks(size, start, count)) == wanted


@given(st.integers(1, 12), st.lists(st.integers(1, 20), max_size=5), st.booleans(), st.integers(0, 1 << 64))
def test_rounds(size: int, counts: list[int], shuffled: bool, seed: int) -> None:
    order, came = Order(size, seed, shuffled), list[int]()
    for count in counts:
        came += order.rows(len(came), count).tolist()
    assert came == Order(size, seed, shuffled).rows(0, len(came) + 1).tolist()[:-1]
    for begin in range(0, len(came) - size, size):
        assert sorted(came[begin : begin + size]) == list(range(size))
    assert shuffled or came == [i % size for i in range(len(came))]


def test_rounds_differ() -> None:
    order = Order(100, 1, True)
    assert not np.array_equal(order.rows(0, 100), order.rows(100, 100))
    assert not np.array_equal(order.rows(0, 100), Order(100, 2, True).rows(0, 100))


def test_purposes_do_not_share_numbers() -> None:
    drawn = {generator(*purpose).integers(1 << 62) for purpose in [(1, 0, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0), (1, 0)]}
    assert len(drawn) >= 4
