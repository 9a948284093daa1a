"""Random fields: rules, and why they have no meaning."""

from __future__ import annotations

from typing import Any

import netspec
from netspec.layers.base import CallSite
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.layers.one_layer import make
from tests.layers.tables import each, has_no_code, in_frameworks, is_refused

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3),), BadDimensions, "bottom 2"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3, 3, 5),), ShapeMismatch, "axis 3"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4), (1, 3, 3, 4), (1, 3, 3, 4)), ShapeMismatch, "twice"),
]
test_refused = each(REFUSED, is_refused)


def test_three_blobs_of_classes_by_classes() -> None:
    layer = make("MultiStageMeanfield", num_iterations=5)
    blobs = layer.blobs(CallSite(((1, 21, 3, 4), (1, 21, 3, 4), (1, 3, 3, 4))))
    assert [blob.shape for blob in blobs] == [(1, 1, 21, 21)] * 3


def test_its_old_name() -> None:
    text = """layers { name: "crf" type: MULTI_STAGE_MEANFIELD bottom: "u" bottom: "q" bottom: "im" top: "pred"
      multi_stage_meanfield_param { num_iterations: 10 } }
    input: "u" input: "q" input: "im"
    input_shape { dim: 1 dim: 2 dim: 4 dim: 4 } input_shape { dim: 1 dim: 2 dim: 4 dim: 4 }
    input_shape { dim: 1 dim: 3 dim: 4 dim: 4 }"""
    assert netspec.load_text(text).blobs["pred"] == (1, 2, 4, 4)


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
