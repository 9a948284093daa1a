"""An emitted file loads the weights that lie beside it, without netspec."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.net.passes.optimize import optimized
from netspec.weights.beside import source_and_weights
from netspec.weights.blobs import of_params
from netspec.weights.match import match
from tests.weights.nets import NETS, SMALL, Params, made, one_as_factor

BACKENDS = ("torch", "tensorflow")
X = np.random.default_rng(1).standard_normal((2, 3, 8, 8)).astype(np.float32)


def written(folder: Path, backend: str, net: Net, params: Params) -> Path:
    matched = match(net.plain or net, of_params("x", params))
    text, weights = source_and_weights(net, backend, matched, "my net.safetensors")
    (folder / "my net.py").write_text(text, encoding="utf-8")
    (folder / "my net.safetensors").write_bytes(weights)
    return folder / "my net.py"


def load(backend: str, path: Path) -> Any:
    pytest.importorskip(backend)
    spec = importlib.util.spec_from_file_location("emitted", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(backend: str, module: Any, outputs: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    found: Any = module(pytest.importorskip("torch").tensor(X) if backend == "torch" else X)
    values: dict[str, Any] = {outputs[0]: found} if len(outputs) == 1 else found
    return {name: np.asarray(value.detach() if backend == "torch" else value) for name, value in values.items()}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NETS)
def test_computes_what_the_net_does_with_these_weights(tmp_path: Path, name: str, backend: str) -> None:
    net, params = made(NETS[name])
    found = run(backend, load(backend, written(tmp_path, backend, net, params)).trained(), net.outputs)
    model = netspec.build(net, backend)
    model.set_params(params)
    for blob, value in model.forward({"data": X}).items():
        np.testing.assert_array_equal(found[blob], value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_needs_nothing_of_netspec(tmp_path: Path, backend: str) -> None:
    net, params = made(SMALL)
    tree = ast.parse(written(tmp_path, backend, net, params).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [node for node in imports if "netspec" in ast.unparse(node)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_not_there_begins_as_filled(tmp_path: Path, backend: str) -> None:
    net, params = made(SMALL)
    del params["ip"]
    (tmp_path / backend).mkdir()
    found = run(backend, load(backend, written(tmp_path, backend, net, params)).trained(), net.outputs)
    assert not found["ip"].any()


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_of_another_net_are_refused(tmp_path: Path, backend: str) -> None:
    net, params = made(SMALL)
    path = written(tmp_path, backend, net, params)
    short = netspec.load_text("\n".join(SMALL.splitlines()[:-1]))
    netspec.save_weights(path.with_suffix(".safetensors"), {k: params[k] for k in short.params}, short, backend)
    with pytest.raises((RuntimeError, ValueError), match=r"Missing key|does not belong to this module"):
        load(backend, path).trained()


def test_mode_follows_the_phase(tmp_path: Path) -> None:
    text = SMALL + 'layer { name: "drop" type: "Dropout" bottom: "ip" top: "drop" }'
    _, params = made(text)
    for phase in ("TRAIN", "TEST"):
        net = netspec.load_text(text, phase=phase)
        assert load("torch", written(tmp_path, "torch", net, params)).trained().training is (phase == "TRAIN")


def test_tensorflow_in_float64(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    net, params = made(SMALL)
    module = load("tensorflow", written(tmp_path, "tensorflow", net, params)).trained(tf.float64)
    assert {variable.dtype for variable in module.variables} == {tf.float64}


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_module_has_learned_comes_back(tmp_path: Path, backend: str) -> None:
    """From an Executable, by way of the file that its module would load."""
    net, params = made(SMALL)
    pytest.importorskip(backend)
    model = netspec.build(net, backend)
    model.set_params(params)
    netspec.save_weights(tmp_path / "x.safetensors", model.get_params(), net, backend)
    other = netspec.build(net, "numpy")
    other.set_params(netspec.load_weights(tmp_path / "x.safetensors", net))
    for layer, blobs in other.get_params().items():
        for found, wanted in zip(blobs, one_as_factor(params[layer]), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_what_pytorch_saves_is_read(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from safetensors.torch import save_model

    net, params = made(NETS["shared"])
    module = load("torch", written(tmp_path, "torch", net, params)).trained()
    save_model(module, str(tmp_path / "saved.safetensors"))
    found = netspec.load_weights(tmp_path / "saved.safetensors", net, "torch")
    for layer, blobs in found.items():
        for mine, wanted in zip(blobs, params[layer], strict=True):
            np.testing.assert_array_equal(mine, wanted)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NETS)
def test_unfolded_weights_are_folded(tmp_path: Path, name: str, backend: str) -> None:
    net, params = made(NETS[name])
    params = {
        layer: [abs(blob) + 0.1 if len(blobs) == 3 else blob for blob in blobs] for layer, blobs in params.items()
    }
    fast = optimized(net)
    path = written(tmp_path, backend, fast, params)
    found = run(backend, load(backend, path).trained(), net.outputs)
    model = netspec.build(net, "numpy", dtype="float64")
    model.set_params(params)
    for blob, value in model.forward({"data": X}).items():
        np.testing.assert_allclose(found[blob], value, rtol=1e-4, atol=1e-5 * abs(value).max())
    if fast.folds:
        with pytest.raises(SpecError) as refused:
            netspec.load_weights(path.with_suffix(".safetensors"), net, backend)
        assert [d.code for d in refused.value.diagnostics] == ["NS510"]


def test_a_folded_module_that_says_nothing_of_it_is_known_by_its_names(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    save: Any = pytest.importorskip("safetensors.torch").save_model
    net, params = made(SMALL.replace("kernel_size: 3", "kernel_size: 3 bias_term: false"))
    save(load("torch", written(tmp_path, "torch", optimized(net), params)).trained(), str(tmp_path / "x.safetensors"))
    assert torch
    with pytest.raises(SpecError) as refused:
        netspec.load_weights(tmp_path / "x.safetensors", net, "torch")
    assert [d.code for d in refused.value.diagnostics] == ["NS510"]
