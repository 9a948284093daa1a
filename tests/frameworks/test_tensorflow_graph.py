"""The dataflow graph of a net: its nodes, and what a session of TensorFlow 1 makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netspec_tensorflow.graph import graph_def

import netspec
from netspec.net import Net
from netspec.shapes import integers
from tests.frameworks.cases import CASES, inputs, layer

tf = pytest.importorskip("tensorflow")


def read(data: bytes | str) -> Any:
    assert isinstance(data, bytes)
    return tf.compat.v1.GraphDef.FromString(data)


def run(definition: Any, outputs: list[str], feeds: dict[str, Any]) -> list[Any]:
    with tf.Graph().as_default():
        tf.import_graph_def(definition, name="")
        with tf.compat.v1.Session() as session:
            return session.run([f"{name}:0" for name in outputs], {f"{name}:0": x for name, x in feeds.items()})


def drawn(net: Net) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and parameters."""
    rng = np.random.default_rng(0)
    fed = {name: rng.random(integers(net.blobs[name])) for name in net.inputs}
    return fed, {name: [rng.random(integers(s)) for s in shapes] for name, shapes in net.params.items()}


@pytest.mark.parametrize("name", ["convolution_uneven", "batch_norm_scale", "batch_norm_by_batch", "lstm", "argmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_session_runs_it(name: str, dtype: str) -> None:
    net = netspec.load_text(CASES[name])
    fed, params = drawn(net)
    model = netspec.build(net, "tensorflow", dtype=dtype)
    model.set_params(params)
    wanted = model.forward(fed)
    definition = read(graph_def(net, params, dtype))
    for _ in range(2):
        for blob, value in zip(net.outputs, run(definition, [*net.outputs], fed), strict=True):
            np.testing.assert_allclose(value, wanted[blob], rtol=1e-5)


def test_nodes_are_named_as_blobs_and_parameters() -> None:
    definition = read(graph_def(netspec.load_text(CASES["inner_product"])))
    kinds = {node.name: node.op for node in definition.node}
    assert kinds["data"] == "Placeholder"
    assert kinds["y"] == "Identity"
    assert kinds["Net/innerproduct_kernel"] == "Const"
    assert {name.partition("/")[0] for name in kinds} == {"data", "y", "innerproduct", "Net"}


INNER = (
    inputs(data=(2, 4))
    + layer("InnerProduct", "data", "fc", "inner_product_param { num_output: 4 }", "fc")
    + layer("TanH", "fc", "fc", name="tanh")
    + layer("Slice", "fc", "a b", name="cut")
    + layer("Power", "a", "c", "power_param { shift: 1 }", "odd name")
    + layer("Power", "b", "cut", "power_param { shift: 2 }", "data")
)


def test_layers_are_nodes() -> None:
    """Of a layer with several tops the node has several outputs. Inputs and outputs go before layers."""
    net = netspec.load_text(INNER)
    fed, params = drawn(net)
    definition = read(graph_def(net, params))
    assert {node.name for node in definition.node if not node.name.startswith("Net/")} == {
        *("data", "fc", "tanh", "cut", "c", "cut_2", "odd_name", "data_2")
    }
    before = fed["data"] @ params["fc"][0].T + params["fc"][1]
    a, b = np.split(np.tanh(before), 2, axis=1)
    wanted = {"fc:0": before, "tanh:0": np.tanh(before), "cut_2:0": a, "cut_2:1": b, "c:0": a + 1}
    wanted |= {"odd_name:0": a + 1, "cut:0": b + 2, "data_2:0": b + 2}
    with tf.Graph().as_default():
        tf.import_graph_def(definition, name="")
        with tf.compat.v1.Session() as session:
            found = session.run([*wanted], {"data:0": fed["data"]})
    for name, value in zip(wanted, found, strict=True):
        np.testing.assert_allclose(value, wanted[name], 1e-5, err_msg=name)


def test_awkward_names() -> None:
    text = (
        inputs(**{"Data": (2, 3), "data": (2, 3), "_x y": (2, 3), "Net": (2, 3)})
        + layer("TanH", "Data", "conv1/7x7_s2")
        + layer("TanH", "data", "Tanh", name="2")
    )
    text = text.replace('"_x y"', '"-x y"')
    net = netspec.load_text(text)
    fed = {"Data": np.zeros((2, 3)), "data": np.ones((2, 3)), "blob-x_y": np.full((2, 3), 2.0), "Net": np.zeros((2, 3))}
    outputs = ["conv1/7x7_s2", "Tanh", "blob-x_y", "Net"]
    first, second, third, fourth = run(read(graph_def(net)), outputs, fed)
    assert np.allclose(first, 0)
    assert np.allclose(second, np.tanh(1))
    assert np.allclose(third, 2)
    assert np.allclose(fourth, 0)


def test_its_text() -> None:
    text = graph_def(netspec.load_text(CASES["relu"]), text=True)
    assert isinstance(text, str)
    assert 'name: "data"' in text
