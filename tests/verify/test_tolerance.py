"""How arrays are compared, and how a report tells it."""

from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy")

from netspec.verify.tolerance import NUDGE, difference, nudged  # noqa: E402

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("a", "b", "error", "magnitude", "note"),
    [
        ([1.0, 2.0], [1.0, 2.5], 0.5, 2.5, ""),
        ([0.0, 0.0], [0.0, 0.0], 0.0, 1.0, ""),
        ([0.0], [1e-30], 1e-30, 1e-30, ""),
        ([], [], 0.0, 1.0, ""),
        ([NAN, 1.0], [NAN, 1.0], 0.0, 1.0, "1 of 2 values are NaN or infinite, in the same places"),
        ([NAN, 2.0], [NAN, 1.0], 1.0, 2.0, "1 of 2 values are NaN or infinite, in the same places"),
        ([INF, -INF], [INF, -INF], 0.0, 1.0, "2 of 2 values are NaN or infinite, in the same places"),
        ([NAN, 1.0], [0.0, 1.0], INF, 1.0, "at (0,) a has nan, b 0"),
        ([INF], [-INF], INF, 1.0, "at (0,) a has inf, b -inf"),
        ([1.0, NAN], [1.0, INF], INF, 1.0, "at (1,) a has nan, b inf"),
    ],
)
def test_difference(a: list[float], b: list[float], error: float, magnitude: float, note: str) -> None:
    found = difference(np.array(a), np.array(b), ("a", "b"))
    assert (found.error, found.magnitude, found.note) == (error, magnitude, note)


def test_the_largest_difference_is_placed() -> None:
    a = np.zeros((2, 3, 4))
    a[1, 2, 3], a[0, 1, 1] = 2, -1
    assert difference(a, np.zeros_like(a), ("a", "b")).place == (1, 2, 3)


def test_other_shapes_differ() -> None:
    found = difference(np.zeros(3), np.zeros((3, 1)), ("a", "b"))
    assert found.error == INF
    assert found.note == "a gives 3, b 3×1"


def test_a_nudge_moves_every_number_by_as_much() -> None:
    x = np.array([1.0, -2.0, 0.0])
    moved = nudged(x, 1, "x", 2.0**-24)
    assert np.allclose(np.abs(moved - x), NUDGE * 2.0**-24 * np.abs(x), rtol=1e-6)
    assert np.array_equal(moved, nudged(x, 1, "x", 2.0**-24))
