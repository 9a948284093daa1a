"""Input, and layers that make numbers up: shapes, refusals, values."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.layers.base import LayoutPreference
from netspec.problems.fields import EntryCount, InvalidValue
from tests.layers.tables import (
    agrees,
    computes,
    each,
    has_no_meaning,
    has_parameters,
    has_shapes,
    in_backends,
    is_refused,
    means,
)

Fields = dict[str, Any]


def shapes(**dims: Any) -> Fields:
    return {"shape": {"dim": dims["dim"]}}


RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Input", {}, (), (None, None)),
    ("Input", {"shape": ({"dim": (1, 3, 8, 8)},)}, (), ((1, 3, 8, 8), (1, 3, 8, 8))),
    ("Input", {"shape": ({"dim": (2, 3)}, {"dim": ()})}, (), ((2, 3), ())),
    ("DummyData", {"shape": ({"dim": (2,)},)}, (), ((2,), (2,))),
    ("RandomData", {"shape": ({"dim": (2,)},), "data_filler": ({"type": "gaussian"},)}, (), ((2,), (2,))),
    ("DummyData", {"num": (2, 3), "channels": (1,), "height": (4,), "width": (5,)}, (), ((2, 1, 4, 5), (3, 1, 4, 5))),
    ("Parameter", shapes(dim=(2, 3)), (), ((2, 3),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, names and shapes of the parameter blobs, multiply-accumulates
PARAMETERS: list[tuple[Any, ...]] = [
    ("Parameter", shapes(dim=(2, 3)), (), [("value", (2, 3))], 0),
]
test_parameters_stand_in_the_order_of_caffe = each(PARAMETERS, has_parameters)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("Input", {"shape": ({"dim": (1,)},) * 2}, (), EntryCount, "shape is given 2 times for 3 tops", 3),
    ("DummyData", {}, (), EntryCount, "shape is given 0 times"),
    ("DummyData", {"num": (2,)}, (), EntryCount, "channels is given 0 times"),
    ("DummyData", {"num": (2,), "shape": ({"dim": (1,)},)}, (), InvalidValue, "two forms"),
    ("DummyData", {"data_filler": ({},) * 2, "shape": ({"dim": (1,)},)}, (), EntryCount, "data_filler", 3),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, tops
FORMULAS: list[tuple[Any, ...]] = [
    ("DummyData", {"shape": ({"dim": (2,)},), "data_filler": ({"value": 3.0},)}, [], [[3, 3]]),
]
test_formulas = each(FORMULAS, means)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("DummyData", "dummy_data_param { data_filler { value: 2 } }", (A,), A * 0 + 2),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


# type, fields, bottoms, wish
UNSAID: list[tuple[Any, ...]] = [
    ("DummyData", {"shape": ({"dim": (2,)},), "data_filler": ({"type": "gaussian"},)}, (), LayoutPreference.FIRST),
]
test_a_meaning_that_is_not_there_is_refused_only_when_asked_for = each(UNSAID, has_no_meaning)
