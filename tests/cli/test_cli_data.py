"""`netspec data`: what is made is what was given, and what it says of data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import netspec as api
from netspec.data.images import decoded, resized
from netspec.data.items import Item
from netspec.data.kinds import recognised, source
from tests.data import made

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

WRITTEN = (".lmdb", ".leveldb", ".h5", ".npz")


def items(path: Path) -> list[Item]:
    found = source(recognised(path))
    listed = list(found)
    found.close()
    return listed


def seen(path: Path) -> list[tuple[int, int | None]]:
    return [(int(item.pixels(False).flat[0]), item.label) for item in items(path)]


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("kind", made.KINDS)
def test_from_every_kind_to_every_kind(kind: str, suffix: str, tmp_path: Path, netspec: Netspec) -> None:
    made.needed(suffix)
    given, out = made.of(kind, tmp_path), tmp_path / f"out{suffix}"
    result = netspec("data", "make", given, "-o", out, "--gray")
    assert (result.status, result.err, result.out) == (0, "", f"wrote {out}: 7 items\n")
    assert seen(out) == seen(given)
    assert all(item.pixels().shape == made.SHAPE for item in items(out))


def test_keys_are_convert_imagesets(tmp_path: Path, netspec: Netspec) -> None:
    """A number of eight digits and the name; convert_mnist_data, which has no names, writes the number alone."""
    netspec("data", "make", made.of("list", tmp_path), "-o", tmp_path / "a.lmdb")
    assert [item.place for item in items(tmp_path / "a.lmdb")][:2] == [
        'key "00000000_img/0.png"',
        'key "00000001_img/1.png"',
    ]
    made.needed(".leveldb")
    netspec("data", "make", made.of("idx", tmp_path), "-o", tmp_path / "b.leveldb")
    assert items(tmp_path / "b.leveldb")[3].place == 'key "00000003"'


def test_color_is_the_default_of_images(tmp_path: Path, netspec: Netspec) -> None:
    netspec("data", "make", made.of("list", tmp_path), "-o", tmp_path / "a.lmdb")
    assert items(tmp_path / "a.lmdb")[0].pixels().shape == (3, 4, 5)


@pytest.mark.parametrize("kind", ["list", "idx"])
def test_resized_and_encoded(kind: str, tmp_path: Path, netspec: Netspec) -> None:
    given = made.of(kind, tmp_path)
    assert (
        netspec("data", "make", given, "-o", tmp_path / "a.lmdb", "--resize", "8x9", "--encoded", "--gray").status == 0
    )
    for one, other in zip(items(tmp_path / "a.lmdb"), items(given), strict=True):
        assert isinstance(one.content, bytes)
        assert np.array_equal(decoded(one.content, None), resized(other.pixels(False), 8, 9))


def test_encoded_images_stay_as_they_are(tmp_path: Path, netspec: Netspec) -> None:
    netspec("data", "make", made.of("list", tmp_path), "-o", tmp_path / "a.lmdb", "--encoded")
    assert [item.content for item in items(tmp_path / "a.lmdb")] == [
        item.content for item in items(tmp_path / "list.txt")
    ]


@pytest.mark.parametrize("kind", ["a.lmdb", "a.npz", "classes"])
def test_shuffled_and_split(kind: str, tmp_path: Path, netspec: Netspec) -> None:
    given = made.of(kind, tmp_path, 40)
    argv = (
        "data",
        "make",
        given,
        "-o",
        tmp_path / "out.lmdb",
        "--gray",
        "--shuffle",
        "--seed",
        5,
        "--split",
        0.5,
        0.25,
    )
    result = netspec(*argv, "--json")
    assert [(Path(one["path"]).name, one["items"]) for one in json.loads(result.out)] == [
        ("out_train.lmdb", 20),
        ("out_val.lmdb", 10),
        ("out_test.lmdb", 10),
    ]
    parts = [seen(tmp_path / f"out_{part}.lmdb") for part in ("train", "val", "test")]
    together = [one for part in parts for one in part]
    assert sorted(together) == sorted(seen(given)) and together != seen(given)
    assert items(tmp_path / "out_val.lmdb")[0].place.startswith('key "00000020')
    assert netspec(*argv, "--force").status == 0
    assert [seen(tmp_path / f"out_{part}.lmdb") for part in ("train", "val", "test")] == parts


def test_mean(tmp_path: Path, netspec: Netspec) -> None:
    """Of the first part alone."""
    path = made.of("idx", tmp_path)
    argv = ("data", "make", path, "-o", tmp_path / "a.lmdb", "--split", 0.6, "--mean", tmp_path / "m.binaryproto")
    assert netspec(*argv).status == 0
    assert np.array_equal(api.load_mean(tmp_path / "m.binaryproto"), np.full(made.SHAPE, np.mean([0, 1, 2, 3])))


INFO = {
    "a.lmdb": [
        "a.lmdb: LMDB, 7 items",
        "  1×4×5: 7 images",
        "label  items",
        "    0      3",
        "    1      2",
        "    2      2",
    ],
    "stored.lmdb": ["stored.lmdb: LMDB, 7 items", "  1×4×5: 7 images", "  encoded: all"],
    "a.npz": ["a.npz: npz, 7 items", "  data: 7×1×4×5", "  label: 7", "  1×4×5: 7 images"],
    "list": ["list.txt: image list, 7 items", "  1×4×5: 7 images", "  encoded: all"],
}


@pytest.mark.parametrize("kind", INFO)
def test_info(kind: str, tmp_path: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.of(kind, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert netspec("data", "info", path.name).out.splitlines()[: len(INFO[kind])] == INFO[kind]
    said = json.loads(netspec("data", "info", path.name, "--json").out)
    assert (said["items"], said["labels"]) == (7, {"0": 3, "1": 2, "2": 2})
    assert said["shapes"] == [{"shape": [1, 4, 5], "items": 7}]


def test_info_of_arrays_that_are_no_images(tmp_path: Path, netspec: Netspec) -> None:
    np.savez(tmp_path / "a.npz", weights=np.zeros(3))
    result = netspec("data", "info", tmp_path / "a.npz")
    assert (result.status, result.out.splitlines()[1:]) == (0, ["  weights: 3"])


def test_head(tmp_path: Path, netspec: Netspec) -> None:
    values = np.zeros((3, 1, 3, 4), np.uint8)
    values[0, 0, 1] = [0, 85, 170, 255]
    np.savez(tmp_path / "a.npz", data=values, label=[4, 5, 6])
    result = netspec("data", "head", tmp_path / "a.npz", "-n", 2)
    assert result.out.splitlines() == [
        "item          label  shape",
        "a.npz, row 0      4  1×3×4",
        "a.npz, row 1      5  1×3×4",
        "",
        "",
        "  --**@@",
        "",
    ]
    said = json.loads(netspec("data", "head", tmp_path / "a.npz", "--json").out)
    assert said[2] == {"place": "a.npz, row 2", "name": "", "label": 6, "shape": [1, 3, 4], "encoded": False}


USAGE: dict[str, tuple[list[Any], str]] = {
    "no output": (["make", "a.npz"], "make needs -o OUT"),
    "suffix": (["make", "a.npz", "-o", "out.tfrecord"], "out.tfrecord ends in none of .lmdb, .leveldb, .h5"),
    "encoded arrays": (["make", "a.npz", "-o", "out.npz", "--encoded"], "--encoded goes with .lmdb and .leveldb"),
    "resize": (["make", "a.npz", "-o", "out.lmdb", "--resize", "8"], "expected a height and a width, as 256x256"),
    "resize to 0": (["make", "a.npz", "-o", "out.lmdb", "--resize", "0x8"], "expected a height and a width"),
    "share": (["make", "a.npz", "-o", "out.lmdb", "--split", "1.5"], "expected a share between 0 and 1"),
    "shares": (["make", "a.npz", "-o", "out.lmdb", "--split", "0.5", "0.5"], "leave something for the last part"),
    "there": (["make", "a.npz", "-o", "there.lmdb"], "there.lmdb is there already; --force replaces it"),
    "a folder": (["make", "a.npz", "-o", "folder.lmdb", "--force"], "is a folder, and no database"),
    "beside": (["make", "a.npz", "-o", "notes.lmdb", "--force"], "is a folder, and no database"),
    "info": (["info", "a.npz", "-o", "x.lmdb"], "-o goes with make, not with info"),
    "n": (["head", "a.npz", "-n", "0"], "-n needs a number above 0"),
}


@pytest.mark.parametrize(("argv", "message"), USAGE.values(), ids=USAGE.keys())
def test_usage(
    argv: list[str], message: str, tmp_path: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.of("a.npz", tmp_path)
    made.database(tmp_path / "there.lmdb", 2)
    (tmp_path / "folder.lmdb").mkdir()
    (tmp_path / "folder.lmdb" / "thesis.txt").write_text("years of work")
    (made.database(tmp_path / "notes.lmdb", 2) / "notes.txt").write_text("of this database")
    monkeypatch.chdir(tmp_path)
    result = netspec("data", *argv)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert len(items(tmp_path / "there.lmdb")) == 2
    assert (tmp_path / "folder.lmdb" / "thesis.txt").exists()


FAULTS: dict[str, tuple[str, str, str]] = {
    "bad image": ("img/1.png 0", "NS823", "list.txt, line 2: it is no image"),
    "missing": ("img/9.png 0", "NS821", 'line 2: the image "img/9.png" cannot be read'),
    "bad line": ("img/1.png cat", "NS824", "list.txt, line 2: a path and the number of a class are expected"),
    "no label": ("img/1.png", "NS824", "line 2"),
    "odd": ("\udcff 0", "NS821", "line 2: the image"),
    "size": ("img/2.png 0", "NS826", "the image is 3×1×1, but the first one 3×4×5"),
}


@pytest.mark.parametrize(("line", "code", "message"), FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_faults_leave_nothing(
    line: str, code: str, message: str, suffix: str, tmp_path: Path, netspec: Netspec
) -> None:
    path = made.of("list", tmp_path)
    (tmp_path / "img" / "1.png").write_bytes(b"no image")
    (tmp_path / "img" / "2.png").write_bytes(b"P5 1 1 255\n\0")
    path.write_bytes(f"img/0.png 0\n{line}\n".encode(errors="surrogateescape"))
    before = sorted(tmp_path.iterdir())
    result = netspec("data", "make", path, "-o", tmp_path / f"out{suffix}")
    assert (result.status, result.out) == (1, "")
    assert code in result.err and message in result.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_database_that_fails_leaves_the_old_one(tmp_path: Path, netspec: Netspec) -> None:
    path, out = made.of("list", tmp_path), tmp_path / "out.lmdb"
    assert netspec("data", "make", path, "-o", out).status == 0
    (tmp_path / "img" / "6.png").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    assert netspec("data", "make", path, "-o", out, "--force").status == 1
    assert sorted(tmp_path.iterdir()) == before and len(items(out)) == 7


UNWRITABLE = {"a\0b.lmdb": "Invalid argument", "none/a.lmdb": "No such file", "none/a.npz": "No such file"}


@pytest.mark.parametrize(("name", "reason"), UNWRITABLE.items())
def test_what_cannot_be_written(
    name: str, reason: str, tmp_path: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.of("idx", tmp_path)
    monkeypatch.chdir(tmp_path)
    result = netspec("data", "make", ".", "-o", name)
    assert result.status == 2 and "NS108" in result.err and reason in result.err


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_library_that_fails(suffix: str, tmp_path: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: it is said, and nothing is left."""
    made.needed(suffix)
    path = made.of("idx", tmp_path)
    before = sorted(tmp_path.iterdir())

    def full(_: object) -> None:
        raise RuntimeError("no space left")

    for kind in ("LMDBWriter", "LevelDBWriter", "HDF5Writer", "NpzWriter"):
        monkeypatch.setattr(f"netspec.data.writing.{kind}.close", full)
    result = netspec("data", "make", path, "-o", tmp_path / f"out{suffix}")
    assert result.status == 2 and f"out{suffix} cannot be written: no space left" in result.err
    assert sorted(tmp_path.iterdir()) == before


ODD: dict[str, str] = {
    "a\0b": "cannot be read: embedded null",
    "loop": "cannot be read: Too many levels",
    "empty": "is no data: no database",
    "none": "there is no file, folder or database",
    "/dev/null": "null is empty",
    "/dev/zero": "is of no kind of data",
}


@pytest.mark.parametrize(("name", "message"), ODD.items())
def test_odd_sources(
    name: str, message: str, tmp_path: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    for action in ("info", "head"):
        result = netspec("data", action, name)
        assert result.status == 1 and message in result.err, result.err


def test_a_large_database_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.data.writing.FIRST_MAP", 1 << 14)
    assert len(items(made.database(tmp_path / "a.lmdb", 2500))) == 2500
