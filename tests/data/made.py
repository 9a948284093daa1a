"""Small data of every kind for tests: gray images of 4×5, each full of its own number, and labels 0, 1, 2, 0, …"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.data.images import encoded
from netspec.data.writing import writer

SHAPE = (1, 4, 5)


def image(i: int) -> NDArray[np.uint8]:
    return np.full(SHAPE, i % 256, np.uint8)


def needed(suffix: str) -> None:
    """Leaves a test out where the library of a kind is not ready-made."""
    if suffix == ".leveldb":
        pytest.importorskip("plyvel", reason="plyvel is not installed: from Python 3.13 on it has to be built")


def database(path: Path, count: int = 7, stored: bool = False) -> Path:
    """An LMDB, LevelDB, HDF5 or .npz, as its suffix says. stored: images as PNG."""
    needed(path.suffix)
    made = writer(path, path.suffix, count)
    for i in range(count):
        made.add(f"{i:08d}_{i}.png", encoded(image(i)) if stored else image(i), i % 3)
    made.close()
    return path


def idx(folder: Path, count: int = 7, part: str = "train", zipped: bool = False) -> Path:
    """The images; the labels are beside them."""
    arrays: dict[str, NDArray[Any]] = {
        "images-idx3": np.stack([image(i)[0] for i in range(count)]),
        "labels-idx1": np.arange(count, dtype=np.uint8) % 3,
    }
    for name, array in arrays.items():
        data = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
        path = folder / f"{part}-{name}-ubyte{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(data) if zipped else data)
    return folder / f"{part}-images-idx3-ubyte{'.gz' if zipped else ''}"


def listed(folder: Path, count: int = 7) -> Path:
    """A list, and the images beside it."""
    (folder / "img").mkdir()
    for i in range(count):
        (folder / "img" / f"{i}.png").write_bytes(encoded(image(i)))
    path = folder / "list.txt"
    path.write_text("".join(f"img/{i}.png {i % 3}\n" for i in range(count)))
    return path


def classes(folder: Path, count: int = 7) -> Path:
    """A folder for each class, called in the order of the labels."""
    for i in range(count):
        place = folder / "abc"[i % 3]
        place.mkdir(exist_ok=True)
        (place / f"{i}.png").write_bytes(encoded(image(i)))
    return folder


KINDS = ("a.lmdb", "a.leveldb", "stored.lmdb", "a.h5", "a.npz", "idx", "idx.gz", "list", "classes", "h5 list")


def of(kind: str, folder: Path, count: int = 7) -> Path:
    """Data of a kind."""
    match kind:
        case "idx" | "idx.gz":
            return idx(folder, count, zipped=kind == "idx.gz")
        case "list":
            return listed(folder, count)
        case "classes":
            (folder / "classes").mkdir()
            return classes(folder / "classes", count)
        case "h5 list":
            database(folder / "a.h5", count)
            (folder / "h5.txt").write_text("a.h5\n")
            return folder / "h5.txt"
        case _:
            return database(folder / kind, count, kind.startswith("stored"))
