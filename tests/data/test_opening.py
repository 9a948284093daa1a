"""Data layers read as Caffe's do."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import netspec
from netspec import Net
from netspec.data import Feed, feed
from netspec.data.images import encoded
from netspec.weights import caffemodel
from netspec.weights.blobs import SavedBlob
from tests.data import made
from tests.data.faults import fails

IP = """
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


def net(folder: Path, layer: str, phase: str = "TRAIN", rest: str = IP) -> Net:
    """The net of a file in a folder."""
    path = folder / "net.prototxt"
    path.write_text(f'layer {{ name: "in" top: "data" top: "label" {layer} }}\n{rest}', "utf-8")
    return netspec.load(path, phase)


def firsts(fed: Feed, batches: int = 1) -> list[int]:
    return [int(one.flat[0]) for _ in range(batches) for one in fed.batch()["data"]]


DATA = 'type: "Data" data_param {{ source: "{}" batch_size: 3 backend: {} }}'


@pytest.mark.parametrize(("name", "backend"), [("a.lmdb", "LMDB"), ("a.leveldb", "LEVELDB"), ("stored.lmdb", "LMDB")])
def test_data(tmp_path: Path, name: str, backend: str) -> None:
    """In the order of the keys, in TRAIN as well; a batch that begins at the end goes on at the beginning."""
    made.of(name, tmp_path)
    fed = feed(net(tmp_path, DATA.format(name, backend)))
    assert (fed.size, dict(fed.tops)) == (7, {"data": (3, 1, 4, 5), "label": (3,)})
    assert firsts(fed, 5) == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0]
    fed.close()


def test_the_net_takes_the_shapes_of_the_data(tmp_path: Path) -> None:
    made.of("a.lmdb", tmp_path)
    spec = net(tmp_path, DATA.format("a.lmdb", "LMDB"))
    fed = feed(spec)
    known = netspec.load(tmp_path / "net.prototxt", "TRAIN", inputs=fed.tops)
    assert known.blobs["data"] == fed.tops["data"]
    assert feed(known, batch=2).batch()["data"].shape == (2, 1, 4, 5)


def test_train_and_test_may_read_one_lmdb(tmp_path: Path) -> None:
    made.of("a.lmdb", tmp_path)
    train, test = (feed(net(tmp_path, DATA.format("a.lmdb", "LMDB"), phase)) for phase in ("TRAIN", "TEST"))
    train.batch()
    assert (firsts(test), firsts(train)) == ([0, 1, 2], [3, 4, 5])
    train.close()
    assert firsts(test) == [3, 4, 5]
    test.close()


def test_transform_and_one_top(tmp_path: Path) -> None:
    """The mean image is found beside the net, whatever folders its path begins with."""
    made.of("a.lmdb", tmp_path)
    mean = np.full(made.SHAPE, 0.5, np.float32)
    (tmp_path / "mean.binaryproto").write_bytes(b"".join(caffemodel.encoded(SavedBlob(mean[None], legacy=True))))
    transform = 'transform_param { scale: 2 crop_size: 2 mean_file: "../caffe/data/mean.binaryproto" }'
    path = tmp_path / "net.prototxt"
    path.write_text(f'layer {{ top: "data" {DATA.format("a.lmdb", "LMDB")} {transform} }}')
    fed = feed(netspec.load(path, "TRAIN"))
    assert dict(fed.tops) == {"data": (3, 1, 2, 2)}
    assert fed.batch()["data"].tolist() == [[[[v] * 2] * 2] for v in (-1.0, 1.0, 3.0)]


def test_several_layers(tmp_path: Path) -> None:
    made.of("a.lmdb", tmp_path)
    made.of("a.leveldb", tmp_path)
    path = tmp_path / "net.prototxt"
    layers = (f'layer {{ name: "{top}" top: "{top}" {DATA.format(*source)} }}' for top, source in SOURCES.items())
    path.write_text("\n".join(layers))
    spec = netspec.load(path, "TRAIN")
    fed = feed(spec)
    first, second = fed.batch(), fed.batch()
    assert first["a"].tolist() == first["b"].tolist() and [*second] == ["a", "b"]
    state = fed.state()
    third = fed.batch()
    fed.restore(state)
    assert all(np.array_equal(third[name], again) for name, again in fed.batch().items())
    for wrong in ({}, {"layers": []}, {"layers": [state["layers"][0], {}]}):
        fails("NS828", "the state", lambda wrong=wrong: fed.restore(wrong))
    assert firsts_of(fed.batch()["a"]) == [2, 3, 4]
    fails("NS827", 'several data layers, "a", "b"', lambda: feed(spec, tmp_path / "a.npz"))
    fed.close()


