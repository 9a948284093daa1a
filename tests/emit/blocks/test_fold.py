"""Blocks as classes: what is printed computes what a net of one class computes, to the last bit."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest

import netspec
from netspec.backend.executable import Executable
from netspec.emit.blocks import fold
from netspec.emit.blocks.draft import Draft, Neutral
from netspec.emit.exchange import Opaque, Signatures
from netspec.net import Net
from netspec.net.labels import whole_numbers
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, limited, parameter_names
from tests.frameworks.starting import STARTERS

CONV = """
block conv(x, n, kernel = 1, stride = 1) -> y {
  y = Convolution(x) { num_output: n bias_term: false kernel_size: kernel stride: stride pad: kernel / 2 }
    | BatchNorm | Scale { bias_term: true }
}
"""
# Each spec, and the classes that come of its blocks, in both backends alike.
SPECS = {
    "literals": (
        CONV + "input data: [2, 3, 8, 8]\na = conv(data, 4, kernel = 3)\nb = conv(a, 6)\nc = conv(b, 6, stride = 2)",
        ["Conv"],
    ),
    "one use": ("block b(x) -> y { y = InnerProduct(x) { num_output: 3 } }\ninput data: [2, 3]\ny = b(data)", ["B"]),
    "no members": ("block b(x) -> y { y = Power(x) { power: 2 } }\ninput data: [2, 3]\ny = b(data)", []),
    "an if with a module": (
        CONV
        + """
block unit(x, n, project = false) -> y {
  short = x
  if project { short = conv(x, n) }
  y = Eltwise(short, conv(x, n, kernel = 3)) | ReLU
}
input data: [2, 3, 8, 8]
a = unit(data, 4, project = true)
b = unit(a, 4)
c = unit(b, 4)
d = unit(c, 6, project = true)""",
        ["Conv", "Unit"],
    ),
    "an if without one": (
        """
block layer(x, n, act = false) -> y { y = InnerProduct(x) { num_output: n } if act { y = ReLU(y) } }
input data: [2, 3]
a = layer(data, 4, act = true)
b = layer(a, 5)
c = layer(b, 5, act = true)""",
        ["Layer"],
    ),
    "two ifs": (
        """
block layer(x, n, act = false, drop = false) -> y {
  y = InnerProduct(x) { num_output: n }
  if act { y = ReLU(y) }
  if drop { y = Power(y) { scale: 2 } }
}
input data: [2, 3]
a = layer(data, 4, act = true, drop = true)
b = layer(a, 5)
c = layer(b, 5, act = true)
d = layer(c, 5, drop = true)""",
        ["Layer"],
    ),
    "unlike": (
        """
block layer(x, kind) -> y {
  if kind == 1 { y = InnerProduct(x) { num_output: 3 } }
  if kind == 2 { y = Power(x) { scale: 2 } | InnerProduct { num_output: 4 } | TanH }
}
input data: [2, 3]
a = layer(data, 1)
b = layer(a, 2)
c = layer(b, 1)""",
        ["Layer"],
    ),
    "a chain": (
        """
block layer(x) -> y { y = InnerProduct(x) { num_output: 3 } | ReLU }
input data: [2, 3]
x = data
repeat i in 1..4 { x = layer(x) { name: f"layer{i}" } }
repeat letter in ["a", "b"] { x = layer(x) { name: f"more_{letter}" } }
y = Softmax(x)""",
        ["Layer"],
    ),
    "a growing loop": (
        """
block grow(x) -> y { y = InnerProduct(x) { num_output: 2 } }
input data: [2, 3]
x = data
repeat i in 1..5 {
  new = grow(x) { name: f"grow{i}" }
  x = Concat(x, new)
}
y = InnerProduct(x) { num_output: 2 }""",
        ["Grow"],
    ),
    "a loop that another layer looks into": (
        """
block layer(x) -> y { y = InnerProduct(x) { num_output: 3 } }
input data: [2, 3]
x = data
repeat i in 1..3 { x = layer(x) { name: f"layer{i}" } if i == 2 { kept = x } }
y = Eltwise(x, kept)""",
        ["Layer"],
    ),
    "several inputs and results": (
        """
block both(x, y) -> a, b {
  a = Eltwise(x, y) | InnerProduct { num_output: 3 }
  b = InnerProduct(a) { num_output: 4 }
}
input data: [2, 3]
input more: [2, 3]
a, b = both(data, more)
c, d = both(a, more)
e = Eltwise(b, d)""",
        ["Both"],
    ),
    "shared parameters": (
        """
block tower(x, n) -> y { y = InnerProduct(x) { num_output: n param { name: "w" } param { name: "b" } } | TanH }
input data: [2, 3]
input more: [2, 3]
a = tower(data, 4)
b = tower(more, 4)
y = Eltwise(a, b)""",
        ["Tower"],
    ),
    "a use applied again": (
        CONV
        + """
block tower(x, n) -> y { y = conv(x, n, kernel = 3) | ReLU | Pooling { pool: MAX kernel_size: 2 stride: 2 } }
input data: [2, 3, 8, 8]
input more: [2, 3, 8, 8]
a = tower(data, 4)
b = tower(more, 4) { share: a }
c = tower(b, 6)
y = InnerProduct(c) { num_output: 2 }
z = Eltwise(a, b)""",
        ["Conv", "Tower"],
    ),
    "a use applied again, and something else with it": (
        """
