"""Reductions over chosen axes: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import AxisOutOfRange
from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "CountNonzero": net("CountNonzero", "count_nonzero_param { axis: 1 }", "2 3"),
    "ReduceAll": net("ReduceAll", "reduce_all_param { axis: 0 }", "2 3"),
    "ReduceAny": net("ReduceAny", "reduce_any_param { axis: 0 }", "2 3"),
    "ReduceL1": net("ReduceL1", "reduce_l1_param { axes: 1 }", "2 3 4"),
    "ReduceL2": net("ReduceL2", "reduce_l2_param { axes: [1, 2] keepdims: 0 }", "2 3 4"),
    "ReduceLogsumexp": net("ReduceLogsumexp", "reduce_logsumexp_param { axis: 1 }", "2 3 4"),
    "ReduceMax": net("ReduceMax", "reduce_max_param { axis: 1 }", "2 3 4"),
    "ReduceMean": net("ReduceMean", "reduce_mean_param { axis: [-1, 0] keepdims: true }", "2 3 4"),
    "ReduceMin": net("ReduceMin", "reduce_min_param { axis: 2 axis: 1 }", "2 3 4"),
    "ReduceSum": net("ReduceSum", "reduce_sum_param { axis: 1 }", "2 3 4"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
MARKS = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("ReduceSum", {"axis": (2,)}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("ReduceL1", {"axes": (1, -1)}, ((2, 3),), InvalidValue, "more than once: 1, -1"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("ReduceSum", "reduce_sum_param { axis: [-1, 0] }", (X,), X.sum((0, 2))),
    ("ReduceSum", "", (X,), X.sum()),
    ("ReduceMean", "reduce_mean_param { axis: 1 keepdims: true }", (X,), X.mean(1, keepdims=True)),
    ("ReduceMean", "reduce_mean_param { keepdims: true }", (X,), X.mean(keepdims=True)),
    ("ReduceMax", "reduce_max_param { axis: 1 }", (X,), X.max(1)),
    ("ReduceMin", "reduce_min_param { axis: 2 axis: 1 }", (X,), X.min((1, 2))),
    ("ReduceLogsumexp", "reduce_logsumexp_param { axis: 1 }", (X,), np.log(np.exp(X).sum(1))),
    ("ReduceAll", "reduce_all_param { axis: 0 }", (MARKS,), [0, 0, 0]),
    ("ReduceAll", "reduce_all_param { axis: 1 }", (MARKS[:, :1],), [0, 1]),
    ("ReduceAny", "reduce_any_param { axis: 0 }", (MARKS * 0,), [0, 0, 0]),
    ("ReduceAny", "reduce_any_param { axis: 1 }", (-MARKS,), [1, 1]),
    ("CountNonzero", "count_nonzero_param { axis: 1 }", (MARKS,), [2, 1]),
    ("ReduceL1", "reduce_l1_param { axes: 1 }", (X,), np.abs(X).sum(1, keepdims=True)),
    ("ReduceL2", "reduce_l2_param { axes: [1, 2] keepdims: 0 }", (X,), np.sqrt((X**2).sum((1, 2)))),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