SOURCES = {"a": ("a.lmdb", "LMDB"), "b": ("a.leveldb", "LEVELDB")}


def firsts_of(images: Any) -> list[int]:
    return [int(one.flat[0]) for one in images]


IMAGES = 'type: "ImageData" image_data_param {{ source: "list.txt" batch_size: 3 is_color: false {} }}'


def test_image_data(tmp_path: Path) -> None:
    made.of("list", tmp_path)
    fed = feed(net(tmp_path, IMAGES.format("")))
    assert (fed.size, firsts(fed, 3)) == (7, [0, 1, 2, 3, 4, 5, 6, 0, 1])
    color = feed(net(tmp_path, IMAGES.format("").replace("is_color: false", "new_height: 6 new_width: 9")))
    assert color.tops["data"] == (3, 3, 6, 9)
    assert color.batch()["data"][2, 1].tolist() == [[2.0] * 9] * 6


def test_image_data_shuffled_anew_each_round(tmp_path: Path) -> None:
    made.of("list", tmp_path)
    spec = net(tmp_path, IMAGES.format("shuffle: true").replace("batch_size: 3", "batch_size: 7"), "TEST")
    rounds = [firsts(fed) for fed in [feed(spec, seed=2)] for _ in range(3)]
    assert [sorted(one) for one in rounds] == [[*range(7)]] * 3
    assert rounds[0] != rounds[1] != rounds[2]
    assert [firsts(fed) for fed in [feed(spec, seed=2)] for _ in range(3)] == rounds


def test_image_data_passes_over_some_at_first(tmp_path: Path) -> None:
    made.of("list", tmp_path)
    spec = net(tmp_path, IMAGES.format("rand_skip: 5"))
    begins = {firsts(feed(spec, seed=seed))[0] for seed in range(30)}
    assert begins == {*range(5)}


def test_root_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    made.of("list", tmp_path / "data")
    (tmp_path / "data" / "list.txt").rename(tmp_path / "list.txt")
    fed = feed(net(tmp_path, IMAGES.format('root_folder: "data/"')))
    assert firsts(fed) == [0, 1, 2]
    fails(
        "NS821", 'no file or database "photos/"', lambda: feed(net(tmp_path, IMAGES.format('root_folder: "photos/"')))
    )
    fails("NS821", 'line 1: there is no file "img/0.png"', lambda: feed(net(tmp_path, IMAGES.format(""))))
    named = feed(net(tmp_path, IMAGES.format("")), folder=tmp_path / "data")
    assert firsts(named) == [0, 1, 2]


