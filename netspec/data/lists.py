"""Files that list images and labels, as ImageData reads them, and folders with a folder for each class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.data.images import SUFFIXES
from netspec.data.items import Item, Numbered
from netspec.diagnostics import SpecError
from netspec.problems.data import BadLine, MissingData, UnreadableData

LARGEST = 1 << 28  # bytes of a list, and of an image
LABEL = re.compile(r"[+-]?\d{1,9}")


class Listed(NamedTuple):
    """An image that a list names: where in words, its name, its file, its label."""

    place: str
    name: str
    path: Path
    label: int


class Images(Numbered):
    """The items of a list. root: the folder that its images may lie in."""

    def __init__(self, name: str, listed: Sequence[Listed], root: Path, seed: int = 0, shuffled: bool = False) -> None:
        super().__init__(name, len(listed), seed, shuffled)
        self._listed, self._root = listed, root.resolve()

    def items(self, rows: NDArray[np.int64]) -> list[Item]:
        return [self._item(self._listed[row]) for row in map(int, rows)]

    def close(self) -> None:
        """Each image is closed when it has been read."""

    def _item(self, one: Listed) -> Item:
        try:
            if not one.path.resolve().is_relative_to(self._root):
                raise SpecError([MissingData(f'{self.name}, {one.place}: "{one.name}" is not below {self._root.name}')])
            if one.path.stat().st_size > LARGEST:
                raise SpecError([UnreadableData(f"{self.name}, {one.place}: {one.name} is larger than 256 MiB")])
            return Item(f"{self.name}, {one.place}", one.name, one.path.read_bytes(), one.label)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f'{self.name}, {one.place}: the image "{one.name}" cannot be read: {reason}'
            raise SpecError([MissingData(message)]) from None


def lines(path: Path) -> list[str]:
    """The lines of a list, without empty ones at its end. Raises SpecError (NS821, NS822)."""
    try:
        if path.stat().st_size > LARGEST:
            raise SpecError([UnreadableData(f"{path.name} is larger than 256 MiB: it is no list")])
        text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise SpecError([MissingData(f"{path} cannot be read: {error.strerror}")]) from None
    found = text.replace("\r\n", "\n").split("\n")
    while found and not found[-1].strip():
        found.pop()
    if not found:
        raise SpecError([MissingData(f"{path.name} is empty")])
    return found


def listed(path: Path, roots: Sequence[Path]) -> tuple[list[Listed], Path]:
    """What a list names, and which of `roots` the images lie in: the first in which the first image is.

    A line is a path, a space, and the number of a class, as Caffe reads it. Raises SpecError (NS821, NS824).
    """
    found: list[tuple[str, str, int]] = []
    for i, line in enumerate(lines(path), 1):
        name, space, label = line.rstrip().rpartition(" ")
        if not space or not name.strip() or not LABEL.fullmatch(label) or "\0" in name:
            shown = line if len(line) <= 80 else f"{line[:80]}…"
            reason = f"line {i}: a path and the number of a class are expected, not {shown!r}"
            raise SpecError([BadLine(f"{path.name}, {reason}", help="as in `cat/1.jpg 0`")])
        found.append((f"line {i}", name, int(label)))
    first = found[0][1]
    root = next((root for root in roots if (root / first).is_file()), None)
    if root is None:
        raise SpecError([MissingData(f'{path.name}, line 1: there is no file "{first}"', help=_looked(roots))])
    return [Listed(where, name, root / name, label) for where, name, label in found], root


def classes(folder: Path) -> list[str]:
    """The folders in a folder, by name: the class of each is its number."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def of_folder(folder: Path) -> list[Listed]:
    """The images of a folder with a folder for each class, by class and name. Raises SpecError (NS821)."""
    found: list[Listed] = []
    for label, name in enumerate(classes(folder)):
        for path in sorted((folder / name).rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                inner = path.relative_to(folder).as_posix()
                found.append(Listed(inner, inner, path, label))
    if not found:
        help = "it has a folder for each class, with images in it"
        raise SpecError(
            [MissingData(f"{folder} is no data: no database, no idx files, and no images in folders", help=help)]
        )
    return found


def _looked(roots: Sequence[Path]) -> str:
    return "looked for in " + ", ".join(dict.fromkeys(str(root) for root in roots))
