"""From one format to the next: no bit is lost, and what a file cannot say is asked for."""

from __future__ import annotations

import builtins
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.weights.files import contents, read
from netspec.weights.match import match
from tests.weights.nets import NETS, SHARED, SMALL, Params, made, same

h5py: Any = pytest.importorskip("h5py")
save_file: Any = pytest.importorskip("safetensors.numpy").save_file


def to_hdf5(path: Path, net: Net, params: Params) -> None:
    """As Net::ToHDF5: what another layer owns is left out."""
    with h5py.File(path, "w") as file:
        file.create_group("diff")
        for node in net.layers:
            group = file.require_group(f"data/{node.name}")
            for i, param in enumerate(node.blobs):
                if param.owner == param.key:
                    group.create_dataset(str(i), data=params[node.name][i])


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", NETS)
def test_there_and_back(tmp_path: Path, name: str, kind: str) -> None:
    """caffemodel → PyTorch's names → TensorFlow's → layer/i → caffemodel."""
    net, params = made(NETS[name], kind=kind)
    first, last = tmp_path / "first.caffemodel", tmp_path / "last.caffemodel"
    netspec.save_weights(first, params, net)
    found = netspec.load_weights(first, net)
    for backend in ("torch", "tensorflow", None):
        path = tmp_path / f"{backend}.safetensors"
        netspec.save_weights(path, found, net, backend)
        found = netspec.load_weights(path, net)
        same(found, params)
    netspec.save_weights(last, {layer: found[layer] for layer in params}, net)
    assert last.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("name", NETS)
def test_hdf5(tmp_path: Path, name: str) -> None:
    net, params = made(NETS[name])
    path = tmp_path / "x.caffemodel.h5"
    to_hdf5(path, net, params)
    same(netspec.load_weights(path, net), params)


def test_hdf5_leaves_out_what_only_the_net_knows(tmp_path: Path) -> None:
    net, params = made(SHARED)
    path = tmp_path / "x.h5"
    to_hdf5(path, net, params)
    assert [len(values) for values in netspec.load_weights(path, net).values()] == [2, 2]
    with pytest.raises(SpecError, match=r"error\[NS507\]: x.h5 leaves out blobs of \"b\" that another layer owns"):
        netspec.load_weights(path)


def test_names_of_a_module(tmp_path: Path) -> None:
    net, params = made(SMALL)
    path = tmp_path / "x.safetensors"
    netspec.save_weights(path, params, net, "torch")
    assert sorted(contents(path)) == [
        "block_conv.bias",
        "block_conv.weight",
        "bn.bias",
        "bn.factor",
        "bn.mean",
        "bn.variance",
        "bn.weight",
        "ip.bias",
        "ip.weight",
    ]
    netspec.save_weights(path, params)
    assert sorted(contents(path)) == sorted(f"{name}/{i}" for name, blobs in params.items() for i in range(len(blobs)))


def test_a_module_has_the_layout_of_its_framework(tmp_path: Path) -> None:
    net, params = made(SMALL)
    netspec.save_weights(tmp_path / "x.safetensors", params, net, "tensorflow")
    stored = contents(tmp_path / "x.safetensors")
    (kernel,) = (array for name, array in stored.items() if name.startswith("block_conv") and array.ndim == 4)
    np.testing.assert_array_equal(kernel, params["block/conv"][0].transpose(2, 3, 1, 0))


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


def test_a_parameter_under_its_other_name(tmp_path: Path) -> None:
    """What safetensors.torch.save_model does with shared parameters: one name stays, the metadata leads to it."""
    net, params = made(SHARED)
    path = tmp_path / "x.safetensors"
    (w, b), (_, c) = params["a"], params["b"]
    arrays = {"b.weight": w, "a.bias": b, "b.bias": c}
    save_file(arrays, path, {"a.weight": "b.weight", "format": "pt"})
    same(netspec.load_weights(path, net), params)
    save_file(arrays, path, {"a.weight": "b.weight"})
    with pytest.raises(SpecError, match=r"error\[NS507\]: x.safetensors does not say which backend's names it uses"):
        netspec.load_weights(path, net)
    same(netspec.load_weights(path, net, "torch"), params)
    save_file({**arrays, "head.weight": w}, path, {"a.weight": "b.weight", "format": "pt"})
    assert match(net, read(path, net)).unused == ("head.weight",)


def test_a_module_of_another_shape(tmp_path: Path) -> None:
    net, params = made(SMALL)
    netspec.save_weights(tmp_path / "x.safetensors", params, net, "torch")
    other = netspec.load_text(SMALL.replace("num_output: 5", "num_output: 6"))
    with pytest.raises(SpecError, match=r'layer "ip" do not fit: "ip.weight" is 5×144 in x.safetensors, 6×144 in the'):
        netspec.load_weights(tmp_path / "x.safetensors", other)


def test_a_module_in_parts(tmp_path: Path) -> None:
    net, params = made(SMALL)
    path = tmp_path / "x.safetensors"
    save_file({"ip.weight": params["ip"][0]}, path, {"format": "pt"})
    with pytest.raises(SpecError, match=r'layer "ip" do not fit: x.safetensors does not have its bias'):
        netspec.load_weights(path, net)


