"""StridedSlice: values, refusals, and sizes that are not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.layers.base import CallSite
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import EmptyOutput
from netspec.shapes import UNKNOWN, Shape, show
from tests.frameworks.cases import net
from tests.layers.one_layer import make
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "StridedSlice": net("StridedSlice", "strided_slice_param { begin: [0, -2] end: [2, 9] }", "2 3 4"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("StridedSlice", {"begin": (1,), "end": (1,)}, ((2, 3),), EmptyOutput, "nothing of axis 0"),
    ("StridedSlice", {"begin": (1,), "end": (1, 2)}, ((2, 3),), EntryCount, "as many end as begin: 2 and 1"),
    ("StridedSlice", {"begin": (0,) * 3, "end": (1,) * 3}, ((2, 3),), EntryCount, "3 entries for the axes of 2×3"),
    ("StridedSlice", {"begin": (1,), "end": (2,), "strides": (0,)}, ((2, 3),), InvalidValue, "not 0"),
    ("StridedSlice", {"begin": (0, 0), "end": (1, 1), "ellipsis_mask": 3}, ((2, 3),), InvalidValue, "one entry"),
    ("StridedSlice", {"begin": (0, 0), "end": (1, 1), "axes": (1, 0)}, ((2, 3),), InvalidValue, "in order"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("StridedSlice", "strided_slice_param { begin: [0, -2] end: [2, 9] }", (X,), X[0:2, -2:9]),
    (
        "StridedSlice",
        "strided_slice_param { begin: [1, 2, 3] end: [0, 0, -9] strides: [-1, -2, -3] }",
        (X,),
        X[1:0:-1, 2:0:-2, 3::-3],
    ),
    (
        "StridedSlice",
        "strided_slice_param { begin: [0, 1, 0] end: [0, 0, 0] strides: [1, 1, 2] begin_mask: 1 end_mask: 5 "
        "shrink_axis_mask: 2 }",
        (X,),
        X[:, 1, ::2],
    ),
    (
        "StridedSlice",
        "strided_slice_param { begin: [7, 1, 7] end: [0, 0, 0] ellipsis_mask: 1 shrink_axis_mask: 2 new_axis_mask: 4 }",
        (X,),
        X[..., 1, None],
    ),
    ("StridedSlice", "strided_slice_param { begin: 1 end: 4 strides: 2 axes: -1 }", (X,), X[..., 1:4:2]),
    ("StridedSlice", "strided_slice_param { begin: [-1, 0] end: [9, 2] axes: [2, 1] }", (X,), X[..., 1:][:, :2]),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize(
    ("fields", "bottom", "top"),
    [
        ({"begin": (1,), "end": (9,), "axes": (1,)}, (UNKNOWN, 4, UNKNOWN), (UNKNOWN, 3, UNKNOWN)),
        ({"begin": (0, 1), "end": (1, 3), "shrink_axis_mask": 1}, (UNKNOWN, UNKNOWN, 5), (UNKNOWN, 5)),
        ({"begin": (0, 0), "end": (0, 9), "new_axis_mask": 1, "end_mask": 2}, (UNKNOWN, 5), (1, UNKNOWN, 5)),
    ],
)
def test_slices_of_sizes_that_are_not_known(fields: dict[str, Any], bottom: Shape, top: Shape) -> None:
    layer, site = make("StridedSlice", **fields), CallSite((bottom,))
    (found,) = layer.infer(site)
    assert show(found) == show(top)
    assert "--input" in layer.lacks(site)