def test_images_stay_in_their_tree(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    made.of("list", inner)
    (tmp_path / "secret.png").write_bytes((inner / "img" / "0.png").read_bytes())
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        (inner / "list.txt").write_text(f"img/0.png 0\n{name} 1\n")
        fed = feed(net(inner, IMAGES.format("")))
        fails("NS821", "is not below inner", fed.batch)
    outside = f'type: "Data" data_param {{ source: "{made.of("a.lmdb", tmp_path)}" batch_size: 3 backend: LMDB }}'
    fails("NS821", "no file or database", lambda: feed(net(inner, outside), folder=inner))
    assert firsts(feed(net(inner, outside), folder=tmp_path)) == [0, 1, 2]


def tables(folder: Path, sizes: tuple[int, ...]) -> None:
    """HDF5 files with rows of 0, 1, 2, … going on from one to the next, and a list of them."""
    number = 0
    for i, size in enumerate(sizes):
        rows = np.arange(number, number + size)
        with h5py.File(folder / f"{i}.h5", "w") as file:
            file["data"] = rows[:, None, None] * np.ones((1, 2, 3), np.float32)
            file["label"] = rows.reshape(-1, 1) % 3
        number += size
    (folder / "list.txt").write_text("".join(f"{i}.h5\n" for i in range(len(sizes))))


HDF5 = 'type: "HDF5Data" hdf5_data_param {{ source: "list.txt" batch_size: 4 {} }}'


def test_hdf5_data(tmp_path: Path) -> None:
    tables(tmp_path, (3, 1, 5))
    fed = feed(net(tmp_path, HDF5.format(""), rest=""))
    assert (fed.size, dict(fed.tops)) == (9, {"data": (4, 2, 3), "label": (4, 1)})
    assert firsts(fed, 4) == [*range(9), *range(7)]
    fed.close()


def test_hdf5_data_shuffled(tmp_path: Path) -> None:
    """Files in another order each round, and rows in another one in each file; labels stay with their rows."""
    tables(tmp_path, (3, 2, 4))
    fed = feed(net(tmp_path, HDF5.format("shuffle: true").replace("batch_size: 4", "batch_size: 9"), rest=""), seed=3)
    files = [0, 0, 0, 1, 1, 2, 2, 2, 2]
    rounds = list[list[int]]()
    for _ in range(20):
        batch = fed.batch()
        rows = firsts_of(batch["data"])
        assert batch["label"].ravel().tolist() == [row % 3 for row in rows]
        assert sorted(rows) == [*range(9)]
        came = [files[row] for row in rows]
        assert sum(a != b for a, b in pairwise(came)) == 2  # a file is done before another begins
        rounds.append(rows)
    assert len({tuple(files[row] for row in rows) for rows in rounds}) == 6
    assert len({tuple(row for row in rows if files[row] == 2) for rows in rounds}) > 5
    fed.close()


def test_data_that_is_given_stands_in_the_place_of_what_a_layer_names(tmp_path: Path) -> None:
    spec = net(tmp_path, DATA.format("nowhere", "LMDB"))
    for kind in ("a.lmdb", "idx", "list"):
        fed = feed(spec, made.of(kind, tmp_path), seed=1)
        assert fed.tops["data"][-2:] == (4, 5) and fed.batch()["data"].shape[0] == 3
        fed.close()
    hdf5 = feed(net(tmp_path, HDF5.format(""), rest=""), made.of("a.npz", tmp_path))
    assert hdf5.tops["data"] == (4, 1, 4, 5)


FIELDS = "transform_param { crop_size: 2 }"
REFUSED: dict[str, tuple[str, str, str]] = {
    "no source": ('type: "Data" data_param { batch_size: 3 }', "NS821", "source is not given"),
    "no batch": ('type: "Data" data_param { source: "a.lmdb" backend: LMDB }', "NS829", "batch_size is not given"),
    "no database": ('type: "Data" data_param { source: "list.txt" batch_size: 1 }', "NS822", "no LMDB and no LevelDB"),
    "windows": (
        f'type: "WindowData" window_data_param {{ batch_size: 2 }} {FIELDS}',
        "NS829",
        "no data for WindowData",
    ),
    "forks": (
        'type: "Data" data_param { source: "a.lmdb" batch_size: 3 } transform_param { crop_h: 2 crop_w: 3 }',
        "NS829",
        "no data for Data with transform_param.crop_h, transform_param.crop_w",
    ),
    "mean": (
        'type: "Data" data_param { source: "a.lmdb" batch_size: 3 } transform_param { mean_file: "m.binaryproto" }',
        "NS821",
        'no file or database "m.binaryproto"',
    ),
    "too small": (
        'type: "Data" data_param { source: "a.lmdb" batch_size: 3 } transform_param { crop_size: 9 }',
        "NS826",
        'key "00000000_0.png": the image is 4×5, less than crop_size 9',
    ),
    "no arrays": ('type: "HDF5Data" hdf5_data_param { source: "a.lmdb" batch_size: 3 }', "NS821", ""),
}


@pytest.mark.parametrize(("layer", "code", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_read(tmp_path: Path, layer: str, code: str, message: str) -> None:
    made.of("a.lmdb", tmp_path)
    made.of("list", tmp_path)
    fails(code, message, lambda: feed(net(tmp_path, layer, rest="")))


def test_what_has_no_inputs_and_bad_batches(tmp_path: Path) -> None:
    made_up = 'layer { top: "x" type: "DummyData" dummy_data_param { shape { dim: 2 } } }'
    fails("NS829", "the net has no inputs", lambda: feed(netspec.load_text(made_up)))
    fails("NS829", "at least one item, not 0", lambda: feed(net(tmp_path, DATA.format("a", "LMDB")), batch=0))


def test_images_of_several_sizes(tmp_path: Path) -> None:
    made.of("list", tmp_path)
    (tmp_path / "img" / "2.png").write_bytes(encoded(np.zeros((1, 6, 6), np.uint8)))
    fed = feed(net(tmp_path, IMAGES.format("")))
    fails("NS826", "list.txt, line 3: the image is 1×6×6, but the first one 1×4×5", fed.batch)
    cut = feed(net(tmp_path, IMAGES.format("") + " transform_param { crop_size: 4 }"))
    assert cut.batch()["data"].shape == (3, 1, 4, 4)
