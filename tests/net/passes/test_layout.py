"""The order of axes: nets of formulas, some of which wish their channels last, mean the same after the pass."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
import pytest
from netspec_numpy.words import evaluate
from netspec_tensorflow.target import TARGET as TENSORFLOW

import netspec
from netspec.arrays import leaf, parameter
from netspec.arrays.vocabulary import channels_last as formula_channels_last
from netspec.arrays.vocabulary import order_free
from netspec.emit.build import build
from netspec.layers.base import CallSite, Formula, LayoutPreference
from netspec.layers.caffe.activation import TanH
from netspec.layers.data_layer import DataLayer
from netspec.net import Layout, Net, Value
from netspec.net.passes import run
from netspec.net.passes.layout import Transpose, channels_last
from netspec.shapes import integers
from tests.frameworks.cases import inputs, layer


class LastTanH(TanH):
    """A layer that likes its channels last."""

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST


SHAPES = ((2, 3), (2, 3, 5), (2, 3, 4, 5), (2, 3, 2, 4, 5))
# Layers of one bottom that keep its shape; what stands for "{}" is the name of an axis.
UNARY = (
    ("TanH", ""),
    ("TanH", ""),
    ("ReLU", "relu_param { negative_slope: 0.1 }"),
    ("PReLU", "prelu_param { filler { value: 0.3 } }"),
    ("PReLU", "prelu_param { channel_shared: true }"),
    ("Scale", "scale_param { axis: 1 filler { value: 0.7 } bias_term: true }"),
    ("Scale", "scale_param { axis: -1 filler { value: 0.7 } }"),
    ("Scale", "scale_param { axis: 1 num_axes: -1 filler { value: 0.7 } }"),
    ("Bias", "bias_param { axis: 0 filler { value: 0.2 } }"),
    ("Softmax", ""),
    ("Softmax", "softmax_param { axis: -1 }"),
    ("Tile", "tile_param { axis: -1 tiles: 1 }"),
    ("Reshape", "reshape_param { shape { dim: 0 } num_axes: 1 }"),
)


def net_of(random: Random) -> str:
    """Layers one after another on blobs of one shape, drawn from all that were written before; some in place."""
    shape = random.choice(SHAPES)
    text, free = inputs(a=shape, b=shape), ["a", "b"]
    for i in range(random.randint(3, 12)):
        x, y, new = random.choice(free), random.choice(free), f"v{i}"
        match random.randrange(6):
            case 0:
                text += layer("Eltwise", f"{x} {y}", new, name=new)
            case 1:
                text += layer("Concat", f"{x} {y}", f"{new}_both", "concat_param { axis: 1 }", f"{new}_both")
                text += layer("Slice", f"{new}_both", f"{new} {new}_rest", "slice_param { axis: 1 }", f"{new}_cut")
            case 2:
                text += layer("ReLU", x, new, name=new) + layer("TanH", new, new, name=f"{new}_again")
            case 3:
                text += layer("Reduction", x, f"{new}_sum", "reduction_param { axis: 1 }", f"{new}_sum")
                continue
            case _:
                type_name, body = random.choice(UNARY)
                text += layer(type_name, x, new, body, new)
        free.append(new)
    return text


def drawn(seed: int) -> Net:
    """A net in which every TanH likes its channels last."""
    net = netspec.load_text(net_of(Random(seed)))
    layers = (node._replace(params=LastTanH()) if isinstance(node.params, TanH) else node for node in net.layers)
    return net.changed(layers)


def values(net: Net) -> Mapping[Value, Any]:
    """Every value of a net of formulas, for the same inputs each time."""
    found: dict[Value, Any] = {}
    random = np.random.default_rng(0)
    for node in net.layers:
        if isinstance(node.params, DataLayer):
            found.update({value: random.standard_normal(integers(net.shapes[value])) for value in node.outputs})
            continue
        assert isinstance(node.params, Formula)
        tops = node.params.trace(net.site(node))
        if node.layout is Layout.CHANNELS_LAST:
            tops = formula_channels_last(tops)
        leaves = {f"x{i}": found[value] for i, value in enumerate(node.inputs)}
        for param in node.blobs:
            shape = integers(param.blob.shape) or ()
            leaves[param.blob.name] = np.random.default_rng(param.key).random(shape)
        found.update(zip(node.outputs, evaluate(tops, leaves, np.dtype(np.float64)), strict=True))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_pass_keeps_the_meaning(seed: int) -> None:
    net = drawn(seed)
    placed = run(net, (channels_last,), net.outputs)
    before, after = values(net), values(placed)
    for value, array in after.items():
        assert array.shape == placed.shapes[value]
        expected = before[value._replace(layout=Layout.CHANNELS_FIRST)]
        if value.layout is Layout.CHANNELS_LAST:
            expected = np.moveaxis(expected, 1, -1)
        np.testing.assert_allclose(array, expected, rtol=1e-12)
    assert all(net.latest[blob] in after for blob in net.outputs)


@pytest.mark.parametrize("seed", range(60))
def test_every_wish_is_heard(seed: int) -> None:
    net = drawn(seed)
    placed = run(net, (channels_last,), net.outputs)
    for node in placed.layers:
        if isinstance(node.params, LastTanH) and len(placed.shapes[node.inputs[0]] or ()) > 2:
            assert node.layout is Layout.CHANNELS_LAST


@pytest.mark.parametrize("seed", range(60))
def test_a_value_is_transposed_once_at_most(seed: int) -> None:
    net = drawn(seed)
    placed = run(net, (channels_last,), net.outputs)
    moved = [node for node in placed.layers if isinstance(node.params, Transpose)]
    assert len({(node.inputs[0].blob, node.inputs[0].version) for node in moved}) == len(moved)
    assert not any(len(placed.shapes[node.inputs[0]] or ()) < 3 for node in moved)


@pytest.mark.parametrize("seed", range(20))
def test_no_other_layer_transposes(seed: int) -> None:
    net = drawn(seed)
    placed = run(net, (channels_last,), net.outputs)
    text = "".join(str(statement.value) for statement in build(placed, TENSORFLOW, net.outputs).statements)
    assert text.count("transpose") == sum(isinstance(node.params, Transpose) for node in placed.layers)


def test_a_net_without_wishes_stays_as_it_is() -> None:
    net = netspec.load_text(inputs(a=(2, 3, 4, 5)) + layer("ReLU", "a", "y") + layer("Softmax", "y", "z"))
    assert channels_last(net, net.outputs).layers == net.layers


def test_a_parameter_over_several_axes_needs_caffes_order() -> None:
    x, weight = leaf("x", (2, 3, 4)), parameter("weight", (3, 4))
    assert order_free([x * netspec.arrays.align(parameter("w", (3,)), 1, 3)])
    assert not order_free([x * netspec.arrays.align(weight, 1, 3)])
    assert not order_free([netspec.arrays.reshape(x, (6, 4))])
    assert not order_free([netspec.arrays.total(x, (1,))])
