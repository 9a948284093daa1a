"""LMDB and LevelDB of Datum, read in the order of their keys as Caffe's cursors go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

from netspec.data.datum import Datums
from netspec.data.items import Item
from netspec.data.order import Order, misplaced
from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.data import BadItem, MissingData, UnreadableData
from netspec.weights.wire import Damaged

SHOWN = 80  # characters of a key
# The files that a database is made of.
OWN = re.compile(r"(data|lock)\.mdb|CURRENT|LOCK|LOG(\.old)?|MANIFEST-\d+|\d+\.(ldb|sst|log)")


class Cursor(Protocol):
    """Where a database is read."""

    def seek(self, key: bytes | None) -> None:
        """Goes to the first key that is not before `key`; to the first of all for None."""
        ...

    def next(self) -> tuple[bytes, bytes] | None:
        """What stands there; then it goes on. None at the end."""
        ...

    def count(self) -> int: ...
    def close(self) -> None: ...


class Environment:
    """An LMDB that is open. In one process it can be only once: those who read the same share it."""

    def __init__(self, path: Path) -> None:
        lmdb: Any = import_module("lmdb")
        self.env = lmdb.open(str(path), readonly=True, lock=False, subdir=path.is_dir(), create=False)
        file = path / "data.mdb" if path.is_dir() else path
        needed = (self.env.info()["last_pgno"] + 1) * self.env.stat()["psize"]
        if (size := file.stat().st_size) < needed:  # what is mapped beyond the end cannot be read without a crash
            self.env.close()
            raise ValueError(f"it has {size:,} bytes of {needed:,}")

    def __del__(self) -> None:
        if hasattr(self, "env"):
            self.env.close()


OPEN: WeakValueDictionary[str, Environment] = WeakValueDictionary()


class LMDBCursor:
    def __init__(self, path: Path) -> None:
        name = str(path.resolve())
        environment = OPEN.get(name)
        if environment is None:
            environment = OPEN[name] = Environment(path)
        self._environment: Environment | None = environment
        self._transaction: Any = environment.env.begin()
        self._cursor: Any = self._transaction.cursor()
        self._there: bool = self._cursor.first()

    def seek(self, key: bytes | None) -> None:
        self._there = self._cursor.first() if key is None else self._cursor.set_range(key)

    def next(self) -> tuple[bytes, bytes] | None:
        if not self._there:
            return None
        found: tuple[bytes, bytes] = self._cursor.item()
        self._there = self._cursor.next()
        return found

    def count(self) -> int:
        assert self._environment is not None  # it is open
        return self._transaction.stat(self._environment.env.open_db(txn=self._transaction))["entries"]

    def close(self) -> None:
        self._cursor.close()
        self._transaction.abort()
        self._environment = None


class LevelDBCursor:
    def __init__(self, path: Path) -> None:
        plyvel: Any = import_module("plyvel")
        self._db = plyvel.DB(str(path), create_if_missing=False)
        self._keys = {"verify_checksums": True, "fill_cache": False}
        self._iterator: Any = self._db.iterator(**self._keys)

    def seek(self, key: bytes | None) -> None:
        self._iterator.seek_to_start() if key is None else self._iterator.seek(key)

    def next(self) -> tuple[bytes, bytes] | None:
        return next(self._iterator, None)

    def count(self) -> int:
        with self._db.iterator(include_value=False, **self._keys) as keys:
            return sum(1 for _ in keys)

    def close(self) -> None:
        self._iterator.close()
        self._db.close()


def kind(path: Path) -> str | None:
    """Which database a folder holds: "LMDB", "LevelDB", None for neither. An LMDB may also be a file of its own."""
    if (path / "data.mdb").is_file():
        return "LMDB"
    if (path / "CURRENT").is_file():
        return "LevelDB"
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(24)
        return "LMDB" if start[16:20] == b"\xde\xc0\xef\xbe" else None
    return None


class Database:
    """The items of a database, in the order of their keys. Raises SpecError (NS821, NS822) where it cannot be read."""

    def __init__(self, path: Path, kind: str) -> None:
        require(*("data", "numpy", "lmdb") if kind == "LMDB" else ("leveldb",))
        self.name, self.kind = path.name, kind
        self._size: int | None = None
        self._datums = Datums()
        with self._telling():
            self._cursor: Cursor = LMDBCursor(path) if kind == "LMDB" else LevelDBCursor(path)
        try:
            with self._telling():
                self._next = self._first()
        except SpecError:
            self._cursor.close()
            raise
        if self._next is None:
            self.close()
            raise SpecError([MissingData(f"{self.name} holds no records")])

    @property
    def size(self) -> int:
        """A LevelDB does not know it: it counts, the first time."""
        if self._size is None:
            with self._telling():
                self._size = self._cursor.count()
        return self._size

    def take(self, count: int) -> list[Item]:
        found: list[Item] = []
        with self._telling():
            for _ in range(count):
                assert self._next is not None
                found.append(self._item(*self._next))
                self._next = self._cursor.next() or self._first()
        return found

    def place(self) -> str:
        """The key of the item that comes next, in hexadecimal digits."""
        assert self._next is not None
        return self._next[0].hex()

    def seek(self, place: Any) -> None:
        try:
            key = bytes.fromhex(place)
        except (TypeError, ValueError):
            raise misplaced() from None
        before = self._next
        with self._telling():
            self._cursor.seek(key)
            self._next = self._cursor.next()
            if self._next is None or self._next[0] != key:
                assert before is not None
                self._cursor.seek(before[0])
                self._next = self._cursor.next()
                raise misplaced(f"{self.name} has no {_said(key)}")

    def close(self) -> None:
        self._next = None
        self._cursor.close()

    def shuffled(self, seed: int) -> Iterator[Item]:
        """All items, in an order by chance. Their keys are held in memory."""
        with self._telling():
            self._cursor.seek(None)
            keys: list[bytes] = []
            while found := self._cursor.next():
                keys.append(found[0])
            for i in map(int, Order(len(keys), seed, shuffled=True).rows(0, len(keys))):
                self._cursor.seek(keys[i])
                found = self._cursor.next()
                assert found is not None
                yield self._item(*found)
            self._next = self._first()

    def __iter__(self) -> Iterator[Item]:
        """All items, from the first on."""
        with self._telling():
            self._next = self._first()
            first = self._next
            while self._next is not None:
                yield self._item(*self._next)
                self._next = self._cursor.next()
            self._next = self._first() if first else None

    def _first(self) -> tuple[bytes, bytes] | None:
        self._cursor.seek(None)
        return self._cursor.next()

    def _item(self, key: bytes, value: bytes) -> Item:
        try:
            name = key.partition(b"_")[2].decode(errors="backslashreplace")
            return Item(_said(key), name, *self._datums.read(value))
        except Damaged as damage:
            raise SpecError([BadItem(f"{self.name}, {_said(key)} holds no Datum: {damage}")]) from None

    def _telling(self) -> Telling:
        return Telling(self.name, self.kind)


class Telling:
    """Says as a diagnostic what a library raises for a database that is damaged, in use, or none."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, SpecError) or not isinstance(error, Exception):
            return
        (reason, *_) = error.args or (type(error).__name__,)
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise SpecError([UnreadableData(f"{self.name} cannot be read as {self.kind}: {reason}")]) from None


def _said(key: bytes) -> str:
    text = key.decode(errors="backslashreplace")
    return f'key "{text[:SHOWN]}{"…" if text[SHOWN:] else ""}"'
