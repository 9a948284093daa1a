"""Data of every kind is recognised by what is in it, and feeds a net with the same items."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec import Net
from netspec.data import Feed, beside, feed
from netspec.data.kinds import recognised, source
from netspec.layers.transform import TransformationParameter
from tests.data import made
from tests.data.faults import fails

INPUTS = """
layer {{ name: "in" type: "Input" top: "data" top: "label"
  input_param {{ shape {{ dim: {} dim: {} dim: 4 dim: 5 }} shape {{ dim: {} }} }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{ num_output: 3 }} }}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }}
"""
# An "image folder" gives its images class by class.
BY_CLASS = [0, 3, 6, 1, 4, 2, 5]
NAMES = dict(
    zip(
        made.KINDS,
        ["LMDB", "LevelDB", "LMDB", "HDF5", "npz", "idx", "idx", "image list", "image folder", "HDF5 list"],
        strict=True,
    )
)


def net(batch: int = 3, channels: int = 1, phase: str = "TEST") -> Net:
    return netspec.load_text(INPUTS.format(batch, channels, batch), phase=phase)


def numbers(fed: Feed, batches: int) -> tuple[list[int], list[int]]:
    """Which images came, and their labels."""
    images, labels = list[int](), list[int]()
    for _ in range(batches):
        batch = fed.batch()
        assert batch["data"].dtype == batch["label"].dtype == np.float32
        assert {name: array.shape for name, array in batch.items()} == dict(fed.tops)
        images += [int(one.max()) for one in batch["data"]]
        labels += batch["label"].astype(int).tolist()
    return images, labels


@pytest.mark.parametrize("kind", made.KINDS)
def test_recognised(kind: str, tmp_path: Path) -> None:
    path = made.of(kind, tmp_path)
    assert recognised(path).name == NAMES[kind]
    items = source(recognised(path))
    order = BY_CLASS if kind == "classes" else [*range(7)]
    assert items.size == 7
    assert [int(np.asarray(item.pixels()).max()) for item in items] == order
    assert [item.label for item in items] == [i % 3 for i in order]
    items.close()


@pytest.mark.parametrize("kind", made.KINDS)
def test_in_test_items_come_in_their_order_and_go_on_at_the_beginning(kind: str, tmp_path: Path) -> None:
    fed = feed(net(), made.of(kind, tmp_path))
    order = BY_CLASS if kind == "classes" else [*range(7)]
    wanted = (order * 3)[:12]
    assert (fed.size, numbers(fed, 4)) == (7, (wanted, [i % 3 for i in wanted]))
    fed.close()


@pytest.mark.parametrize("kind", made.KINDS)
def test_in_train_every_item_comes_once_in_a_round(kind: str, tmp_path: Path) -> None:
    fed = feed(net(7, phase="TRAIN"), made.of(kind, tmp_path), seed=4)
    rounds = [numbers(fed, 1)[0] for _ in range(3)]
    assert [sorted(one) for one in rounds] == [[*range(7)]] * 3
    stays = kind.endswith(("lmdb", "leveldb"))
    assert (rounds == [[*range(7)]] * 3) == stays
    fed.close()


LAWS: dict[str, Callable[[Feed], Feed]] = {"alone": lambda fed: fed, "beside": beside}


@pytest.mark.parametrize("wrapped", LAWS.values(), ids=LAWS.keys())
@pytest.mark.parametrize("kind", made.KINDS)
@settings(max_examples=6)
@given(st.integers(0, 9), st.integers(1, 9))
def test_a_restored_feed_goes_on(
    tmp_path_factory: pytest.TempPathFactory, kind: str, wrapped: Callable[[Feed], Feed], before: int, batch: int
) -> None:
    """After any number of batches the next ones are the same in another process, parts and mirror images too."""
    path = made.of(kind, tmp_path_factory.mktemp("data"))
    chance = TransformationParameter(crop_size=3, mirror=True)
    spec = netspec.load_text(INPUTS.format(1, 1, 1).replace("dim: 4 dim: 5", "dim: 3 dim: 3"), phase="TRAIN")
    fed = wrapped(feed(spec, path, batch=batch, transform=chance))
    for _ in range(before):
        fed.batch()
    state = json.loads(json.dumps(fed.state()))
    wanted = [fed.batch() for _ in range(3)]
    fed.restore(state)
    again = [fed.batch() for _ in range(3)]
    fed.close()
    other = feed(spec, path, batch=batch, transform=chance)
    other.restore(state)
    assert other.state() == state
    for one, two, three in zip(wanted, again, (other.batch() for _ in range(3)), strict=True):
        assert all(one[name].tobytes() == two[name].tobytes() == three[name].tobytes() for name in one)
    other.close()


@pytest.mark.parametrize("kind", made.KINDS)
@pytest.mark.parametrize("change", ["seed", "items", "place", "data"])
def test_states_of_other_data(kind: str, change: str, tmp_path: Path) -> None:
    fed = feed(net(), made.of(kind, tmp_path), seed=1)
    fed.batch()
    before = fed.state()
    if change in before:
        for value in ("", -1, None, "ff", [1], [0, -2], 1.5, {}):
            fails("NS828", "", lambda value=value: fed.restore({**before, change: value}))
    assert fed.state() == before
    assert numbers(fed, 1)[0] == ([1, 4, 2] if kind == "classes" else [3, 4, 5])
    fed.close()


@pytest.mark.parametrize("kind", ["a.lmdb", "a.npz", "list"])
def test_scale_and_mean_for_inputs(kind: str, tmp_path: Path) -> None:
    fed = feed(net(2), made.of(kind, tmp_path), transform=TransformationParameter(scale=0.5, mean_value=(3.0,)))
    assert fed.batch()["data"][:, 0, 0, 0].tolist() == [-1.5, -1.0]
    fed.close()


def test_images_are_brought_to_the_size_and_the_channels_of_the_input(tmp_path: Path) -> None:
    spec = INPUTS.format(2, 3, 2).replace("dim: 4 dim: 5", "dim: 9 dim: 8")
    for kind in ("list", "classes"):
        fed = feed(netspec.load_text(spec), made.of(kind, tmp_path))
        assert fed.tops["data"] == (2, 3, 9, 8)
        assert numbers(fed, 1)[0] == ([0, 1] if kind == "list" else [0, 3])


def test_channels_last(tmp_path: Path) -> None:
    values = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
    np.savez(tmp_path / "a.npz", data=values, label=[0, 1])
    batch = feed(net(2, 3), tmp_path / "a.npz").batch()
    assert np.array_equal(batch["data"], values.transpose(0, 3, 1, 2))


def test_in_a_folder_of_idx_files_the_phase_tells_which(tmp_path: Path) -> None:
    made.idx(tmp_path, 7, "train")
    made.idx(tmp_path, 4, "t10k")
    assert [feed(net(phase=phase), tmp_path).size for phase in ("TRAIN", "TEST")] == [7, 4]
    fails("NS827", "has several files of images: t10k-images-idx3-ubyte, train-images", lambda: recognised(tmp_path))


@pytest.mark.parametrize("kind", [kind for kind in made.KINDS if kind != "classes"])
def test_labels_out_of_range(kind: str, tmp_path: Path) -> None:
    text = INPUTS.format(2, 1, 2).replace("num_output: 3", "num_output: 2")
    fed = feed(netspec.load_text(text), made.of(kind, tmp_path))
    fed.batch()
    fails("NS825", "the label is 2, but the net tells 2 classes apart, 0 to 1", fed.batch)
    fed.close()
    ignoring = text.replace('top: "loss"', 'top: "loss" loss_param { ignore_label: 2 }')
    again = feed(netspec.load_text(ignoring), _path(kind, tmp_path))
    assert numbers(again, 3)[1] == [0, 1, 2, 0, 1, 2]
    again.close()


def _path(kind: str, folder: Path) -> Path:
    names = {"idx": "train-images-idx3-ubyte", "idx.gz": "train-images-idx3-ubyte.gz", "list": "list.txt"}
    return folder / {**names, "h5 list": "h5.txt"}.get(kind, kind)


FOREIGN: list[tuple[str, str, Any]] = [
    ("a.lmdb", 'items of 1×4×5 for "data", which asks for 3×4×5', 3),
    ("a.npz", 'items of 1×4×5 for "data", which asks for 3×4×5', 3),
]


@pytest.mark.parametrize(("kind", "message", "channels"), FOREIGN)
def test_items_of_another_shape(kind: str, message: str, channels: int, tmp_path: Path) -> None:
    fails("NS827", message, lambda: feed(net(2, channels), made.of(kind, tmp_path)))
