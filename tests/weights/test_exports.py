"""Other forms than source: a SavedModel and an ONNX model compute what the emitted module does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from nets import NETS, SMALL, made
from netspec_tensorflow.saved import save_model
from netspec_torch.onnx import onnx_model
from numpy.typing import NDArray

import netspec
from netspec.net import Net

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
    return dict(zip((y.name for y in session.get_outputs()), session.run(None, {fed.name: x}), strict=True))


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
    for blob, value in wanted.items():
        np.testing.assert_array_equal(found[blob], value)


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