def test_unknown_layers_are_not_written_for_a_net(tmp_path: Path) -> None:
    net, params = made(SMALL)
    with pytest.raises(SpecError, match=r"error\[NS502\]: no layer \"fc\" with parameters"):
        netspec.save_weights(tmp_path / "x.safetensors", {**params, "fc": []}, net, "torch")
    assert not list(tmp_path.iterdir())


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(kind: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"w/0": {"dtype": kind, "shape": shape, "data_offsets": [start, end]}}


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "text": b'name: "LeNet"\n' * 9,
    "a header longer than the file": safetensors({}, length=1 << 62),
    "no JSON": safetensors(b"{{{{"),
    "deep JSON": safetensors(b'{"a":' * 100_000),
    "data cut off": safetensors(entry("F32", [4], 0, 16), bytes(8)),
    "data beyond the file": safetensors(entry("F32", [1 << 40], 0, 1 << 42)),
    "a shape that does not match": safetensors(entry("F32", [4], 0, 8), bytes(8)),
    "a shape beyond all numbers": safetensors(entry("F32", [1 << 62, 1 << 62], 0, 8), bytes(8)),
    "offsets the wrong way round": safetensors(entry("F32", [1], 4, 0), bytes(4)),
    "data of two at once": safetensors({**entry("F32", [2], 0, 8), "v/0": entry("F32", [2], 4, 12)["w/0"]}, bytes(12)),
    "data with a gap": safetensors(entry("F32", [1], 4, 8), bytes(8)),
    "nothing of a great shape": safetensors(entry("F32", [0, 1 << 62], 0, 0)),
    "a negative size": safetensors(entry("F32", [-1], 0, 4), bytes(4)),
    "too many axes": safetensors(entry("F32", [1] * 100, 0, 4), bytes(4)),
    "a header that is a list": safetensors([]),
    "metadata of numbers": safetensors({"__metadata__": {"format": 5}}),
    "a kind that numpy lacks": safetensors(entry("BF16", [2], 0, 4), bytes(4)),
    "a kind that nobody has": safetensors(entry("F31", [2], 0, 4), bytes(4)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_safetensors(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(SpecError, match=r"error\[NS503\]: x.safetensors cannot be read as weights: "):
        netspec.load_weights(path)


def external(file: Any) -> None:
    file.create_dataset("data/ip/0", (2,), "f4", external=[("/etc/hostname", 0, 8)])


def link(file: Any) -> None:
    file["data/ip/0"] = h5py.ExternalLink("other.h5", "/data/ip/0")


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data/ip/0", (2,))
    file.create_virtual_dataset("data/ip/0", layout)


def unwritten(file: Any) -> None:
    file.create_dataset("data/ip/0", (1 << 40,), "f4", chunks=(1 << 20,))


def compressed(file: Any) -> None:
    file.create_dataset("data/ip/0", data=np.zeros(1 << 20, "f4"), compression="gzip")


def words(file: Any) -> None:
    file.create_dataset("data/ip/0", data=["a"])


def a_cycle(file: Any) -> None:
    group = file.create_group("data/ip")
    group["ip"] = file["data"]


def no_number(file: Any) -> None:
    file.create_dataset("data/ip/weight", data=np.zeros(2, "f4"))


def a_great_number(file: Any) -> None:
    file.create_dataset("data/ip/999999999999", data=np.zeros(2, "f4"))


def no_data(file: Any) -> None:
    file.create_group("weights")


TRICKS: list[tuple[Callable[[Any], None], str]] = [
    (external, "holds no plain numbers"),
    (link, "there is no blob"),
    (virtual, "holds no plain numbers"),
    (unwritten, "of which the file does not hold all"),
    (compressed, "of which the file does not hold all"),
    (words, "holds no plain numbers"),
    (a_cycle, "there is no blob"),
    (no_number, '"/data/ip/weight" is no blob of a layer'),
    (a_great_number, "is no blob of a layer"),
    (no_data, "data"),
]


@pytest.mark.parametrize(("trick", "said"), TRICKS, ids=[trick.__name__ for trick, _ in TRICKS])
def test_hdf5_that_points_elsewhere_or_promises_too_much(
    tmp_path: Path, trick: Callable[[Any], None], said: str
) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other.create_dataset("data/ip/0", data=np.zeros(2, "f4"))
    with h5py.File(path, "w") as file:
        trick(file)
    with pytest.raises(SpecError) as caught:
        netspec.load_weights(path)
    assert [d.code for d in caught.value.diagnostics] == ["NS503"]
    assert said in str(caught.value)


@pytest.mark.parametrize("keep", [0, 10, 100, 1000, 2000])
def test_hdf5_cut_off(tmp_path: Path, keep: int) -> None:
    net, params = made(SMALL)
    path = tmp_path / "x.h5"
    to_hdf5(path, net, params)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SpecError, match=r"error\[NS503\]"):
        netspec.load_weights(path)


def nested(file: Any) -> None:
    group = file.create_group("data")
    for _ in range(200):
        group = group.create_group("a")


def nothing_of_a_great_shape(file: Any) -> None:
    file.create_dataset("data/ip/0", (0, 1 << 62), "f4")


@pytest.mark.parametrize(
    ("trick", "said"), [(nested, "nested more than 64 deep"), (nothing_of_a_great_shape, "too big")]
)
def test_hdf5_without_bounds(tmp_path: Path, trick: Callable[[Any], None], said: str) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        trick(file)
    with pytest.raises(SpecError, match=said):
        netspec.load_weights(tmp_path / "x.h5")


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
