"""Random fields: rules, and why they have no meaning."""

from __future__ import annotations

from typing import Any

from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.layers.tables import each, has_no_code, in_frameworks, is_refused

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3),), BadDimensions, "bottom 2"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3, 3, 5),), ShapeMismatch, "axis 3"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4), (1, 3, 3, 4), (1, 3, 3, 4)), ShapeMismatch, "twice"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, words of what it is short of, the shape of the top
WITHOUT_CODE: list[tuple[Any, ...]] = [
    (
        "MultiStageMeanfield",
        "multi_stage_meanfield_param { num_iterations: 10 compatibility_mode: POTTS theta_alpha: 160 }",
        ((1, 2, 4, 4), (1, 2, 4, 4), (1, 3, 4, 4)),
        "permutohedral",
        (1, 2, 4, 4),
    ),
]
test_a_shape_without_a_meaning = in_frameworks(WITHOUT_CODE, has_no_code)
