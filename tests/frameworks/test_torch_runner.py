"""The live PyTorch model: parameters in and out, what a pass changes, and where gradients go."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.shapes import integers
from tests.frameworks.cases import CASES, inputs, layer
from tests.weights.nets import one_as_factor

NORM = inputs(x=(4, 3, 5)) + layer("BatchNorm", "x", "y", "batch_norm_param { moving_average_fraction: 0.9 }", "norm")


def test_parameters_come_back_bit_by_bit() -> None:
    rng = np.random.default_rng(0)
    for name in ("batch_norm_scale", "convolution_uneven", "deconvolution", "lstm_exposed", "inner_product_transposed"):
        net = netspec.load_text(CASES[name])
        model = netspec.build(net)
        given = {
            layer_name: [rng.standard_normal(integers(shape)).astype(np.float32) for shape in shapes]
            for layer_name, shapes in net.params.items()
        }
        model.set_params(given)
        for layer_name, blobs in model.get_params().items():
            wanted = one_as_factor(given[layer_name]) if layer_name == "batchnorm" else given[layer_name]
            assert all(np.array_equal(a, b) for a, b in zip(blobs, wanted, strict=True))


def test_arrays_that_are_read_only(recwarn: pytest.WarningsRecorder) -> None:
    """As those of a file are: torch warns of sharing their memory, once a process."""
    torch = pytest.importorskip("torch")
    model = netspec.build(netspec.load_text("input x: [2, 3]\ny = InnerProduct(x) { num_output: 3 }\n"))
    x, weight, bias = (np.ones(shape, np.float32) for shape in ((2, 3), (3, 3), 3))
    for array in (x, weight, bias):
        array.setflags(write=False)
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        model.set_params({"y": [weight, bias]})
        assert np.array_equal(model.forward({"x": x})["y"], np.full((2, 3), 4))
        model.backward({"y": x})
    finally:
        torch.set_warn_always(before)
    assert not recwarn.list


def test_a_backward_pass_updates_nothing_again() -> None:
    net = netspec.load_text(NORM, phase="TRAIN")
    model = netspec.build(net, dtype="float64")
    x = np.random.default_rng(0).standard_normal((4, 3, 5))
    model.set_params({"norm": [np.full(3, 2.0), np.full(3, 3.0), np.full(1, 4.0)]})
    model.forward({"x": x})
    after = model.get_params()["norm"]
    assert np.allclose(after[0], 0.9 * 2 + x.mean((0, 2)))
    assert np.allclose(after[1], 0.9 * 3 + x.var((0, 2), ddof=1))
    assert np.allclose(after[2], 0.9 * 4 + 1)
    model.backward({"y": x})
    assert all(np.array_equal(a, b) for a, b in zip(after, model.get_params()["norm"], strict=True))


def test_a_batch_of_one_element_a_channel() -> None:
    text = inputs(x=(1, 3)) + layer("BatchNorm", "x", "y", name="norm") + layer("Scale", "y", "y", name="scale")
    model = netspec.build(netspec.load_text(text, phase="TRAIN"), dtype="float64")
    out = model.forward({"x": np.array([[1.0, 2.0, 3.0]])})
    assert np.array_equal(out["y"], np.zeros((1, 3)))
    assert np.array_equal(model.get_params()["norm"][0], [1.0, 2.0, 3.0])
    assert not model.backward({"y": np.ones((1, 3))}).inputs.get("x", np.zeros(3)).any()


def test_the_backward_pass_drops_what_the_forward_pass_dropped() -> None:
    text = inputs(x=(10, 10)) + layer("Dropout", "x", "y")
    model = netspec.build(netspec.load_text(text, phase="TRAIN"), dtype="float64")
    y = model.forward({"x": np.ones((10, 10))})["y"]
    assert set(np.unique(y)) == {0.0, 2.0}
    assert np.array_equal(model.backward({"y": np.ones((10, 10))}).inputs["x"], y)
    assert not np.array_equal(model.forward({"x": np.ones((10, 10))})["y"], y)


def test_a_recurrent_state_lasts_until_a_sequence_begins() -> None:
    net = netspec.load_text(CASES["lstm"])
    model = netspec.build(net, dtype="float64")
    rng = np.random.default_rng(0)
    model.set_params({"lstm": [rng.standard_normal(integers(s)) for s in net.params["lstm"]]})
    x, on = rng.standard_normal((4, 2, 5)), np.ones((4, 2))
    first = model.forward({"x": x, "cont": on})["h"]
    model.backward({"h": np.ones((4, 2, 3))})
    assert not np.allclose(model.forward({"x": x, "cont": on})["h"], first)
    on[0] = 0
    assert np.allclose(model.forward({"x": x, "cont": on})["h"], first)


def test_other_blobs_than_the_outputs() -> None:
    text = inputs(x=(2, 3)) + layer("BatchNorm", "x", "a") + layer("Scale", "a", "b") + layer("ReLU", "b", "b")
    model = netspec.build(netspec.load_text(text), dtype="float64")
    model.set_params({"batchnorm": [np.zeros(3), np.ones(3), np.ones(1)], "scale": [np.full(3, 2.0)]})
    x = np.array([[1.0, -1.0, 2.0], [0.0, 3.0, -2.0]])
    everything = model.forward({"x": x}, blobs="all")
    assert list(everything) == ["x", "a", "b"]
    assert np.allclose(everything["a"], x, 1e-4)
    assert np.array_equal(everything["b"], np.maximum(2 * everything["a"], 0))
    assert np.allclose(model.forward({"x": x})["b"], everything["b"])


def test_parameters_that_take_no_gradient() -> None:
    product = "inner_product_param { num_output: 2 bias_term: false }"
    text = (
        inputs(x=(1, 2), t=(1, 2))
        + layer("InnerProduct", "x", "a", f"param {{ lr_mult: 0 }} {product}", "still")
        + layer("InnerProduct", "a", "b", product, "moved")
        + layer("InnerProduct", "x", "side", product, "aside")
        + layer("EuclideanLoss", "b t", "loss")
    )
    ones = {name: [np.ones((2, 2))] for name in ("still", "moved", "aside")}
    fed = {"x": np.ones((1, 2)), "t": np.zeros((1, 2))}
    for said, wanted in (("", {"moved"}), ("force_backward: true\n", {"moved", "still"})):
        model = netspec.build(netspec.load_text(said + text), dtype="float64")
        model.set_params(ones)
        model.forward(fed)
        gradients = model.backward({}).params
        assert {name for name, (g,) in gradients.items() if g.any()} == wanted


def test_constants_have_the_precision_of_the_model() -> None:
    text = layer("DummyData", "", "y", "dummy_data_param { shape { dim: 2 } data_filler { value: 0.1 } }")
    assert netspec.build(netspec.load_text(text), dtype="float64").forward({})["y"].tolist() == [0.1, 0.1]
