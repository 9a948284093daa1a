"""Bottoms that stretch to each other over sizes with names: no condition, one module for every size, every gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.shapes import show
from netspec.shapes.symbols import at

MEANINGS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "FloorDiv": np.floor_divide,
    "FloorMod": np.mod,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
}
# The bottoms and the top.
SHAPES = [
    ("N, 1, 8", "1, 1, 8", "N×1×8"),
    ("1, 5, 4", "N, 5, 4", "N×5×4"),
    ("N, 3, H, W", "H, 1", "N×3×H×W"),
    ("5, 4", "N, 5, 4", "N×5×4"),
    ("1, H, 1", "N, 1, W", "N×H×W"),
    ("N, 3, 2 * h, W", "3, 1, 1", "N×3×(2*h)×W"),
    ("N, C", "1", "N×C"),
    ("H, W", "N, C, 1, 1", "N×C×H×W"),
]
SIZES = ({"N": 1, "C": 2, "H": 3, "W": 4, "h": 2}, {"N": 3, "C": 5, "H": 1, "W": 2, "h": 1})


def pair(type_name: str, a: str, b: str) -> str:
    return f"input a: [{a}]\ninput b: [{b}]\ny = {type_name}(a, b)\n"


@pytest.mark.parametrize(("a", "b", "top"), SHAPES)
@pytest.mark.parametrize("type_name", MEANINGS)
def test_at_two_sizes_without_a_condition(type_name: str, a: str, b: str, top: str) -> None:
    text = pair(type_name, a, b)
    assert check_source(Source("stretched.net", text)) == []
    net = netspec.load_text(text)
    assert net.symbols is not None and not net.symbols.claims
    assert show(net.blobs["y"]) == top
    random = np.random.default_rng(5)
    for backend in ("numpy", "torch", "tensorflow"):
        model = netspec.build(net, backend, dtype="float64")
        for sizes in SIZES:
            given = {name: random.uniform(0.5, 3, at(net.blobs[name] or (), sizes)) for name in ("a", "b")}
            wanted = MEANINGS[type_name](given["a"], given["b"])
            np.testing.assert_allclose(model.forward(given)["y"], wanted, rtol=1e-12, err_msg=backend)


@pytest.mark.parametrize(("a", "b", "top"), SHAPES)
@pytest.mark.parametrize("type_name", ["Add", "Mul", "Div", "Maximum"])
def test_gradients_add_up_over_what_is_stretched(type_name: str, a: str, b: str, top: str) -> None:
    assert netspec.verify(netspec.load_text(pair(type_name, a, b)), grad=True).ok


NETS = {
    "embedding of positions": (
        "input x: [N, 6, 8]\np = Parameter { shape { dim: [1, 6, 8] } }\ny = Add(x, p)\n"
        "z = LayerNorm(y) | InnerProduct { num_output: 3 }\n"
    ),
    "behind a convolution": (
        "input x: [N, 3, H, W]\nc = Convolution(x) { num_output: 4 kernel_size: 3 pad: 1 }\n"
        "b = Parameter { shape { dim: [4, 1, 1] } }\ny = Add(c, b)\n"
        "z = Convolution(y) { num_output: 2 kernel_size: 1 }\n"
    ),
    "a factor of its own": (
        "input x: [N, 3, H, 5]\nc = Convolution(x) { num_output: 4 kernel_size: 3 pad: 1 }\n"
        "y = Mul(c) { mul_shape: 5 } | Pooling { kernel_size: 2 stride: 2 }\n"
    ),
    "an attention mask": (
        "input x: [N, 4, L, L]\ninput mask: [L, L]\ny = Add(x, mask) | Softmax { axis: -1 }\n"
        "input more: [N, 1, 1, L]\nz = Mul(y, more)\n"
    ),
    "squeezed maps": (
        "input x: [N, 3, H, W]\ng = Pooling(x) { pool: AVE global_pooling: true } | Sigmoid\ny = Mul(x, g)\n"
    ),
    "what a product has added": "input a: [M, 4]\ninput b: [4, K]\ninput c: [1, K]\ny = Gemm(a, b, c)\n",
}


@pytest.mark.parametrize("name", NETS)
def test_nets_that_stretch(name: str) -> None:
    assert check_source(Source("net.net", NETS[name])) == []
    assert netspec.verify(netspec.load_text(NETS[name]), grad=True).ok


CONDITIONS = [
    ("N, 8", "M, 8", "N = M"),
    ("N, 8", "4, 8", "N is 4"),
    ("N, 2 * h", "1, W", "2*h = W"),
]


@pytest.mark.parametrize(("a", "b", "condition"), CONDITIONS)
def test_a_name_itself_does_not_stretch(a: str, b: str, condition: str) -> None:
    (found,) = check_source(Source("names.net", pair("Add", a, b)))
    assert found.code == "NS311" and condition in found.message
