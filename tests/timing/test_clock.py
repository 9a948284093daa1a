"""Which layers are timed, and which of them run backward. How long it takes is not tested."""

from __future__ import annotations

import json

import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.timing.clock import Times, layer_times
from tests.frameworks.cases import inputs, layer

pytest.importorskip("torch")

NET = (
    inputs(data=(2, 3, 8, 8), label=(2,))
    + layer("Convolution", "data", "c", "convolution_param { num_output: 4 kernel_size: 3 }", "conv")
    + layer("BatchNorm", "c", "c", name="norm")
    + layer("Scale", "c", "c", name="scale")
    + layer("ReLU", "c", "c", name="relu")
    + layer("Eltwise", "c c", "e", name="twice")
    + layer("InnerProduct", "e", "ip", "inner_product_param { num_output: 5 }", "ip")
    + layer("SoftmaxWithLoss", "ip label", "loss", name="loss")
    + layer("Accuracy", "ip label", "accuracy", name="accuracy")
)


def both(times: Times) -> dict[str, bool]:
    """Whether each layer is timed backward, too."""
    assert all(row.forward > 0 and (row.backward is None or row.backward > 0) for row in (*times.layers, times.whole))
    return {row.layer: row.backward is not None for row in times.layers}


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_every_layer_that_computes(backend: str, phase: str) -> None:
    pytest.importorskip(backend)
    found = both(layer_times(netspec.load_text(NET, phase=phase), backend, iterations=1))
    learning = dict.fromkeys(("conv", "norm", "scale", "relu", "twice", "ip", "loss"), True)
    assert found == {**learning, "accuracy": False}


@pytest.mark.parametrize(
    ("text", "backward"),
    [
        (layer("ReLU", "data", "r", name="relu"), {"relu": False}),
        ("force_backward: true " + layer("ReLU", "data", "r", name="relu"), {"relu": True}),
        (
            layer("Pooling", "data", "p", "pooling_param { kernel_size: 2 }", "pool")
            + layer("InnerProduct", "p", "ip", "inner_product_param { num_output: 5 }", "ip")
            + layer("TanH", "ip", "t", name="tanh"),
            {"pool": False, "ip": True, "tanh": True},
        ),
        (
            layer(
                "InnerProduct",
                "data",
                "ip",
                "inner_product_param { num_output: 5 } param { lr_mult: 0 } param { lr_mult: 0 }",
                "ip",
            )
            + layer("TanH", "ip", "t", name="tanh"),
            {"ip": False, "tanh": False},
        ),
        (layer("Split", "data", "a b", name="split") + layer("Silence", "b", "", name="silence"), None),
    ],
)
def test_what_runs_backward(text: str, backward: dict[str, bool] | None) -> None:
    found = both(layer_times(netspec.load_text(inputs(data=(2, 3, 8, 8)) + text), iterations=1))
    assert backward is None or found == backward


def test_optimized_runs_forward_alone() -> None:
    found = both(layer_times(netspec.optimized(netspec.load_text(NET)), iterations=1))
    assert found == dict.fromkeys(("conv", "relu", "twice", "ip", "loss", "accuracy"), False)


def test_as_json() -> None:
    times = layer_times(netspec.load_text(NET), iterations=2)
    found = json.loads(times.to_json())
    assert (found["backend"], found["phase"], found["iterations"]) == ("torch", "TEST", 2)
    assert found["forward"] == times.whole.forward
    assert [row["layer"] for row in found["layers"]] == [row.layer for row in times.layers]


def test_sizes_have_to_be_numbers() -> None:
    net = netspec.load_text("input data: [N, 3]\nip = InnerProduct(data) { num_output: 2 }\n")
    with pytest.raises(SpecError) as refused:
        layer_times(net)
    assert [d.code for d in refused.value.diagnostics] == ["NS402"]


def test_a_net_of_which_nothing_is_left() -> None:
    """Its only layer is of a type that nobody knows, and writes nothing."""
    net = netspec.load_text('layer { name: "m" type: "Mystery" }', allow_unknown=True)
    times = layer_times(net, iterations=1)
    assert times.layers == () and times.whole.forward > 0
