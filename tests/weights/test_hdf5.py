"""`.caffemodel.h5` files: what they hold, and what is damaged or leads elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import SpecError
from tests.weights.nets import NETS, SHARED, SMALL, made, same, to_hdf5

h5py: Any = pytest.importorskip("h5py")
save_file: Any = pytest.importorskip("safetensors.numpy").save_file


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
