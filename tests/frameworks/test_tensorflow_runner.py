"""The live TensorFlow model: parameters in and out, what a pass changes, and where gradients go."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.backend.executable import Executable
from netspec.net import Net
from netspec.shapes import integers
from tests.frameworks.cases import CASES, inputs, layer, on_images
from tests.weights.nets import one_as_factor

tf = pytest.importorskip("tensorflow")

NORM = inputs(x=(4, 3, 5)) + layer("BatchNorm", "x", "y", "batch_norm_param { moving_average_fraction: 0.9 }", "norm")


def build(net: Net, dtype: str = "float64") -> Executable:
    return netspec.build(net, "tensorflow", dtype=dtype)


def test_parameters_come_back_bit_by_bit() -> None:
    rng = np.random.default_rng(0)
    for name in ("batch_norm_scale", "convolution_uneven", "deconvolution", "lstm_exposed", "inner_product_transposed"):
        net = netspec.load_text(CASES[name])
        model = build(net, "float32")
        given = {
            layer_name: [rng.standard_normal(integers(shape)).astype(np.float32) for shape in shapes]
            for layer_name, shapes in net.params.items()
        }
        model.set_params(given)
        for layer_name, blobs in model.get_params().items():
            wanted = one_as_factor(given[layer_name]) if layer_name == "batchnorm" else given[layer_name]
            assert all(np.array_equal(a, b) for a, b in zip(blobs, wanted, strict=True))


def test_a_backward_pass_updates_nothing_again() -> None:
    model = build(netspec.load_text(NORM, phase="TRAIN"))
    x = np.random.default_rng(0).standard_normal((4, 3, 5))
    model.set_params({"norm": [np.full(3, 2.0), np.full(3, 3.0), np.full(1, 4.0)]})
    model.forward({"x": x})
    after = model.get_params()["norm"]
    assert np.allclose(after[0], 0.9 * 2 + x.mean((0, 2)))
    assert np.allclose(after[1], 0.9 * 3 + x.var((0, 2), ddof=1))
    assert np.allclose(after[2], 0.9 * 4 + 1)
    for _ in range(2):
        model.backward({"y": x})
        assert all(np.array_equal(a, b) for a, b in zip(after, model.get_params()["norm"], strict=True))


def test_the_backward_pass_drops_what_the_forward_pass_dropped() -> None:
    text = inputs(x=(10, 10)) + layer("Dropout", "x", "y")
    model = build(netspec.load_text(text, phase="TRAIN"))
    y = model.forward({"x": np.ones((10, 10))})["y"]
    assert set(np.unique(y)) == {0.0, 2.0}
    assert np.array_equal(model.backward({"y": np.ones((10, 10))}).inputs["x"], y)
    assert not np.array_equal(model.forward({"x": np.ones((10, 10))})["y"], y)


def test_stochastic_pooling_draws_elements_of_its_windows() -> None:
    text = on_images("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 stride: 2 }", (1, 2, 4, 5))
    model = build(netspec.load_text(text, phase="TRAIN"))
    x = np.arange(40.0).reshape(1, 2, 4, 5)
    y = model.forward({"data": x})["y"]
    gradient = model.backward({"y": np.ones(y.shape)}).inputs["data"]
    assert gradient.sum() == y.size
    assert set(x[gradient == 1]) == set(y.ravel())


def test_a_recurrent_state_lasts_until_a_sequence_begins() -> None:
    net = netspec.load_text(CASES["lstm"])
    model = build(net)
    rng = np.random.default_rng(0)
    model.set_params({"lstm": [rng.standard_normal(integers(s)) for s in net.params["lstm"]]})
    x, on = rng.standard_normal((4, 2, 5)), np.ones((4, 2))
    first = model.forward({"x": x, "cont": on})["h"]
    model.backward({"h": np.ones((4, 2, 3))})
    assert not np.allclose(model.forward({"x": x, "cont": on})["h"], first)
    on[0] = 0
    assert np.allclose(model.forward({"x": x, "cont": on})["h"], first)


def test_the_first_of_equal_elements_takes_the_gradient() -> None:
    text = on_images("Pooling", "pooling_param { kernel_size: 3 stride: 2 pad: 1 }", (1, 1, 4, 4))
    model = build(netspec.load_text(text))
    model.forward({"data": np.zeros((1, 1, 4, 4))})
    found = model.backward({"y": np.arange(1.0, 10).reshape(1, 1, 3, 3)}).inputs["data"]
    wanted = np.zeros((4, 4))
    for i, (row, column) in enumerate((r, c) for r in (0, 1, 3) for c in (0, 1, 3)):
        wanted[row, column] += i + 1
    assert np.array_equal(found[0, 0], wanted)


def test_nothing_to_go_back_from() -> None:
    model = build(netspec.load_text("force_backward: false\n" + CASES["inner_product"]))
    model.forward({"data": np.ones((2, 4, 6, 7))})
    found = model.backward({"y": np.ones((2, 5))})
    assert not any(blob.any() for blob in found.params["innerproduct"])


def test_constants_have_the_precision_of_the_model() -> None:
    text = layer("DummyData", "", "y", "dummy_data_param { shape { dim: 2 } data_filler { value: 0.1 } }")
    assert build(netspec.load_text(text)).forward({})["y"].tolist() == [0.1, 0.1]


@pytest.mark.parametrize("slope", [0.1, -0.3, 2.0])
def test_slopes_have_the_precision_of_the_model(slope: float) -> None:
    model = build(netspec.load_text(on_images("ReLU", f"relu_param {{ negative_slope: {slope} }}", (2,))))
    assert model.forward({"data": np.array([-3.0, 5.0])})["y"].tolist() == [slope * -3.0, 5.0]
