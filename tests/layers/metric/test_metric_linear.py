"""InnerProduct with its weight as a bottom: what tells it, its shapes, what it refuses, values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.problems.fields import BlobCount
from netspec.problems.shapes import AxisOutOfRange, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import net_text
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_explained

NO_BIAS = "inner_product_param { bias_term: false }"
NETS = {"BottomInnerProduct": net("BottomInnerProduct", NO_BIAS, "3 4", "5 4")}

# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("BottomInnerProduct", {"bias_term": False}, ((2, 3, 4), (5, 12)), ((2, 5),), ()),
    ("BottomInnerProduct", {"axis": 2}, ((2, 3, 4), (5, 4), (5,)), ((2, 3, 5),), ()),
    ("BottomInnerProduct", {}, ((2, UNKNOWN), (5, UNKNOWN), (5,)), ((2, 5),), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("BottomInnerProduct", {}, ((2, 4), (5, 4)), BlobCount, "takes its bias as third"),
    ("BottomInnerProduct", {"bias_term": False}, ((2, 4), (5, 3)), ShapeMismatch, "4·5 = 20"),
    ("BottomInnerProduct", {}, ((2, 4), (5, 4), (4,)), ShapeMismatch, "a bias for each of 5"),
    ("BottomInnerProduct", {"axis": 3}, ((2, 4), (5, 4), (5,)), AxisOutOfRange, "axis 3"),
]
test_refused = each(REFUSED, is_explained)


RANDOM = np.random.default_rng(1)
X, W, B = RANDOM.normal(size=(2, 3, 4)), RANDOM.normal(size=(5, 12)), RANDOM.normal(size=5)
ROWS = X.reshape(2, 12)
# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("InnerProduct", NO_BIAS, (X, W), ROWS @ W.T),
    ("InnerProduct", NO_BIAS, (X, W, B), ROWS @ W.T),
    ("InnerProduct", "", (X, W, B), ROWS @ W.T + B),
    ("InnerProduct", "inner_product_param { transpose: true }", (X, W, B), ROWS @ W.reshape(12, 5) + B),
    ("InnerProduct", "inner_product_param { axis: -1 }", (X, W[:, :4], B), X @ W[:, :4].T + B),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("field", ["num_output: 7", 'weight_filler { type: "xavier" }', "normalize: true"])
def test_fields_without_effect(field: str) -> None:
    text = net_text("InnerProduct", f"inner_product_param {{ bias_term: false {field} }}", [(2, 4), (5, 4)])
    assert netspec.load_text(text).blobs["y0"] == (2, 5)
    assert [d.code for d in check_source(Source("a.prototxt", text))] == ["NS231"]


@pytest.mark.parametrize("bottoms", [1, 2, 3, 4])
def test_what_tells_it(bottoms: int) -> None:
    """The number of bottoms; the type is called as specs call it."""
    text = net_text("InnerProduct", NO_BIAS.replace("bias", "num_output: 5 bias"), [(5, 5)] * bottoms)
    found = check_source(Source("a.prototxt", text))
    assert [d.code for d in found] == {1: [], 4: ["NS212"]}.get(bottoms, ["NS231"])
    if bottoms < 4:
        node = netspec.load_text(text).layers[-1]
        assert (node.type, len(node.blobs)) == ("InnerProduct", int(bottoms == 1))
