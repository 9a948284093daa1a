"""Layers in terms of simpler ones, against numpy's loops, which know both."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.layers.convolution import BaseConvolution
from netspec.layers.pooling import SPP
from netspec.net import Net
from netspec.net.passes import BrokenNet, Pass, broken, run
from netspec.net.passes.expand import fold_batch_axes, unfold_pyramids
from netspec.shapes import integers
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
    after = same(
        netspec.load_text(on_images(type_name, convolution(f"kernel_size: 2 axis: {axis}"), shape)), fold_batch_axes
    )
    (folded,) = (node for node in after.layers if isinstance(node.params, BaseConvolution))
    assert isinstance(folded.params, BaseConvolution)
    assert folded.params.axis == 1
    assert len(after.shapes[folded.inputs[0]] or ()) == 4


def test_batch_axes_of_several_bottoms() -> None:
    text = inputs(a=(2, 3, 4, 5, 6), b=(2, 3, 4, 5, 6))
    text += layer("Convolution", "a b", "y z", convolution("kernel_size: 2 axis: 2"))
    assert len(same(netspec.load_text(text), fold_batch_axes).layers) == 2 + 2 + 1 + 2


@pytest.mark.parametrize("name", ["convolution", "convolution_0d", "deconvolution"])
def test_one_batch_axis_or_no_space_is_left_alone(name: str) -> None:
    net = netspec.load_text(CASES[name])
    assert fold_batch_axes(net, net.outputs).layers == net.layers


@pytest.mark.parametrize("pool", ["MAX", "AVE"])
@pytest.mark.parametrize("height", [1, 2, 3])
def test_pyramids(height: int, pool: str) -> None:
    body = f"spp_param {{ pyramid_height: {height} pool: {pool} }}"
    after = same(netspec.load_text(on_images("SPP", body, (2, 3, 9, 7))), unfold_pyramids)
    assert not any(isinstance(node.params, SPP) for node in after.layers)


def test_a_pass_that_breaks_a_net_is_named() -> None:
    def drop_the_first(net: Net, outputs: tuple[str, ...]) -> Net:
        return net.changed(net.layers[1:])

    net = netspec.load_text(CASES["relu"])
    assert broken(net) is None
    with pytest.raises(BrokenNet, match=r'fold_batch_axes, drop_the_first: layer "relu" reads .*data'):
        run(net, (fold_batch_axes, drop_the_first), net.outputs)


@pytest.mark.parametrize("shape", [(1, 2, 5, 5), (1, 2, 33, 65)])
@pytest.mark.parametrize("flag", [True, False])
def test_pyramids_pass_gradients_where_the_layer_does(flag: bool, shape: tuple[int, ...]) -> None:
    """The parts that read what the layer reads have its flag, the others pass all."""
    fields = "spp_param { pyramid_height: 2 }" if shape[2] < 33 else ""
    text = on_images("ICNetSubgraph" if shape[2] == 33 else "SPP", f"propagate_down: {flag} {fields}".lower(), shape)
    net = netspec.load_text(text)
    (read,) = net.layers[0].outputs
    for node in run(net, (unfold_pyramids,), net.outputs).layers[1:]:
        assert node.propagate_down == tuple(flag or value != read for value in node.inputs)
    for backend in ("torch", "tensorflow"):
        text = netspec.emit(net, backend)
        assert ("detach" in text or "stop_gradient" in text) is not flag
