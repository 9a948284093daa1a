"""Uses of a block that share the parameters of another use: which layers, under which names, and for whom."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics import errors
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.net.scopes import block_uses

HEAD = """
input left: [2, 3, 8, 8]
input right: [2, 3, 8, 8]
block fc(x, n = 4) -> y { y = InnerProduct(x) { num_output: n } }
block norm(x) -> y { y = Convolution(x) { num_output: 3 kernel_size: 1 bias_term: false } | BatchNorm | ReLU }
block deep(x, n = 2) -> y { repeat i in 1..n { x = norm(x) }  y = fc(x) }
block two(x, z) -> a, b { a = fc(x)  b = fc(z) { share: a } }
block own(x, at) -> y {
  name: ""
  y = InnerProduct(x) { name: f"own{at}" num_output: 4 param { name: "w" lr_mult: 2 } param { lr_mult: 3 } }
}
block flat(x) -> y { name: ""  y = InnerProduct(x) { name: "flat" num_output: 4 } }
block switch(x, drop) -> y { if drop { x = Dropout(x) }  y = InnerProduct(x) { num_output: 4 } }
block steps(x, d) -> y { y = InnerProduct(x) { num_output: 4 }  if d > 0 { y = steps(y, d - 1) } }
block grown(x) -> y { y = InnerProduct(x) { num_output: 4 } }
"""
# Statements, and the parameters that layers share: under their name, by the layers that have them.
CASES: dict[str, tuple[str, dict[str, str]]] = {
    "a tower": (
        "a = fc(left)\nb = fc(right) { share: a }",
        {"a/y/weight": "a/y b/y", "a/y/bias": "a/y b/y"},
    ),
    "without": ("a = fc(left)\nb = fc(right)", {}),
    "by a text": ('"a" = fc(left)\nb = fc(right) { share: "a" }', {"a/y/weight": "a/y b/y", "a/y/bias": "a/y b/y"}),
    "by a template": (
        'let i = 1\n"a1" = fc(left)\nb = fc(right) { share: f"a{i}" name: "c" }',
        {"a1/y/weight": "a1/y c/y", "a1/y/bias": "a1/y c/y"},
    ),
    "what is in it, repetition and all": (
        "a = deep(left)\nb = deep(right) { share: a }",
        {
            "a/x/y/weight": "a/x/y b/x/y",
            **{f"a/x/y/batchnorm/{name}": "a/x/y/batchnorm b/x/y/batchnorm" for name in ("mean", "variance", "factor")},
            "a/x_2/y/weight": "a/x_2/y b/x_2/y",
            **{
                f"a/x_2/y/batchnorm/{name}": "a/x_2/y/batchnorm b/x_2/y/batchnorm"
                for name in ("mean", "variance", "factor")
            },
            "a/y/y/weight": "a/y/y b/y/y",
            "a/y/y/bias": "a/y/y b/y/y",
        },
    ),
    "in a chain": (
        "a = fc(left)\nb = fc(right) { share: a }\nc = fc(left) { share: b }",
        {"a/y/weight": "a/y b/y c/y", "a/y/bias": "a/y b/y c/y"},
    ),
    "in turns": (
        "a = grown(left)\nh = fc(a)\nrepeat i in 1..2 { h = fc(h) { share: h } }",
        {"h/y/weight": "h/y h_2/y h_3/y", "h/y/bias": "h/y h_2/y h_3/y"},
    ),
    "from the second turn on": (
        "h = grown(left)\nrepeat i in 1..3 { h = fc(h) { if i > 1 { share: h } } }",
        {"h_2/y/weight": "h_2/y h_3/y h_4/y", "h_2/y/bias": "h_2/y h_3/y h_4/y"},
    ),
    "within a block, and all of it once more": (
        "a, b = two(left, right)\nc, d = two(right, left) { share: b }",
        {"a/a/y/weight": "a/a/y a/b/y c/a/y c/b/y", "a/a/y/bias": "a/a/y a/b/y c/a/y c/b/y"},
    ),
    "with what a block was given": (
        "block like(x, a) -> y { y = fc(x) { share: a } }\na = fc(left)\nb = like(right, a)",
        {"a/y/weight": "a/y b/y/y", "a/y/bias": "a/y b/y/y"},
    ),
    "a part of a use, from within": (
        "block part(x) -> y, z { y = fc(x)  z = fc(TanH(x)) { share: y } }\na, b = part(left)",
        {"a/y/y/weight": "a/y/y a/z/y", "a/y/y/bias": "a/y/y a/z/y"},
    ),
    "a name in the text stays": (
        'a = own(left, "")\nb = own(right, 2) { share: a }',
        {"w": "own own2", "own/bias": "own own2"},
    ),
    "layers of one name": (
        "a = flat(left)\nb = flat(right) { share: a }\nc = flat(left)\nd = flat(right) { share: c }",
        {f"flat{i}/{name}": "flat flat" for i in ("", "_2") for name in ("weight", "bias")},
    ),
    "layers without parameters may differ": (
        "a = switch(left, true)\nb = switch(right, false) { share: a }",
        {"a/y/weight": "a/y b/y", "a/y/bias": "a/y b/y"},
    ),
    "a block that uses itself": (
        "a = steps(left, 1)\nb = steps(right, 1) { share: a }",
        {
            "a/y/weight": "a/y b/y",
            "a/y/bias": "a/y b/y",
            "a/y/y/weight": "a/y/y b/y/y",
            "a/y/y/bias": "a/y/y b/y/y",
        },
    ),
    "a layer in full form": (
        'block full(x) -> y { layer { name: "f" type: "InnerProduct" bottom: "x" top: "y"'
        " inner_product_param { num_output: 2 bias_term: false } } }\n"
        "a = full(left)\nb = full(right) { share: a }",
        {"a/f/weight": "a/f b/f"},
    ),
    "a phase has one of them alone": (
        "train { a = fc(left) }\nb = fc(right) { share: a }",
        {"a/y/weight": "b/y", "a/y/bias": "b/y"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_shared(name: str) -> None:
    statements, expected = CASES[name]
    net = netspec.load_text(HEAD + statements, phase="TEST")
    shared: dict[str, list[str]] = {}
    for node in net.layers:
        for param in node.blobs:
            if param.name:
                shared.setdefault(param.name, []).append(node.name)
    assert {name: " ".join(layers) for name, layers in shared.items()} == expected
    owners = {param.name: param.owner for node in net.layers for param in node.blobs if param.key == param.owner}
    assert all(param.owner == owners[param.name] for node in net.layers for param in node.blobs if param.name)


def test_multipliers_are_those_of_the_first() -> None:
    net = netspec.load_text(HEAD + 'a = own(left, "")\nb = own(right, 2) { share: a }')
    assert [[param.lr_mult for param in node.blobs] for node in net.layers if node.blobs] == [[2.0, 3.0]] * 2


def test_the_use_knows() -> None:
    net = netspec.load_text(HEAD + "a = deep(left)\nb = deep(right) { share: a }")
    (first, *_), (last, *_) = block_uses(net.layers[2]), block_uses(net.layers[-1])
    assert first.shares is None
    assert last.shares is first


def test_unknown_layers_share_nothing() -> None:
    text = "input x: [1, 2]\nblock b(x) -> y { y = Mystery(x) }\na = b(x)\nc = b(x) { share: a }"
    for allowed, codes in ((True, ["NS225", "NS714"]), (False, ["NS208"])):
        found = check_source(Source("it.net", text), allow_unknown=allowed)
        assert sorted({diagnostic.code for diagnostic in found}) == sorted({*codes}), [d.message for d in found]


def test_sharing_on_every_level_is_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer would be looked at once for each of the uses around it."""
    levels, layers = 30, 100
    text = f"input x: [1, 2]\nblock b0(x, p, s) -> x {{ repeat i in 1..{layers} {{ x = PReLU(x) }} }}\n"
    for k in range(1, levels):
        text += f"block b{k}(x, p, s) -> y {{ y = b{k - 1}(x, p, s) {{ if s {{ share: p }} }} }}\n"
    text += f"u = b{levels - 1}(x, x, false)\nv = b{levels - 1}(x, u, true) {{ share: u }}\n"
    assert not errors(check_source(Source("it.net", text)))
    monkeypatch.setattr("netspec.frontend.expressions.values.MAX_STEPS", levels * layers)
    (fault,) = check_source(Source("it.net", text))
    assert fault.message == "the spec takes more than 3,000 steps to expand"
