"""Weights of layers of types that netspec does not know: kept as the file has them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.cli.main import main
from netspec.net import Net
from netspec.weights.blobs import SavedBlob, SavedLayer, Weights
from netspec.weights.files import contents, encoded
from netspec.weights.match import match
from netspec.weights.unknown import given_blobs

pytest.importorskip("safetensors")

TEXT = """
x = Input { shape { dim: [2, 3] } }
a = InnerProduct(x) { num_output: 4 }
b = Odd(a) { odd_param { beta: 1 blob_0: 2 blobs: 3 } }
c = Odd(b) { beta: 2 }
"""
SHAPES = {"a": [(4, 3), (4,)], "b": [(4, 2), (7,), ()], "c": [(5,)]}


def load() -> Net:
    return netspec.load_text(TEXT, allow_unknown=True, same_shape=True)


@pytest.fixture
def params() -> dict[str, list[NDArray[Any]]]:
    random = np.random.default_rng(0)
    return {name: [random.standard_normal(s).astype(np.float32) for s in shapes] for name, shapes in SHAPES.items()}


@pytest.fixture
def file(tmp_path: Path, params: dict[str, list[NDArray[Any]]]) -> Path:
    """A .caffemodel that netspec has not written."""
    layers = tuple(SavedLayer(name, tuple(map(SavedBlob, blobs))) for name, blobs in params.items())
    path = tmp_path / "odd.caffemodel"
    path.write_bytes(encoded(path, Weights(path.name, layers)))
    return path


def same(found: Any, wanted: Any) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        assert [blob.shape for blob in found[name]] == SHAPES[name]
        assert all(map(np.array_equal, found[name], wanted[name]))


def test_they_are_kept(file: Path, params: Any) -> None:
    same(netspec.load_weights(file, load()), params)


def test_the_net_has_them(file: Path) -> None:
    found = match(load(), Weights("", (SavedLayer("b", (SavedBlob(np.zeros((3, 2))),)),)))
    assert found.net.params == {"a": ((4, 3), (4,)), "b": ((3, 2),)}
    assert (found.filled, found.unused) == (("a",), ())


@pytest.mark.parametrize("backend", [None, "torch", "tensorflow"])
@pytest.mark.parametrize("suffix", [".caffemodel", ".safetensors"])
def test_there_and_back(file: Path, params: Any, suffix: str, backend: str | None) -> None:
    out = file.with_name(f"out{suffix}")
    netspec.save_weights(out, params, load(), backend)
    same(netspec.load_weights(out, load()), params)


def test_the_names_of_a_module(file: Path, params: Any) -> None:
    out = file.with_name("out.safetensors")
    netspec.save_weights(out, params, load(), "torch")
    assert sorted(contents(out)) == ["a.bias", "a.weight", "b.blob_0", "b.blob_1", "b.blob_2", "c.blob_0"]


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_emitted_module_has_them(
    file: Path, params: Any, backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, out = file.with_name("odd.net"), file.with_name(f"odd_{backend}.py")
    spec.write_text(TEXT)
    options = "--allow-unknown", "--same-shape", "--backend", backend, "--weights", str(file), "-o", str(out)
    assert main(["compile", str(spec), *options]) == 0
    assert "NS5" not in capsys.readouterr().err
    monkeypatch.syspath_prepend(file.parent)
    module = __import__(out.stem).trained()
    monkeypatch.delitem(sys.modules, out.stem)
    for layer in ("b", "c"):
        for i, blob in enumerate(params[layer]):
            found = getattr(getattr(module, layer), f"blob_{i}")
            value: Any = found.detach() if backend == "torch" else found
            np.testing.assert_array_equal(value.numpy(), blob)
    assert (module.b.field_blob_0, module.b.blobs_2) == (2, 3)


def test_commands(file: Path, params: Any, capsys: pytest.CaptureFixture[str]) -> None:
    spec, middle, back = (file.with_name(name) for name in ("odd.net", "x.safetensors", "back.caffemodel"))
    spec.write_text(TEXT)
    net = "--net", str(spec), "--allow-unknown", "--same-shape"
    assert main(["weights", "convert", str(file), str(middle), *net, "--backend", "torch"]) == 0
    assert main(["weights", "convert", str(middle), str(back), *net]) == 0
    assert main(["weights", "show", str(back), *net]) == 0
    assert capsys.readouterr().err == ""
    same(netspec.load_weights(back), params)


def test_what_runs_without_them(file: Path, params: Any) -> None:
    net = load()
    model = netspec.build(net)
    model.set_params(params)
    np.testing.assert_array_equal(model.get_params()["a"][0], params["a"][0])
    report = netspec.verify(net, grad=False, params=params)
    assert report.ok, report
    assert [row.item.blob for row in report.rows] == ["a"]


NAMED = """
x = Input { shape { dim: [2, 4] } }
b = Odd(x) { param { name: "w" lr_mult: 0 } param { decay_mult: 2 } }
a = InnerProduct(b) { num_output: 4 param { name: "w" } }
c = Odd(a) { param { name: "w" } param { name: "v" lr_mult: 3 } }
d = Odd(c) { param { name: "w" } }
"""


def test_what_a_spec_says_of_them() -> None:
    """Multipliers, and names: those of one shape are one, whoever has them first."""
    shapes = {"b": [(4, 4), (7,), ()], "c": [(4, 4), (2,)], "d": [(3,)]}
    net = given_blobs(netspec.load_text(NAMED, allow_unknown=True, same_shape=True), shapes)
    found = {node.name: [(p.owner, p.name, p.lr_mult, p.decay_mult) for p in node.blobs] for node in net.layers}
    assert found["b"] == [((1, 0), "w", 0.0, 1.0), ((1, 1), "", 1.0, 2.0), ((1, 2), "", 1.0, 1.0)]
    assert [owner for owner, *_ in found["a"]] == [(1, 0), (2, 1)]
    assert found["c"] == [((1, 0), "w", 1.0, 1.0), ((3, 1), "v", 3.0, 1.0)]
    assert found["d"] == [((4, 0), "w", 1.0, 1.0)]
    source = netspec.emit(net, backend="torch")
    for line in (
        "self.a.weight = self.b.blob_0",
        "self.c.blob_0 = self.b.blob_0",
        "self.b.blob_0.requires_grad_(False)",
    ):
        assert line in source
