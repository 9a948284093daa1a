"""Data written as Caffe reads it: databases of Datum, HDF5; and `.npz`. One item after the other goes to the disk."""

from __future__ import annotations

import zipfile
from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from netspec.data import datum
from netspec.data.items import Pixels
from netspec.data.transform import unfit
from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.data import UnreadableData
from netspec.shapes import show

TOGETHER = 1000  # records of a transaction, as Caffe's tools have it
FIRST_MAP = 1 << 26  # bytes that an LMDB may take at first


class Writer(Protocol):
    """Takes items, the content as pixels or as an encoded image, and then is closed."""

    def add(self, key: str, content: Pixels | bytes, label: int | None) -> None: ...
    def close(self) -> None: ...


class LMDBWriter:
    def __init__(self, path: Path) -> None:
        require("data", "numpy", "lmdb")
        self._lmdb: Any = import_module("lmdb")
        self._size, self._records = FIRST_MAP, list[tuple[bytes, bytes]]()
        self._env = self._lmdb.open(str(path), map_size=self._size, sync=False)

    def add(self, key: str, content: Pixels | bytes, label: int | None) -> None:
        self._records.append((_key(key), datum.write(content, label)))
        if len(self._records) == TOGETHER:
            self._commit()

    def close(self) -> None:
        self._commit()
        self._env.sync(True)
        self._env.close()

    def _commit(self) -> None:
        while True:
            try:
                with self._env.begin(write=True) as transaction:
                    for key, value in self._records:
                        transaction.put(key, value)
                self._records.clear()
                return
            except self._lmdb.MapFullError:
                self._size *= 2
                self._env.set_mapsize(self._size)


class LevelDBWriter:
    def __init__(self, path: Path) -> None:
        require("leveldb")
        plyvel: Any = import_module("plyvel")
        self._db = plyvel.DB(str(path), create_if_missing=True, error_if_exists=True, block_size=1 << 16)
        self._batch, self._count = self._db.write_batch(), 0

    def add(self, key: str, content: Pixels | bytes, label: int | None) -> None:
        self._batch.put(_key(key), datum.write(content, label))
        self._count += 1
        if self._count % TOGETHER == 0:
            self._batch.write()
            self._batch = self._db.write_batch()

    def close(self) -> None:
        self._batch.write()
        self._db.close()


class Arrays(ABC):
    """What HDF5 and `.npz` have in common: all images are of one shape, which the first one tells."""

    def __init__(self) -> None:
        self._shape: tuple[int, ...] = ()
        self._labels, self._block = list[int](), list[Pixels]()

    def add(self, key: str, content: Pixels | bytes, label: int | None) -> None:
        assert not isinstance(content, bytes)
        if not self._shape:
            self._shape = content.shape
            self.begin(content)
        elif content.shape != self._shape:
            unfit(f"{key}: the image is {show(content.shape)}, but the first one {show(self._shape)}")
        self._labels.append(label or 0)
        self._block.append(content)
        if len(self._block) == TOGETHER:
            self._flush()

    @abstractmethod
    def begin(self, first: Pixels) -> None:
        """Makes room for as many images as there are, of the shape of the first."""

    @abstractmethod
    def put(self, images: Pixels) -> None:
        """Writes images behind those that have been written."""

    def _flush(self) -> None:
        if self._block:
            self.put(np.stack(self._block))
            self._block.clear()


class HDF5Writer(Arrays):
    """Data sets `data` and `label` of float32, as HDF5Data takes them."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__()
        require("data", "numpy", "h5py")
        h5py: Any = import_module("h5py")
        self._file, self._count, self._done = h5py.File(path, "w"), count, 0

    def begin(self, first: Pixels) -> None:
        self._images = self._file.create_dataset("data", (self._count, *first.shape), np.float32)

    def put(self, images: Pixels) -> None:
        self._images[self._done : self._done + len(images)] = images
        self._done += len(images)

    def close(self) -> None:
        self._flush()
        self._file.create_dataset("label", data=np.array(self._labels, np.float32))
        self._file.close()


class NpzWriter(Arrays):
    """Arrays `data`, of bytes or float32, and `label`, of int64."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__()
        self._file, self._count = zipfile.ZipFile(path, "w"), count

    def begin(self, first: Pixels) -> None:
        self._kind = first.dtype
        self._member = self._begun("data", (self._count, *first.shape), self._kind)

    def put(self, images: Pixels) -> None:
        self._member.write(images.astype(self._kind).tobytes())

    def close(self) -> None:
        self._flush()
        self._member.close()
        with self._begun("label", (self._count,), np.dtype(np.int64)) as member:
            member.write(np.array(self._labels, np.int64).tobytes())
        self._file.close()

    def _begun(self, name: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> Any:
        member = self._file.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True)
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(member, header)  # pyright: ignore[reportArgumentType]
        return member


def writer(path: Path, suffix: str, count: int) -> Writer:
    """What writes `count` items to a path, of the kind that a suffix says."""
    if suffix == ".lmdb":
        return LMDBWriter(path)
    if suffix == ".leveldb":
        return LevelDBWriter(path)
    return NpzWriter(path, count) if suffix == ".npz" else HDF5Writer(path, count)


def _key(key: str) -> bytes:
    data = key.encode("utf-8", errors="surrogateescape")
    if len(data) > 511:
        raise SpecError([UnreadableData(f"the name {key[:60]}… is longer than the 511 bytes that a key may have")])
    return data
