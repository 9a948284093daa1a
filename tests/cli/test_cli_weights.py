"""`netspec weights`, and --weights of `compile` and `verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import netspec as api
from netspec.shapes import integers
from netspec.weights import caffemodel
from netspec.weights.blobs import SavedBlob, SavedLayer, Weights

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

W, B = np.linspace(-1, 1, 108, dtype=np.float32).reshape(4, 3, 3, 3), np.array([1, 2, 3, np.inf], np.float32)


@pytest.fixture
def weights(folder: Path) -> Path:
    """Weights for the first layer of small.net, and for one that it does not have."""
    path = folder / "small.caffemodel"
    api.save_weights(path, {"conv": [W, B], "old": [B]})
    return path


def test_show(weights: Path, netspec: Netspec) -> None:
    result = netspec("weights", "show", weights)
    assert (result.status, result.err) == (0, "")
    assert [line.split() for line in result.out.splitlines()] == [
        ["blob", "shape", "kind", "values", "least", "largest"],
        ["conv/0", "4×3×3×3", "float32", "108", "-1", "1"],
        ["conv/1", "4", "float32", "4", "1", "inf"],
        ["old/0", "4", "float32", "4", "1", "inf"],
        ["total", "116"],
        [],
        ["3", "blobs,", "464", "B"],
    ]


def test_show_as_json(weights: Path, netspec: Netspec) -> None:
    records = json.loads(netspec("weights", "show", weights, "--format", "json").out)
    assert [(r["name"], r["shape"], r["largest"]) for r in records][:2] == [
        ("conv/0", [4, 3, 3, 3], 1),
        ("conv/1", [4], None),
    ]


def test_show_layers_of_one_name(folder: Path, netspec: Netspec) -> None:
    blobs, path = tuple(map(SavedBlob, (W, B))), Path("twice.caffemodel")
    layers = (SavedLayer("conv", blobs), SavedLayer("old", (SavedBlob(B),)), SavedLayer("conv", blobs))
    path.write_bytes(caffemodel.write(Weights("twice", layers), "", {}))
    result = netspec("weights", "show", path)
    names = [line.split("  ")[0] for line in result.out.splitlines()[1:6]]
    assert names == ["conv/0", "conv/1", "old/0", "conv (2)/0", "conv (2)/1"]
    said = 'warning[NS508]: twice.caffemodel has 2 layers "conv" with weights, of which the last one\'s are taken'
    assert said in result.err
    result = netspec("weights", "show", path, "--net", "small.net")
    assert result.err.count(said) == 1 and "no weights for ip" in result.err
    assert said in netspec("weights", "convert", path, "x.safetensors").err


def test_show_for_a_net(weights: Path, netspec: Netspec) -> None:
    result = netspec("weights", "show", weights, "--net", "small.net")
    assert result.status == 0
    assert result.err.splitlines() == [
        "warning[NS504]: small.caffemodel has no weights for ip, which begin as filled",
        "  = help: the file also has old",
    ]


def test_show_what_does_not_fit(weights: Path, netspec: Netspec) -> None:
    net = Path("small.net")
    net.write_text(net.read_text().replace("kernel_size: 3", "kernel_size: 5"))
    result = netspec("weights", "show", weights, "--net", net)
    assert result.status == 1
    assert "conv/0" in result.out
    assert "blob 0 (weight) is 4×3×3×3 in small.caffemodel, 4×3×5×5 in the net" in result.err
    assert "--> small.net:3:1" in result.err


@pytest.mark.parametrize("extra", [[], ["--backend", "torch"], ["--backend", "tensorflow"]])
def test_convert_there_and_back(weights: Path, netspec: Netspec, extra: list[str]) -> None:
    net = ["--net", "small.net"]
    assert netspec("weights", "convert", weights, "x.safetensors", *net, *extra).status == 0
    assert netspec("weights", "convert", "x.safetensors", "y.caffemodel", *net).status == 0
    found = api.load_weights("y.caffemodel")
    assert list(found) == ["conv"]
    np.testing.assert_array_equal(found["conv"][0], W)


def test_convert_without_a_net_keeps_everything(weights: Path, netspec: Netspec) -> None:
    assert netspec("weights", "convert", weights, "x.safetensors") == (0, "", "")
    assert netspec("weights", "convert", "x.safetensors", "y.caffemodel") == (0, "", "")
    assert weights.read_bytes() == Path("y.caffemodel").read_bytes()


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_compile_writes_weights_beside_the_source(weights: Path, netspec: Netspec, backend: str) -> None:
    command = ["compile", "small.net", "--backend", backend, "--weights", weights, "-o", "out/small.py"]
    Path("out").mkdir()
    result = netspec(*command)
    assert (result.status, result.out) == (0, "")
    assert "no weights for ip" in result.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["small.py", "small.safetensors"]
    assert '"small.safetensors"' in Path("out/small.py").read_text()
    np.testing.assert_array_equal(api.load_weights("out/small.safetensors", api.load("small.net"))["conv"][0], W)
    assert "is there already" in netspec(*command).err
    assert netspec(*command, "--force").status == 0


@pytest.mark.parametrize("there", ["small.py", "small.safetensors"])
def test_compile_overwrites_neither(weights: Path, netspec: Netspec, there: str) -> None:
    Path("out").mkdir()
    Path("out", there).write_text("mine")
    result = netspec("compile", "small.net", "--backend", "torch", "--weights", weights, "-o", "out/small.py")
    assert result.status == 2
    assert f"{there} is there already; --force replaces it" in result.err
    assert [path.read_text() for path in Path("out").iterdir()] == ["mine"]


def test_compile_to_a_graph_with_weights(weights: Path, netspec: Netspec) -> None:
    pytest.importorskip("tensorflow")
    command = ["compile", "small.net", "--backend", "tensorflow", "--graph", "-o", "small.pb"]
    assert netspec(*command, "--weights", weights).status == 0
    assert W.transpose(2, 3, 1, 0).tobytes() in Path("small.pb").read_bytes()


def test_verify_with_weights(folder: Path, netspec: Netspec) -> None:
    pytest.importorskip("torch")
    net = api.load("small.net")
    zeros = {layer: [np.zeros(integers(s) or ()) for s in shapes] for layer, shapes in net.params.items()}
    zeros["ip"][1][:] = 42
    api.save_weights("small.caffemodel", zeros)
    command = ["verify", "small.net", "--backends", "torch,numpy", "--weights", "small.caffemodel", "--report", "-"]
    rows = json.loads(netspec(*command).out)["rows"]
    assert [row["magnitude"] for row in rows] == [1.0, 42.0]


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["show"], 2, "the following arguments are required: FILE"),
        (["show", "a.h5", "b.h5"], 2, "show takes 1 file, not 2"),
        (["convert", "a.h5"], 2, "convert takes 2 files, not 1"),
        (["remove", "a.h5"], 2, "invalid choice: 'remove'"),
        (["show", "none.caffemodel"], 2, "none.caffemodel: No such file or directory"),
        (["show", "small.net"], 1, "error[NS506]: small.net does not end in .caffemodel, .safetensors, .h5 or .hdf5"),
        (["show", "deep/weights.pt"], 1, "a pickle can run any code when it is read"),
        (["convert", "small.caffemodel", "x.h5"], 1, "error[NS506]"),
        (["convert", "small.caffemodel", "small.caffemodel"], 2, "--force replaces it"),
        (["convert", "small.caffemodel", "x.safetensors", "--backend", "torch"], 2, "--backend needs --net SPEC"),
        (["convert", "small.caffemodel", "x.caffemodel", "--net", "small.net", "--backend", "torch"], 2, "goes with"),
        (["convert", "small.caffemodel", "x.safetensors", "--net", "faulty.net"], 1, "error[NS201]"),
        (["convert", "small.caffemodel", "x.safetensors", "--net", "small.net", "--backend", "theano"], 2, "NS403"),
    ],
)
def test_what_fails_writes_nothing(weights: Path, netspec: Netspec, argv: list[str], status: int, message: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().iterdir()}
    result = netspec("weights", *argv)
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert {path: path.stat().st_mtime_ns for path in Path().iterdir()} == before


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "--weights needs -o FILE.py"),
        (["-o", "x.safetensors"], "--weights needs -o FILE.py"),
        (["-o", "."], "--weights needs -o FILE.py"),
    ],
)
def test_compile_needs_a_place_for_weights(weights: Path, netspec: Netspec, argv: list[str], message: str) -> None:
    result = netspec("compile", "small.net", "--backend", "torch", "--weights", weights, *argv)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_folded_weights_do_not_come_back(weights: Path, netspec: Netspec, backend: str) -> None:
    net = Path("small.net")
    net.write_text(net.read_text().replace('"ReLU"', '"BatchNorm"'), encoding="utf-8")
    one = [np.ones(shape, np.float32) for shape in ((4,), (4,), (1,))]
    api.save_weights(weights, {"conv": [W, B], "relu": one})
    command = ["weights", "convert", weights, "x.safetensors", "--net", net, "--backend", backend, "-O"]
    assert netspec(*command).status == 0
    shown = netspec("weights", "show", "x.safetensors").out
    assert "conv" in shown and "relu" not in shown
    result = netspec("weights", "convert", "x.safetensors", "y.caffemodel", "--net", net)
    assert result.status == 1
    assert "error[NS510]: x.safetensors has the weights of a module that was compiled with -O" in result.err
    assert not Path("y.caffemodel").exists()
    assert "-O goes with --backend" in netspec("weights", "convert", weights, "y.caffemodel", "--net", net, "-O").err
