"""Databases that are damaged, or none."""

from __future__ import annotations

import json
from pathlib import Path

import lmdb
import pytest

from netspec.data import datum
from netspec.data.databases import Database, kind
from netspec.data.kinds import recognised, source
from tests.data import made
from tests.data.faults import fails


def records(path: Path, *values: bytes) -> Path:
    """A database of these values under the keys 0, 1, …"""
    if path.suffix == ".lmdb":
        with lmdb.open(str(path), map_size=1 << 20) as env, env.begin(write=True) as transaction:
            for i, value in enumerate(values):
                transaction.put(str(i).encode(), value)
    else:
        made.needed(path.suffix)
        import plyvel

        database = plyvel.DB(str(path), create_if_missing=True)
        for i, value in enumerate(values):
            database.put(str(i).encode(), value)
        database.close()
    return path


GOOD = datum.write(made.image(3), 1)
RECORDS: dict[str, tuple[bytes, str]] = {
    "text": (b"not a message", 'key "1" holds no Datum'),
    "empty": (b"", 'key "1" holds no Datum: its size is 0×0×0'),
    "cut off": (GOOD[:-5], 'key "1" holds no Datum'),
    "sizes": (datum.write(made.image(1), 0).replace(b"\x10\x04", b"\x10\x05"), "1×5×5, but it holds 20 values"),
    "no image": (datum.write(b"\x89PNG and no more", 0), 'key "1": it is no image'),
}


@pytest.mark.parametrize("suffix", [".lmdb", ".leveldb"])
@pytest.mark.parametrize(("value", "message"), RECORDS.values(), ids=RECORDS.keys())
def test_bad_records(tmp_path: Path, value: bytes, message: str, suffix: str) -> None:
    found = source(recognised(records(tmp_path / f"a{suffix}", GOOD, value)))
    assert found.take(1)[0].pixels().shape == made.SHAPE
    fails("NS823", message, lambda: found.take(1)[0].pixels())
    found.close()


@pytest.mark.parametrize("suffix", [".lmdb", ".leveldb"])
def test_no_records(tmp_path: Path, suffix: str) -> None:
    fails("NS821", "holds no records", lambda: source(recognised(records(tmp_path / f"a{suffix}"))))


@pytest.mark.parametrize("keep", [0, 100, 5000, 9000])
def test_an_lmdb_cut_off(tmp_path: Path, keep: int) -> None:
    """Whatever is left of it; what is mapped beyond the end would end the process."""
    path = made.database(tmp_path / "a.lmdb", 400)
    file = path / "data.mdb"
    file.write_bytes(file.read_bytes()[:keep])
    fails("NS822", "cannot be read as LMDB", lambda: source(recognised(path)))


def test_an_lmdb_of_other_bytes(tmp_path: Path) -> None:
    path = made.database(tmp_path / "a.lmdb", 10)
    (path / "data.mdb").write_bytes(b"what" * 5000)
    fails("NS822", "cannot be read as LMDB", lambda: source(recognised(path)))


def test_a_leveldb_damaged(tmp_path: Path) -> None:
    path = made.database(tmp_path / "a.leveldb", 2000)
    import plyvel

    database = plyvel.DB(str(path))
    database.compact_range()
    database.close()
    for file in path.glob("*.ldb"):
        data = bytearray(file.read_bytes())
        data[1000:1100] = bytes(100)
        file.write_bytes(data)
    fails("NS822", "cannot be read as LevelDB", lambda: list(Database(path, "LevelDB")))


def test_a_leveldb_in_use(tmp_path: Path) -> None:
    path = made.database(tmp_path / "a.leveldb")
    first = Database(path, "LevelDB")
    fails("NS822", "cannot be read as LevelDB", lambda: Database(path, "LevelDB"))
    first.close()
    Database(path, "LevelDB").close()


@pytest.mark.parametrize("suffix", [".lmdb", ".leveldb"])
def test_places(tmp_path: Path, suffix: str) -> None:
    found = Database(made.database(tmp_path / f"a{suffix}"), "LMDB" if suffix == ".lmdb" else "LevelDB")
    found.take(5)
    place = json.loads(json.dumps(found.place()))
    wanted = [item.name for item in found.take(4)]
    found.seek(place)
    assert [item.name for item in found.take(4)] == wanted == ["5.png", "6.png", "0.png", "1.png"]
    for wrong in ("00", "zz", 5, None, [place]):
        fails("NS828", "", lambda wrong=wrong: found.seek(wrong))
    assert found.take(1)[0].name == "2.png"
    assert sorted(item.name for item in found.shuffled(3)) == sorted(item.name for item in found)
    assert [item.name for item in found.shuffled(3)] != [item.name for item in found]
    found.close()


def test_what_is_a_database(tmp_path: Path) -> None:
    made.database(tmp_path / "a.lmdb")
    made.database(tmp_path / "a.leveldb")
    assert [kind(tmp_path / name) for name in ("a.lmdb", "a.leveldb", "none")] == ["LMDB", "LevelDB", None]
    (tmp_path / "one.mdb").write_bytes((tmp_path / "a.lmdb" / "data.mdb").read_bytes())
    assert len(list(source(recognised(tmp_path / "one.mdb")))) == 7