block layer(x, act = true) -> y { y = InnerProduct(x) { num_output: 3 } if act { y = ReLU(y) } }
input data: [2, 3]
a = layer(data)
b = layer(a, act = false) { share: a }""",
        [],
    ),
    "a step again and again": (
        """
block step(h) -> h { h = InnerProduct(h) { num_output: 3 } | TanH }
input data: [2, 3]
h = data
repeat i in 1..4 { h = step(h) { if i > 1 { share: h } } }""",
        ["Step"],
    ),
    "frozen": (
        """
block layer(x, n) -> y { y = InnerProduct(x) { num_output: n param { lr_mult: 0 } param { lr_mult: 2 } } }
input data: [2, 3]
a = layer(data, 4)
b = layer(a, 5)
y = InnerProduct(b) { num_output: 3 }""",
        ["Layer"],
    ),
    "in itself": (
        """
block tree(x, depth) -> y {
  y = InnerProduct(x) { num_output: 3 }
  if depth > 0 { y = tree(y, depth - 1) }
}
input data: [2, 3]
a = tree(data, 2)
b = tree(a, 0)""",
        ["Tree", "Tree2", "Tree3"],
    ),
    "bad names": (
        """
block class(self, dtype = 2, lambda = 3) -> forward { forward = InnerProduct(self) { num_output: dtype + lambda } }
input data: [2, 3]
a = class(data)
b = class(a, dtype = 4)""",
        ["Class"],
    ),
    "parameters of its own": (
        """
block scaled(x) -> y { y = Scale(x) { bias_term: true } | PReLU }
input data: [2, 3, 4, 4]
a = scaled(data)
b = scaled(a)""",
        ["Scaled"],
    ),
    "sizes with names": (
        """
block layer(x, n) -> y { y = Convolution(x) { num_output: n kernel_size: 3 pad: 1 } | Flatten { axis: 2 } }
input data: [2, 3, 4, 4]
a = layer(data, 4)
b = Reshape(a) { shape { dim: [0, 0, 4, 4] } }
c = layer(b, 5)""",
        ["Layer"],
    ),
}


def run(net: Net, backend: str, flat: bool) -> tuple[Executable, dict[str, np.ndarray], list[np.ndarray]]:
    """A net with drawn numbers: its outputs, and all gradients."""
    emitted, starter = STARTERS[backend]
    model = Executable(net, partial(emitted, net, flat=flat), starter(net, "cpu", "float64"))
    samples, names = Samples(1), parameter_names(net)
    model.set_params({node.name: draw_parameters(samples, node, names) for node in net.layers if node.blobs})
    whole, limits = whole_numbers(net), limited(net)
    values = {v.blob: v for node in net.layers for v in node.outputs if v.blob in net.inputs and not node.inputs}
    inputs = {
        name: draw_input(1, name, integers(net.blobs[name]) or (), whole.get(v), limits.get(v, ()))
        for name, v in values.items()
    }
    outputs = model.forward(inputs)
    gradients = model.backward({name: np.ones_like(y) for name, y in outputs.items()})
    return model, outputs, [*gradients.inputs.values(), *(g for gs in gradients.params.values() for g in gs)]


def heads(source: str) -> list[str]:
    """The classes that a text defines."""
    return re.findall(r"^class (\w+)", source, re.MULTILINE)


@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
@pytest.mark.parametrize("backend", STARTERS)
@pytest.mark.parametrize("name", SPECS)
def test_printed_is_flat_to_the_last_bit(name: str, backend: str, phase: str) -> None:
    text, classes = SPECS[name]
    net = netspec.load_text(text, phase=phase).compiled
    printed, outputs, gradients = run(net, backend, flat=False)
    flat, wanted, known = run(net, backend, flat=True)
    known_before = heads(flat.source)
    assert [name for name in heads(printed.source) if name not in known_before] == classes, printed.source
    assert {key: y.tobytes() for key, y in outputs.items()} == {key: y.tobytes() for key, y in wanted.items()}
    assert [g.tobytes() for g in gradients] == [g.tobytes() for g in known]


@pytest.mark.parametrize("backend", STARTERS)
def test_a_use_whose_other_has_no_class_has_none_either(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a block with the text of a plugin in it; what it shares is not hidden in classes of blocks within."""

    def neutral(draft: Draft, signatures: Signatures) -> Neutral:
        if draft.scope.use and draft.scope.use.block == "tower":
            raise Opaque
        return own(draft, signatures)

    own = fold.neutral
    monkeypatch.setattr(fold, "neutral", neutral)
    net = netspec.load_text(SPECS["a use applied again"][0]).compiled
    printed, outputs, _ = run(net, backend, flat=False)
    _, wanted, _ = run(net, backend, flat=True)
    assert "class Conv(" in printed.source and "class Tower(" not in printed.source
    assert {key: y.tobytes() for key, y in outputs.items()} == {key: y.tobytes() for key, y in wanted.items()}
