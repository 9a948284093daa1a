"""A blob that is stored in one shape and order of axes, as another layer wants to read it."""

from __future__ import annotations

from itertools import permutations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.emit.views import steps


@st.composite
def shapes_alike(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes of as many elements, of 1 in places."""
    factors = draw(st.lists(st.sampled_from([1, 2, 3, 4, 6]), max_size=4))

    def grouped() -> tuple[int, ...]:
        shape = [1]
        for factor in draw(st.permutations(factors)) if draw(st.booleans()) else factors:
            if draw(st.booleans()):
                shape.append(factor)
            else:
                shape[-1] *= factor
        return tuple(shape)

    return grouped(), grouped()


@given(shapes_alike(), st.data())
def test_a_view_is_the_blob_in_another_shape_and_order(
    shapes: tuple[tuple[int, ...], tuple[int, ...]], data: st.DataObject
) -> None:
    theirs, mine = shapes
    orders = [data.draw(st.none() | st.sampled_from([*permutations(range(len(shape)))])) for shape in shapes]
    blob = np.arange(prod(theirs)).reshape(theirs)
    kept = view = blob.transpose(orders[0]) if orders[0] else blob
    found = steps(kept.shape, orders[0], mine, orders[1])
    for step in found:
        view = view.reshape(step.to) if step.word == "reshape" else view.transpose(step.to)
    wanted = blob.reshape(mine)
    np.testing.assert_array_equal(view, wanted.transpose(orders[1]) if orders[1] else wanted)
    assert len(found) <= 3


STEPS: list[tuple[tuple[int, ...], tuple[int, ...] | None, tuple[int, ...], tuple[int, ...] | None, list[object]]] = [
    ((4, 6), None, (4, 6), None, []),
    ((6, 4), (1, 0), (4, 6), None, [("transpose", (1, 0))]),
    ((4, 3), (1, 0), (3, 4, 1, 1), (2, 3, 1, 0), [("reshape", (1, 1, 4, 3))]),
    ((3, 4), None, (3, 4, 1, 1), None, [("reshape", (3, 4, 1, 1))]),
    ((1, 3, 1, 1), None, (1, 3, 1, 1), None, []),
    ((1, 1, 4, 3), (2, 3, 1, 0), (3, 4, 1, 1), (2, 3, 1, 0), []),
    ((1,), None, (), None, [("reshape", ())]),
    ((2, 2, 4, 3), (2, 3, 1, 0), (3, 16), (1, 0), [("transpose", (2, 0, 1, 3)), ("reshape", (16, 3))]),
    ((6, 4), (1, 0), (6, 4), None, [("transpose", (1, 0)), ("reshape", (6, 4))]),
]


@pytest.mark.parametrize(("stored_shape", "order", "shape", "wanted", "expected"), STEPS)
def test_no_step_more_than_it_takes(
    stored_shape: tuple[int, ...],
    order: tuple[int, ...] | None,
    shape: tuple[int, ...],
    wanted: tuple[int, ...] | None,
    expected: list[object],
) -> None:
    assert list(steps(stored_shape, order, shape, wanted)) == expected
