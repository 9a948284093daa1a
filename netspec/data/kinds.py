"""What kind of data a file or folder is, by what is in it, and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.data import databases, hdf5, idx, lists, npz
from netspec.data.items import Item, Numbered, Source
from netspec.data.places import Places
from netspec.data.rows import Column
from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.data import ForeignData, MissingData, UnreadableData

ARRAYS = ("npz", "idx", "HDF5", "HDF5 list")  # kinds that are arrays with rows; the others are images
TABLES = (".h5", ".hdf5")
IMAGES = ("data", "x", "images", "image")  # what arrays are called; the first of them that is there counts
LABELS = ("label", "labels", "y", "targets", "target")


class Kind(NamedTuple):
    """What data is called, and where it is."""

    name: str
    path: Path


def recognised(path: Path, train: bool | None = None) -> Kind:
    """The kind that data is of. train: which of several idx files in a folder is meant; None where it has to be one.

    Raises SpecError (NS821, NS822).
    """
    try:
        path.stat()
        if found := databases.kind(path):
            return Kind(found, path)
        if path.is_dir():
            return _folder(path, train)
        with path.open("rb") as file:
            start = file.read(4096)
        if start.startswith(b"PK"):
            return Kind("npz", path)
        if hdf5.kind(path):
            return Kind("HDF5", path)
        if idx.kind(path):
            return Kind("idx", path)
    except FileNotFoundError:
        raise SpecError([MissingData(f'there is no file, folder or database "{path}"')]) from None
    except (OSError, ValueError, RuntimeError) as error:  # names that no file can have, links in a circle
        raise SpecError([MissingData(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")]) from None
    if b"\0" in start or path.suffix.lower() in (".npz", *TABLES):
        known = ".npz, HDF5, idx, LMDB, LevelDB, a list or a folder of images"
        raise SpecError([UnreadableData(f"{path} is of no kind of data that netspec reads", help=f"it reads {known}")])
    first = lists.lines(path)[0].split()
    return Kind("HDF5 list" if first and Path(first[0]).suffix.lower() in TABLES else "image list", path)


def _folder(path: Path, train: bool | None) -> Kind:
    found = idx.of_folder(path)
    if len(found) > 1 and train is None:
        listed = ", ".join(one.name for one in found)
        raise SpecError([ForeignData(f"{path} has several files of images: {listed}", help="say which")])
    return Kind("idx", idx.for_phase(found, bool(train))) if found else Kind("image folder", path)


def columns(kind: Kind, search: Sequence[Path] = (), names: Sequence[str] = ()) -> dict[str, Column]:
    """The arrays of data that is arrays: those that are named, else all. Raises SpecError (NS82x)."""
    if kind.name == "npz":
        return dict(npz.columns(kind.path)[1])
    if kind.name == "idx":
        return dict(idx.columns(kind.path))
    tables = hdf5.tables(_files(kind, search), names)
    return {name: hdf5.Column(tables, name) for name in tables[0].sets}


def _files(kind: Kind, search: Sequence[Path]) -> list[Path]:
    if kind.name == "HDF5":
        return [kind.path]
    places, found = Places(kind.path.parent, search), list[Path]()
    for name in hdf5.names_in(lists.lines(kind.path)):
        path = places.find(name)
        if path is None:
            raise SpecError([MissingData(f'{kind.path.name} names "{name}", which is not there')])
        found.append(path)
    return found


def source(kind: Kind, search: Sequence[Path] = (), seed: int = 0, shuffled: bool = False) -> Source:
    """The items of any data. search: folders that images may lie in. Raises SpecError (NS82x)."""
    require("data", "numpy")
    if kind.name in ARRAYS:
        return Arrays(kind.path.name, columns(kind, search), seed, shuffled)
    if kind.name == "image list":
        listed, root = lists.listed(kind.path, (kind.path.parent, *search))
        return lists.Images(kind.path.name, listed, root, seed, shuffled)
    if kind.name == "image folder":
        return lists.Images(kind.path.name, lists.of_folder(kind.path), kind.path, seed, shuffled)
    return databases.Database(kind.path, kind.name)


class Arrays(Numbered):
    """The items of an array of images and one of labels."""

    def __init__(self, name: str, columns: Mapping[str, Column], seed: int = 0, shuffled: bool = False) -> None:
        known = [next((n for n in names if n in columns), None) for names in (IMAGES, LABELS)]
        image = known[0] or next((n for n, column in columns.items() if len(column.shape) > 1), None)
        if image is None or len(columns[image].shape) not in (2, 3, 4):
            raise SpecError([ForeignData(f"{name} holds no images: " + (", ".join(columns) or "nothing"))])
        super().__init__(name, len(columns[image]), seed, shuffled)
        self._images = columns[image]
        self._labels = columns[known[1]] if known[1] else None
        if self._labels is not None and len(self._labels) != self.size:
            message = f"{name} has {self.size} images, and {len(self._labels)} labels"
            raise SpecError([ForeignData(message)])

    def items(self, rows: NDArray[np.int64]) -> list[Item]:
        images = self._images[rows]
        images = images.reshape(len(rows), *(1,) * (4 - images.ndim), *images.shape[1:])
        if images.dtype != np.uint8:
            images = images.astype(np.float32)
        labels = self._labels[rows].reshape(len(rows), -1)[:, 0] if self._labels is not None else [None] * len(rows)
        return [
            Item(f"{self.name}, row {row}", "", image, None if label is None else int(label))
            for row, image, label in zip(map(int, rows), images, labels, strict=True)
        ]

    def close(self) -> None:
        """Files are closed with the last column of theirs that is held."""
