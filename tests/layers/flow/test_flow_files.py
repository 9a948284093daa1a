"""What reads and writes files in FlowNet 2.0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import net_text
from tests.layers.tables import each, has_shapes, is_refused

RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))
FLOW = RANDOM.normal(size=(2, 2, 5, 6)) * 2
FLOW[0, 0, 0, 0], FLOW[1, :, 2, 3], FLOW[1, :, 4, 5] = np.nan, 0, 0.5


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ImgReader", {"file": "a.png", "num": 2, "transform_param": {"crop_size": 7}}, (), ((2, 3, 7, 7),)),
    ("FloatReader", {"file": "a.float3"}, (), ((1, UNKNOWN, UNKNOWN, UNKNOWN),)),
    ("DisparityData", {"new_height": 4, "new_width": 5, "is_color": False}, (), ((1, 1, 4, 5), (1,))),
    *((name, {}, ((1, 2 + (name == "ImgWriter"), 4, 5),), ()) for name in ("ImgWriter", "FLOWriter", "FloatWriter")),
    ("PFMWriter", {}, ((1, 1, UNKNOWN, UNKNOWN),), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("FLOWriter", {}, (A.shape,), BadDimensions, "2 channels, not 3"),
    ("ImgWriter", {}, (FLOW.shape,), BadDimensions, "1 or 3 channels, not 2"),
]
test_refused = each(REFUSED, is_refused)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_what_is_written_to_a_file_is_an_output(backend: str) -> None:
    text = net_text("NegReLU", "", [(1, 2, 3, 4)]) + (
        'layer { name: "w" type: "FLOWriter" bottom: "y0" writer_param { folder: "flow" prefix: "f" } }\n'
        'layer { name: "s" type: "Silence" bottom: "x0" }'
    )
    model = netspec.build(netspec.load_text(text), backend)
    assert list(model.forward({"x0": np.ones((1, 2, 3, 4))})) == ["y0"]
