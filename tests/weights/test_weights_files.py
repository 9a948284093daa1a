"""From one format to the next: no bit is lost, and what a file cannot say is asked for."""

from __future__ import annotations

import builtins
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import SpecError
from tests.weights.nets import NETS, SMALL, made, one_as_factor, same, to_hdf5

h5py: Any = pytest.importorskip("h5py")


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", NETS)
def test_there_and_back(tmp_path: Path, name: str, kind: str) -> None:
    """caffemodel → PyTorch's names → TensorFlow's → layer/i → caffemodel. Modules divide by a BatchNorm's factor."""
    net, params = made(NETS[name], kind=kind)
    first, last = tmp_path / "first.caffemodel", tmp_path / "last.caffemodel"
    netspec.save_weights(first, params, net)
    found = netspec.load_weights(first, net)
    for backend in ("torch", "tensorflow", None):
        path = tmp_path / f"{backend}.safetensors"
        netspec.save_weights(path, found, net, backend)
        found = netspec.load_weights(path, net)
        params = {layer: one_as_factor(blobs) for layer, blobs in params.items()}
        same(found, params)
    netspec.save_weights(first, params, net)
    netspec.save_weights(last, {layer: found[layer] for layer in params}, net)
    assert last.read_bytes() == first.read_bytes()


def test_order_in_memory_does_not_matter(tmp_path: Path) -> None:
    """The library writes memory as it lies."""
    w = np.arange(6, dtype=np.float32).reshape(2, 3)
    turned = np.asfortranarray(w)
    for suffix in ("caffemodel", "safetensors"):
        netspec.save_weights(tmp_path / f"x.{suffix}", {"p": [turned, w[:, ::2], w.T]})
        same(netspec.load_weights(tmp_path / f"x.{suffix}"), {"p": [w, w[:, ::2], w.T]})


def test_other_kinds_of_numbers_become_float32(tmp_path: Path) -> None:
    values = [np.array([1, 2]), np.array([0.5], np.float16), [1.5, 2.5], np.float32(3)]
    netspec.save_weights(tmp_path / "x.caffemodel", {"p": values})
    found = netspec.load_weights(tmp_path / "x.caffemodel")["p"]
    assert [v.dtype.name for v in found] == ["float32", "float32", "float64", "float32"]
    assert [v.shape for v in found] == [(2,), (1,), (2,), ()]


def test_unknown_layers_are_not_written_for_a_net(tmp_path: Path) -> None:
    net, params = made(SMALL)
    with pytest.raises(SpecError, match=r"error\[NS502\]: no layer \"fc\" with parameters"):
        netspec.save_weights(tmp_path / "x.safetensors", {**params, "fc": []}, net, "torch")
    assert not list(tmp_path.iterdir())


# What a file is called, and what it is: a suffix that it does not have, none, and one of no kind of weights.
CALLED = [
    ("weights", "caffemodel"),
    ("weights", "safetensors"),
    ("weights", "h5"),
    ("a1b2c3.download", "caffemodel"),
    ("x.caffemodel", "safetensors"),
    ("x.caffemodel", "h5"),
    ("x.safetensors", "h5"),
    ("x.h5", "safetensors"),
    ("x.bin", "safetensors"),
]


@pytest.mark.parametrize(("name", "kind"), CALLED)
def test_files_are_known_by_their_content(tmp_path: Path, name: str, kind: str) -> None:
    net, params = made(SMALL)
    original = tmp_path / f"original.{kind}"
    if kind == "h5":
        to_hdf5(original, net, params)
    else:
        netspec.save_weights(original, params, net)
    original.rename(tmp_path / name)
    same(netspec.load_weights(tmp_path / name, net), params)
    same(netspec.load_weights(tmp_path / name), params)


@pytest.mark.parametrize("content", [b"", b'\nname: "LeNet"\n', b"PK\3\4" + bytes(99), bytes(99), b"GIF89a" + bytes(9)])
def test_what_is_no_file_of_weights(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights").write_bytes(content)
    with pytest.raises(SpecError, match=r"error\[NS506\]: weights does not end in .caffemodel"):
        netspec.load_weights(tmp_path / "weights")


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    """Opening a FIFO would wait for ever."""
    os.mkfifo(tmp_path / "x.caffemodel")
    for load in (netspec.load_weights, netspec.load_mean):
        with pytest.raises(SpecError, match="it is no plain file"):
            load(tmp_path / "x.caffemodel")


class Trap:
    """A pickle that would leave a mark."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize("name", ["x.pth", "x.pt", "x.pkl", "x.npy", "x", "x.caffemodel", "x.safetensors", "x.h5"])
def test_a_pickle_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(SpecError) as caught:
        netspec.load_weights(name)
    code = "NS503" if name.endswith(("caffemodel", "safetensors", "h5")) else "NS506"
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert not Path("trapped").exists()


@pytest.mark.parametrize("name", ["x.h5", "x.prototxt", "weights"])
def test_what_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError, match=r"error\[NS506\]: .* does not end in .caffemodel or .safetensors"):
        netspec.save_weights(tmp_path / name, {"p": [np.zeros(1)]})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.caffemodel", "x.safetensors", "x.h5"])
def test_no_such_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        netspec.load_weights(tmp_path / name)


@pytest.mark.parametrize(("name", "library"), [("x.safetensors", "safetensors"), ("x.h5", "h5py")])
def test_a_library_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(SpecError, match=rf"error\[NS505\]: {library} is not installed"):
        netspec.load_weights(tmp_path / name)


def test_a_caffemodel_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def no_import(name: str, *args: Any, **options: Any) -> Any:
        assert name.split(".")[0] not in ("google", "safetensors", "h5py", "torch", "tensorflow")
        return imported(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", no_import)
    net, params = made(SMALL)
    netspec.save_weights(tmp_path / "x.caffemodel", params, net)
    same(netspec.load_weights(tmp_path / "x.caffemodel", net), params)
