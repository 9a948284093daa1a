"""Which layers stand together: uses of blocks, told apart and named."""

from __future__ import annotations

import pytest

import netspec
from netspec.net.scopes import folded

NET = """
input data: [1, 3, 8, 8]
block conv(x, n) -> y { y = Convolution(x) { num_output: n kernel_size: 1 } | ReLU }
block pair(x, at) -> f"b{at}" {
  name: ""
  first = conv(x, 4)
  f"b{at}" = conv(first, 4)
}
block plain(x, at) -> y {
  name: ""
  y = Convolution(x) { name: f"u{at}/conv" num_output: 2 kernel_size: 1 } | ReLU { name: f"u{at}/relu" }
}
"""
DEEP = """
block one(x) -> y { y = conv(x, 4) }
block two(x) -> y { y = x  repeat i in 1..2 { y = one(y) } }
block three(x) -> y { y = two(x) }
d = data
repeat i in 1..2 { d = three(d) }
"""
# statements, depth, scopes as name: block or type, layers
FOLDED = [
    ("one = conv(data, 4)\np = Pooling(one) { global_pooling: true }", 1, ["data: Input", "one: conv 2", "p: Pooling"]),
    ("x = conv(data, 4)\nx = conv(x, 4)", 1, ["data: Input", "x: conv 2", "x_2: conv 2"]),
    ("x = data\nrepeat i in [1, 1] { x = conv(x, 4) }", 1, ["data: Input", "x: conv 2", "x_2: conv 2"]),
    ('p = pair(data, "1")\nq = pair(p, "2")', 1, ["data: Input", "b1/y: pair 4", "b2/y: pair 4"]),
    ('p = pair(data, "1")', 2, ["data: Input", "first: conv 2", "b1: conv 2"]),
    ("r = conv(data, 3)", 2, ["data: Input", "r/y: Convolution", "r/y/relu: ReLU"]),
    (DEEP, 1, ["data: Input", "d: three 4", "d_2: three 4"]),
    (DEEP, 2, ["data: Input", "d/y: two 4", "d_2/y: two 4"]),
    (DEEP, 3, ["data: Input", "d/y/y: one 2", "d/y/y_2: one 2", "d_2/y/y: one 2", "d_2/y/y_2: one 2"]),
    ("u = plain(data, 1)\nu = plain(u, 2)", 1, ["data: Input", "u1: plain 2", "u2: plain 2"]),
    ("u = plain(data, 1)\nv = plain(u, 11)", 1, ["data: Input", "u1: plain 2", "u11: plain 2"]),
]


@pytest.mark.parametrize(("statements", "depth", "scopes"), FOLDED)
def test_folded(statements: str, depth: int, scopes: list[str]) -> None:
    net = netspec.load_text(NET + statements, phase="TEST")
    found = list(folded(net, depth))
    assert [node for scope in found for node in scope.nodes] == list(net.layers)
    assert [
        f"{s.name}: {s.block} {len(s.nodes)}" if s.block else f"{s.name}: {s.nodes[0].type}" for s in found
    ] == scopes


def test_prototxt_has_no_blocks() -> None:
    net = netspec.load("specs/lenet.net")
    assert [scope.name for scope in folded(net, 1)] == [node.name for node in net.layers]
