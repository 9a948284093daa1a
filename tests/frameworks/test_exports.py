"""Other forms than source: a SavedModel and an ONNX model compute what the emitted module does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from netspec_tensorflow.graph import graph_def
from netspec_tensorflow.saved import save_model
from netspec_torch.onnx import onnx_model
from numpy.typing import NDArray

import netspec
from netspec.net import Net
from tests.emit.test_named_sizes import LAYERS, SIZES
from tests.frameworks.cases import CASES
from tests.weights.nets import NETS, SMALL, made

X = np.random.default_rng(1).standard_normal((2, 3, 8, 8)).astype(np.float32)
SPECS = Path(__file__).resolve().parents[2] / "specs"
INPUTS = {"squeezenet": (1, 3, 99, 99)}


def expected(net: Net, backend: str, params: Any, x: NDArray[Any] = X) -> dict[str, NDArray[Any]]:
    model = netspec.build(net, backend)
    model.set_params(params)
    return model.forward({net.inputs[0]: x})


def run(data: bytes, x: NDArray[Any] = X) -> dict[str, NDArray[Any]]:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (fed,) = session.get_inputs()
    return outputs(session, {fed.name: x})


def outputs(session: Any, inputs: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return dict(zip((y.name for y in session.get_outputs()), session.run(None, inputs), strict=True))


@pytest.mark.parametrize("name", NETS)
def test_onnx_computes_what_the_module_does(name: str) -> None:
    net, params = made(NETS[name])
    wanted = expected(net, "torch", params)
    found = run(onnx_model(net, params))
    assert found.keys() == wanted.keys()
    for blob, value in wanted.items():
        np.testing.assert_allclose(found[blob], value, rtol=1e-4, atol=1e-5 * np.abs(value).max())


@pytest.mark.parametrize("spec", INPUTS)
def test_onnx_of_a_published_net(spec: str) -> None:
    net = netspec.load(SPECS / f"{spec}.net", inputs={"data": INPUTS[spec]})
    model = netspec.build(net, "torch")
    params = model.get_params()
    x = np.random.default_rng(2).standard_normal(INPUTS[spec]).astype(np.float32)
    for blob, value in model.forward({"data": x}).items():
        np.testing.assert_allclose(run(onnx_model(net, params), x)[blob], value, rtol=1e-3, atol=1e-5)


# Of each kind of code that is emitted one; those above have convolutions and the like.
EXPORTED = [
    *("deconvolution_bilinear", "im2col", "pooling_max_mask", "pooling_ave_outside", "spp", "embed", "argmax"),
    *("lstm_unit", "lrn_within_channel", "batch_norm_by_batch", "mvn", "softmax_with_loss", "contrastive_loss"),
]
ARGMAX = "input data: [2, 6, 1, 1]\ny = ArgMax(data) { top_k: 2 out_max_val: true }\n"


SAME = {
    "an input as it is": "input x: [2, 3]\ny = Dropout(x)\n",
    "an input twice": "input x: [2, 3]\na, b = Split(x)\n",
    "one value twice": "input x: [2, 3]\na = ReLU(x)\nb = Dropout(a)\nc = Dropout(a)\n",
    "the same twice": "input x: [2, 3]\na = ReLU(x)\nb = ReLU(x)\n",
    "what is constant": "input x: [2, 3]\na = Power(x) { power: 0 }\nb = Power(x) { power: 0 }\n",
}


@pytest.mark.parametrize("name", SAME)
def test_onnx_of_outputs_that_are_equal(name: str) -> None:
    expect_exported(SAME[name])


@pytest.mark.parametrize("name", EXPORTED)
def test_onnx_of_a_layer(name: str) -> None:
    expect_exported(CASES[name])


def test_onnx_of_the_largest_two() -> None:
    expect_exported(ARGMAX)


def expect_exported(text: str) -> None:
    net = netspec.load_text(text)
    model = netspec.build(net, "torch")
    random = np.random.default_rng(3)
    inputs = {name: random.uniform(0, 1, net.blobs[name]).astype(np.float32) for name in net.inputs}
    session = onnxruntime.InferenceSession(onnx_model(net, model.get_params()), providers=["CPUExecutionProvider"])
    found = outputs(session, {fed.name: inputs[fed.name] for fed in session.get_inputs()})
    for blob, value in model.forward(inputs).items():
        np.testing.assert_allclose(found[blob], value, rtol=1e-4, atol=1e-5, err_msg=blob)


# Each with the number that its input is full of. What is divided by is the small number alone, or what is left is the
# difference to 1: that a number is near 0 or 1 does not make it 0 or 1.
SMALL_NUMBERS = {
    "deviation of a constant plane": ("input x: [2, 3, 4, 4]\ny = MVN(x)\n", 0.5),
    "deviation, of any size": ("input x: [N, 3, H, W]\ny = MVN(x) { eps: 1e-10 }\n", 0.5),
    "variance of a constant plane": (
        "input x: [2, 3, 4, 4]\ny = MVN(x) { eps: 1e-12 add_eps_before_sqrt: true }\n",
        0.5,
    ),
    "variance of a constant batch": (
        "input x: [2, 3, 4, 4]\ny = BatchNorm(x) { use_global_stats: false eps: 1e-10 }\n",
        0.5,
    ),
    "variance that was measured": ("input x: [2, 3, 4, 4]\ny = BatchNorm(x) { eps: 1e-10 }\n", 0.5),
    "variance after a convolution": (
        "input x: [2, 3, 4, 4]\ny = Convolution(x) { num_output: 2 kernel_size: 1 } | BatchNorm { eps: 1e-10 }\n",
        0.5,
    ),
    "norm": ("input x: [2, 3, 4, 4]\ny = Normalize(x)\n", 0.0),
    "k of an LRN": ("input x: [2, 5, 4, 4]\ny = LRN(x) { k: 1e-9 }\n", 0.0),
    "alpha of an LRN": ("input x: [2, 5, 4, 4]\ny = LRN(x) { k: 1e-9 alpha: 1e-9 norm_region: WITHIN_CHANNEL }\n", 1.0),
    "sum": ("input x: [2, 3]\ny = Power(x) { power: -0.5 shift: 1e-9 }\n", 0.0),
    "difference": ("input x: [2, 3]\ny = Power(x) { power: 3 shift: -1e-9 }\n", 0.0),
    "product": (
        "input x: [2, 3]\na = Power(x) { scale: 1.000005 }\ny = Eltwise(a, x) { coeff: 1 coeff: -1 }\n",
        1.0,
    ),
    "product, the other way": (
        "input x: [2, 3]\na = Power(x) { scale: 0.999995 }\ny = Eltwise(a, x) { coeff: 1 coeff: -1 }\n",
        1.0,
    ),
}


@pytest.mark.parametrize("name", SMALL_NUMBERS)
def test_onnx_keeps_small_numbers(name: str) -> None:
    text, full = SMALL_NUMBERS[name]
    net = netspec.load_text(text)
    model = netspec.build(net, "torch")
    shape = [size if isinstance(size, int) else 4 for size in net.blobs["x"] or ()]
    inputs = {"x": np.full(shape, full, np.float32)}
    session = onnxruntime.InferenceSession(onnx_model(net, model.get_params()), providers=["CPUExecutionProvider"])
    found = outputs(session, inputs)
    for blob, value in model.forward(inputs).items():
        assert np.isfinite(value).all()
        np.testing.assert_allclose(found[blob], value, rtol=1e-4, err_msg=blob)


NAMED: dict[str, tuple[str, list[dict[str, tuple[int, ...]]]]] = {
    "convolution and pooling": (
        "input data: [N, 3, 2 * h, 2 * w]\n"
        "c = Convolution(data) { num_output: 4 kernel_size: 3 pad: 1 } | ReLU\n"
        "p = Pooling(c) { kernel_size: 2 stride: 2 }\n"
        "g = Pooling(p) { pool: AVE global_pooling: true }\n",
        [{"data": (1, 3, 8, 8)}, {"data": (3, 3, 12, 6)}],
    ),
    "elementwise": ("input x: [N, H, W]\ny = TanH(x)\n", [{"x": (1, 1, 5)}, {"x": (4, 3, 2)}]),
    "two inputs": (
        "input a: [N, L, 8]\ninput b: [L, 1]\ny = Add(a, b) | Softmax { axis: -1 }\n",
        [{"a": (1, 3, 8), "b": (3, 1)}, {"a": (2, 5, 8), "b": (5, 1)}],
    ),
    "sizes that are linked": (
        "input a: [N, 2 * h]\ninput b: [N, W]\ny = Eltwise(a, b)\n",
        [{"a": (1, 4), "b": (1, 4)}, {"a": (2, 6), "b": (2, 6)}],
    ),
    # The output is called as torch calls what F.relu gives.
    "names that torch has, too": ("input add: [N, 4]\nrelu = ReLU(add) | Power { shift: 2 }\n", [{"add": (1, 4)}]),
    "the largest along an axis": (
        "input x: [N, 4, H]\ny = ArgMax(x) { top_k: 2 axis: 1 out_max_val: true }\n",
        [{"x": (1, 4, 5)}, {"x": (3, 4, 2)}],
    ),
    "flat": (
        "input x: [N, 3, 4, 4]\ny = InnerProduct(x) { num_output: 5 } | Softmax\n",
        [{"x": (1, 3, 4, 4)}, {"x": (7, 3, 4, 4)}],
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_sizes_stay_open_in_onnx(name: str) -> None:
    text, given = NAMED[name]
    net = netspec.load_text(text)
    model = netspec.build(net, "torch")
    session = onnxruntime.InferenceSession(onnx_model(net, model.get_params()), providers=["CPUExecutionProvider"])
    for value in (*session.get_inputs(), *session.get_outputs()):
        assert tuple(value.shape) == tuple(d if isinstance(d, int) else str(d) for d in net.blobs[value.name] or ())
    for shapes in given:
        random = np.random.default_rng(4)
        inputs = {name: random.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}
        found = outputs(session, inputs)
        for blob, value in model.forward(inputs).items():
            np.testing.assert_allclose(found[blob], value, rtol=1e-4, atol=1e-5, err_msg=blob)


def test_many_layers_with_named_sizes_in_onnx() -> None:
    net = netspec.load_text(LAYERS, inputs={"data": ("N", 3, "H", "W")})
    random = np.random.default_rng(6)
    params = {name: [random.uniform(0.1, 0.5, shape) for shape in blobs] for name, blobs in net.params.items()}
    model = netspec.build(net, "torch")
    model.set_params(params)
    session = onnxruntime.InferenceSession(onnx_model(net, params), providers=["CPUExecutionProvider"])
    for n, h, w in SIZES:
        data = random.uniform(-1, 1, (n, 3, h, w)).astype(np.float32)
        found = outputs(session, {"data": data})
        for blob, value in model.forward({"data": data}).items():
            np.testing.assert_allclose(found[blob], value, rtol=1e-3, atol=1e-4, err_msg=blob)


def test_what_cannot_be_exported_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*_: Any, **__: Any) -> Any:
        raise KeyError("of a graph pass\nwith more lines")

    monkeypatch.setattr("torch.onnx.export", export)
    with pytest.raises(netspec.SpecError) as caught:
        onnx_model(netspec.load_text("input x: [N, 3]\ny = TanH(x)\n"))
    (found,) = caught.value.diagnostics
    assert found.code == "NS409" and "cannot express the module" in found.message and "--input" in (found.help or "")


def test_nothing_of_torch_is_printed(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text(NAMED["elementwise"][0])
    command = [sys.executable, "-m", "netspec", "compile", "net.net", "--backend", "torch", "--onnx", "-o", "net.onnx"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (tmp_path / "net.onnx").stat().st_size


def test_the_same_onnx_twice() -> None:
    net, params = made(SMALL)
    assert onnx_model(net, params) == onnx_model(net, params)


@pytest.mark.parametrize("name", NETS)
def test_a_saved_model_computes_what_the_module_does(tmp_path: Path, name: str) -> None:
    net, params = made(NETS[name])
    save_model(net, tmp_path / "saved", params)
    found: Any = tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"](tf.constant(X))
    wanted = expected(net, "tensorflow", params)
    assert found.keys() == wanted.keys()
    for blob, value in wanted.items():  # a graph may add up in another order than steps do
        np.testing.assert_allclose(found[blob], value, rtol=0, atol=4 * np.finfo(np.float32).eps * np.abs(value).max())


def test_a_folder_is_replaced_only_where_it_is_a_saved_model(tmp_path: Path) -> None:
    net, params = made(SMALL)
    folder = tmp_path / "saved"
    save_model(net, folder, params)
    with pytest.raises(FileExistsError):
        save_model(net, folder, params)
    save_model(net, folder, params, replace=True)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("…", encoding="utf-8")
    with pytest.raises(FileExistsError):
        save_model(net, mine, params, replace=True)
    assert (mine / "thesis.tex").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "saved"]


LOOPS = """
input data: [2, 3]
block layer(x, n) -> y { y = InnerProduct(x) { num_output: n } | ReLU }
x = data
repeat i in 1..3 { x = layer(x, 3) { name: f"same{i}" } }
repeat i in 1..3 {
  new = layer(x, 2) { name: f"more{i}" }
  x = Concat(x, new)
}
y = layer(x, 4) { name: "last" }
z = Softmax(y)
"""


def test_modules_of_loops_are_exported(tmp_path: Path) -> None:
    """They are in dictionaries, in TensorFlow, whose variables a graph has as constants."""
    net, params = made(LOOPS)
    x = X[:, :, 0, 0]
    wanted = expected(net, "tensorflow", params, x)["z"]
    definition: Any = tf.compat.v1.GraphDef()
    definition.ParseFromString(graph_def(net, params))
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        found = [session.run("z:0", {"data:0": x}), *run(onnx_model(net, params), x).values()]
    save_model(net, tmp_path / "saved", params)
    found.append(tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"](tf.constant(x))["z"])
    for value in found:
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
