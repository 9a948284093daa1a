"""HDF5 files of data sets whose rows are items, and lists of such files, as HDF5Data reads them.

A file may point outside itself, and may promise numbers that it does not hold. Neither is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.data import ForeignData, MissingData, UnreadableData
from netspec.shapes import show

MAGIC = b"\x89HDF\r\n\x1a\n"
LARGEST = 1 << 30  # bytes of a row, and of what is compressed together
KEPT = 1 << 28  # bytes of a data set that is read at once where its rows come in any order


def kind(path: Path) -> bool:
    """Whether a file is HDF5, by its beginning."""
    with path.open("rb") as file:
        return file.read(8) == MAGIC


class Table:
    """The data sets of one file, all with as many rows. names: which; all with rows where none are named.

    Raises SpecError (NS821, NS822, NS827).
    """

    def __init__(self, path: Path, names: Sequence[str] = ()) -> None:
        require("data", "numpy", "h5py")
        self.path, self._kept = path, dict[str, NDArray[Any]]()
        h5py: Any = import_module("h5py")
        try:
            self._file = h5py.File(path, "r")
            found = names or [name for name in self._file if _plain(self._file, name, h5py)]
            self.sets: dict[str, Any] = {name: self._set(name, h5py) for name in found}
        except SpecError:
            raise
        except FileNotFoundError:
            raise SpecError([MissingData(f'there is no file "{path}"')]) from None
        except Exception as error:  # what h5py raises for damage is of all kinds
            raise self._unreadable(error) from None
        counts = {name: len(data) for name, data in self.sets.items()}
        if len({*counts.values()}) > 1:
            listed = ", ".join(f"{name} {count}" for name, count in counts.items())
            raise SpecError([ForeignData(f"the data sets of {path.name} have not as many rows: {listed}")])
        self.size = next(iter(counts.values()), 0)
        if not self.size:
            raise SpecError([MissingData(f"{path.name} has no data sets with rows")])

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of a row."""
        return {name: tuple(data.shape[1:]) for name, data in self.sets.items()}

    def rows(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows of a data set, in this order."""
        data = self.sets[name]
        try:
            first = int(rows[0])
            if not (rows - np.arange(first, first + len(rows))).any():
                return np.asarray(data[first : first + len(rows)], np.float32)
            if data.nbytes <= KEPT:
                if name not in self._kept:
                    self._kept[name] = np.asarray(data[()])
                return self._kept[name][rows].astype(np.float32)
            order, back = np.unique(rows, return_inverse=True)  # h5py takes them in order alone, and once
            return np.asarray(data[order], np.float32)[back]
        except Exception as error:  # as above
            raise self._unreadable(error) from None

    def rested(self) -> None:
        """Lets go of what is kept in memory."""
        self._kept.clear()

    def close(self) -> None:
        self.rested()
        self._file.close()

    def _unreadable(self, error: Exception) -> SpecError:
        return SpecError([UnreadableData(f"{self.path.name} cannot be read as HDF5: {error}")])

    def _set(self, name: str, h5py: Any) -> Any:
        if not _plain(self._file, name, h5py):
            has = ", ".join([key for key in self._file if _plain(self._file, key, h5py)][:10]) or "none"
            raise SpecError([ForeignData(f'{self.path.name} has no data set "{name}"; it has {has}')])
        data = self._file[name]
        if data.dtype.kind not in "fiub" or data.is_virtual or data.external:
            raise ValueError(f'"{name}" holds no plain numbers')
        if prod(data.shape[1:]) * data.dtype.itemsize > LARGEST or prod(data.chunks or ()) > LARGEST:
            raise ValueError(f'the rows of "{name}" are {show(data.shape[1:])}, too large')
        if data.chunks is None and data.nbytes > data.id.get_storage_size():
            raise ValueError(f'"{name}" is of {data.nbytes:,} bytes, of which the file does not hold all')
        return data


def _plain(file: Any, name: str, h5py: Any) -> bool:
    """Whether there is a data set with rows under a name, in this very file."""
    return (
        isinstance(file.get(name, getlink=True), h5py.HardLink)
        and isinstance(data := file[name], h5py.Dataset)
        and len(data.shape) > 0
    )


def tables(paths: Sequence[Path], names: Sequence[str] = ()) -> list[Table]:
    """The files of a list, whose rows all have the shapes of the first. Raises SpecError as `Table`, and NS827."""
    found: list[Table] = []
    for path in paths:
        found.append(Table(path, names))
        first, last = found[0].shapes, found[-1].shapes
        if name := next((name for name in first if last.get(name) != first[name]), None):
            message = f'the rows of "{name}" are {show(first[name])} in {paths[0].name}'
            raise SpecError([ForeignData(f"{message}, {show(last.get(name))} in {path.name}")])
    return found


class Column:
    """A data set of several files as one array of rows, which are read when they are asked for."""

    def __init__(self, tables: Sequence[Table], name: str) -> None:
        self.tables, self.name = tables, name
        self.starts = np.cumsum([0, *(table.size for table in tables)])
        self.shape = (int(self.starts[-1]), *tables[0].shapes[name])
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        which = np.searchsorted(self.starts, rows, "right") - 1
        found = np.empty((len(rows), *self.shape[1:]), np.float32)
        for table in dict.fromkeys(cast("list[int]", which.tolist())):
            own = which == table
            found[own] = self.tables[table].rows(self.name, rows[own] - self.starts[table])
            if len(self.tables) > 1 and own[-1]:
                self._rest(table)
        return found

    def _rest(self, but: int) -> None:
        for i, table in enumerate(self.tables):
            if i != but:
                table.rested()


def names_in(text: Sequence[str]) -> Iterator[str]:
    """The files that a list names: whatever stands between spaces."""
    for line in text:
        yield from line.split()
