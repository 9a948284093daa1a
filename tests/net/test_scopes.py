"""Which layers stand together: uses of blocks, told apart and named."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics.source import Turn
from netspec.net.scopes import block_uses, folded, uses

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


USES = """
input data: [1, 3, 8, 8]
block conv(x, n, k = 1 + 2, pad = k / 2, kind = MAX) -> y {
  y = Convolution(x) { num_output: n kernel_size: k pad: pad }
}
block pair(x, at, n = 4) -> x {
  name: f"p{at}"
  repeat i, wide in [[1, true], [2, false]] { x = conv(x, n * i, k = 1 + 2 * i) }
}
x = data
repeat at in ["a", "b"] { if at == "b" { x = pair(at = at, x = x) } }
x = conv(x | ReLU, 5)
repeat i in 1..0 { x = ReLU(x) }
repeat i in 7..8 { x = Pooling(x) { repeat j in 1..1 { kernel_size: 1 } } }
"""


def told(layer: str) -> list[str]:
    """What the layer stands in, the outermost first."""
    net = netspec.load_text(USES)
    (node,) = (node for node in net.layers if node.name == layer)
    said = list[str]()
    for at in uses(node):
        if isinstance(at, Turn):
            what = at.repetition
            text = what.source.text[slice(*what.span)]
            said.append(f"{text}: {what.variables} = {at.values}, {at.number} of {what.turns}")
        else:
            values = [(name, getattr(value, "name", None) or value) for name, value in at.arguments]
            assert [name for name, _ in at.arguments] == [name for name, _ in at.defaults]
            said.append(f"{at.own_name} = {at.block}{values} of {sorted(at.given)}")
    assert [use.block for use in block_uses(node)] == [
        text.partition(" = ")[2].partition("[")[0] for text in said if not text.startswith("repeat")
    ]
    return said


def test_uses() -> None:
    turn = "repeat at in [\"a\", \"b\"]: ('at',) = ('b',), 1 of 2"
    pair = "pb = pair[('x', 'data'), ('at', 'b'), ('n', 4)] of ['at', 'x']"
    inner = "repeat i, wide in [[1, true], [2, false]]: ('i', 'wide') = "
    kind = "('kind', Word(text='MAX'))"
    assert told("pb/x_2/y") == [
        turn,
        pair,
        f"{inner}(2, False), 1 of 2",
        f"pb/x_2 = conv[('x', 'pb/x/y'), ('n', 8), ('k', 5), ('pad', 2), {kind}] of ['k', 'n', 'x']",
    ]
    assert told("x/y")[0].startswith("x = conv[('x', ")
    assert told("x/y")[0].endswith(f"('n', 5), ('k', 3), ('pad', 1), {kind}] of ['n', 'x']")
    assert told("x") == ["repeat i in 7..8: ('i',) = (7,), 0 of 2"]
    assert told("x_2") == ["repeat i in 7..8: ('i',) = (8,), 1 of 2"]
    assert told("data") == []


def test_repetitions_and_blocks_are_told_apart() -> None:
    """Turns of one repetition share it, in one use of its block alone; all uses of a block share its definition."""
    net = netspec.load_text(
        NET
        + "p = pair(data, 1)\nq = pair(p, 2)"
        + """
block twice(x) -> x { repeat i in 1..2 { x = conv(x, 4) } }
a = twice(data)
b = twice(a)
"""
    )
    within = [uses(node) for node in net.layers if uses(node) and node.type == "Convolution"]
    outer = [path for path in within if len(path) == 3]
    repetitions = [turn.repetition for _, turn, _ in outer if isinstance(turn, Turn)]
    assert [repetitions.index(one) for one in repetitions] == [0, 0, 2, 2]
    assert len({repetition.span for repetition in repetitions}) == 1
    assert len({use.definition for path in within for use in path if not isinstance(use, Turn)}) == 3
    assert [default for use in block_uses(net.layers[1]) for default in use.defaults] == [
        ("x", None), ("at", None), ("x", None), ("n", None),
    ]  # fmt: skip
