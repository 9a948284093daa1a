"""Layers in terms of simpler ones, against numpy's loops, which know both."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Elementwise
from netspec.layers.caffe.convolution import BaseConvolution
from netspec.layers.caffe.pooling import SPP
from netspec.layers.hardware.convolution import Fused
from netspec.layers.rewriting import Composite, Step, Unfolded
from netspec.net import Net, Node, Value
from netspec.net.passes import BrokenNet, Pass, broken, run
from netspec.net.passes.unfold import unfold, unfold_fused
from netspec.shapes import Shape, integers
from tests.frameworks.cases import CASES, convolution, inputs, layer, on_images


def same(net: Net, step: Pass) -> Net:
    """The net after a pass, once it has been seen to say the same."""
    after = run(net, (step,), net.outputs)
    rng = np.random.default_rng(0)
    params = {name: [rng.standard_normal(integers(s)) for s in shapes] for name, shapes in net.params.items()}
    fed = {name: rng.standard_normal(integers(net.blobs[name])) for name in net.inputs}
    results: list[dict[str, np.ndarray]] = []
    for each in (net, after):
        model = netspec.build(each, "numpy", dtype="float64")
        model.set_params(params)
        results.append(model.forward(fed, blobs=net.outputs))
    for blob, value in results[0].items():
        np.testing.assert_allclose(results[1][blob], value, rtol=1e-12)
    return after


@pytest.mark.parametrize("shape", [(4, 5, 6), (2, 3, 4, 5, 6), (2, 2, 3, 4, 5)])
@pytest.mark.parametrize("type_name", ["Convolution", "Deconvolution"])
def test_batch_axes(type_name: str, shape: tuple[int, ...]) -> None:
    axis = len(shape) - 3
    after = same(netspec.load_text(on_images(type_name, convolution(f"kernel_size: 2 axis: {axis}"), shape)), unfold)
    (folded,) = (node for node in after.layers if isinstance(node.params, BaseConvolution))
    assert isinstance(folded.params, BaseConvolution)
    assert folded.params.axis == 1
    assert len(after.shapes[folded.inputs[0]] or ()) == 4


def test_batch_axes_of_several_bottoms() -> None:
    text = inputs(a=(2, 3, 4, 5, 6), b=(2, 3, 4, 5, 6))
    text += layer("Convolution", "a b", "y z", convolution("kernel_size: 2 axis: 2"))
    assert len(same(netspec.load_text(text), unfold).layers) == 2 + 2 + 1 + 2


@pytest.mark.parametrize("name", ["convolution", "convolution_0d", "deconvolution"])
def test_one_batch_axis_or_no_space_is_left_alone(name: str) -> None:
    net = netspec.load_text(CASES[name])
    assert unfold(net, net.outputs).layers == net.layers


@pytest.mark.parametrize("pool", ["MAX", "AVE"])
@pytest.mark.parametrize("height", [1, 2, 3])
def test_pyramids(height: int, pool: str) -> None:
    body = f"spp_param {{ pyramid_height: {height} pool: {pool} }}"
    after = same(netspec.load_text(on_images("SPP", body, (2, 3, 9, 7))), unfold)
    assert not any(isinstance(node.params, SPP) for node in after.layers)


IMAGE = (2, 3, 9, 7)
FILM = (2, 3, 4, 5, 6)
CONV = convolution("kernel_size: 3 fuse_type: FUSED_CONV_RELU")
LRN = "lrn_param { fuse_type: FUSED_POOL_MAX pooling_param { kernel_size: 2 } }"
# A layer called "y", and the names and types of those that stand for it, of the fused ones alone and of all.
PARTS = [
    ("ReLU", "", IMAGE, "y ReLU", "y ReLU"),
    ("Convolution", convolution("kernel_size: 3"), IMAGE, "y Convolution", "y Convolution"),
    ("Convolution", convolution("kernel_size: 3 axis: 2"), FILM,
     "y Convolution", "y_input Reshape, y Convolution, y Reshape"),
    ("Deconvolution", convolution("kernel_size: 3 axis: 2"), FILM,
     "y Deconvolution", "y_input Reshape, y Deconvolution, y Reshape"),
    ("Convolution", CONV, IMAGE, "y Convolution, y_relu ReLU", "y Convolution, y_relu ReLU"),
    ("Convolution", CONV.replace("fuse", "axis: 2 fuse"), FILM,
     "y Convolution, y_relu ReLU", "y_input Reshape, y Convolution, y Reshape, y_relu ReLU"),
    ("Convolution", CONV.replace("RELU", "PRELU"), IMAGE, "y Fused", "y Fused"),
    ("LRN", "", IMAGE, "y LRN", "y LRN"),
    ("LRN", LRN, IMAGE, "y LRN, y_pool Pooling", "y LRN, y_pool Pooling"),
    ("SPP", "spp_param { pyramid_height: 1 }", IMAGE, "y SPP", "y_level0 Pooling"),
    ("SPP", "spp_param { pyramid_height: 2 }", IMAGE,
     "y SPP", "y_level0 Pooling, y_row0 Flatten, y_level1 Pooling, y_row1 Flatten, y Concat"),
    ("ICNetSubgraph", "", (1, 2, 33, 65), "y ICNetSubgraph",
     ", ".join(f"y_level{i} Pooling, y_whole{i} Interp" for i in range(4)) + ", y Eltwise"),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "body", "shape", "fused", "every"), PARTS)
def test_what_stands_for_a_layer(type_name: str, body: str, shape: tuple[int, ...], fused: str, every: str) -> None:
    net = netspec.load_text(inputs(x=shape) + layer(type_name, "x", "y", body, "y"))
    for step, wanted in ((unfold_fused, fused), (unfold, every)):
        after = run(net, (step,), net.outputs)
        assert ", ".join(f"{node.name} {node.type}" for node in after.layers[1:]) == wanted
        assert [node.blobs for node in after.layers if node.blobs] == [n.blobs for n in net.layers if n.blobs]
        assert all(after.shapes[value] == shape for node in after.layers for value, shape in measured(after, node))


def measured(net: Net, node: Node) -> Iterable[tuple[Value, Shape | None]]:
    """What a layer writes, with the shape that it says itself."""
    return zip(node.outputs, () if isinstance(node.params, Fused) else node.params.infer(net.site(node)), strict=False)


def test_a_pass_that_breaks_a_net_is_named() -> None:
    def drop_the_first(net: Net, outputs: tuple[str, ...]) -> Net:
        return net.changed(net.layers[1:])

    net = netspec.load_text(CASES["relu"])
    assert broken(net) is None
    with pytest.raises(BrokenNet, match=r'unfold, drop_the_first: layer "relu" reads .*data'):
        run(net, (unfold, drop_the_first), net.outputs)


@pytest.mark.parametrize("shape", [(1, 2, 5, 5), (1, 2, 33, 65)])
@pytest.mark.parametrize("flag", [True, False])
def test_pyramids_pass_gradients_where_the_layer_does(flag: bool, shape: tuple[int, ...]) -> None:
    """The parts that read what the layer reads have its flag, the others pass all."""
    fields = "spp_param { pyramid_height: 2 }" if shape[2] < 33 else ""
    text = on_images("ICNetSubgraph" if shape[2] == 33 else "SPP", f"propagate_down: {flag} {fields}".lower(), shape)
    net = netspec.load_text(text)
    (read,) = net.layers[0].outputs
    for node in run(net, (unfold,), net.outputs).layers[1:]:
        assert node.propagate_down == tuple(flag or value != read for value in node.inputs)
    for backend in ("torch", "tensorflow"):
        text = netspec.emit(net, backend)
        assert ("detach" in text or "stop_gradient" in text) is not flag


class Endless(Composite, Elementwise):
    """A type of a plugin that stands for itself."""

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded:
        return Unfolded((Step(Endless(), (0,), tops, itself=True),))


def test_what_stands_for_itself_comes_to_an_end() -> None:
    net = netspec.load_text("input x: [2, 3]\ny = ReLU(x)")
    layers = [node._replace(params=Endless()) if node.name == "y" else node for node in net.layers]
    assert [node.type for node in unfold(net.changed(layers), net.outputs).layers] == ["Input", "Endless"]
