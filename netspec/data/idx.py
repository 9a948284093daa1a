"""The files of MNIST: `idx` of unsigned bytes and other numbers, plain or compressed by gzip.

Source: yann.lecun.com/exdb/mnist, Caffe's convert_mnist_data.cpp.
"""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import SpecError
from netspec.problems.data import MissingData, UnreadableData

KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
GZIP = b"\x1f\x8b"
LARGEST = 1 << 34  # bytes of what is compressed, which few could promise
NAMES = re.compile(r"(?P<part>.*?)(?P<what>images|labels)(?P<idx>[-.]idx[13])(?P<rest>.*)")
AXES = 4


def kind(path: Path) -> bool:
    """Whether a file is one of these, by its beginning."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(GZIP):
            with gzip.open(path) as file:
                start = file.read(4)
    except (OSError, EOFError):
        return False
    return len(start) == 4 and start[:2] == b"\0\0" and start[2] in KINDS and 1 <= start[3] <= AXES


def read(path: Path) -> NDArray[Any]:
    """The array of a file; what is not compressed stays on the disk. Raises SpecError (NS821, NS822)."""
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == GZIP
        with gzip.open(path) if compressed else path.open("rb") as file:
            magic = file.read(4)
            if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in KINDS or not 1 <= magic[3] <= AXES:
                raise ValueError("it does not begin as one")
            axes = magic[3]
            head = file.read(4 * axes)
            if len(head) < 4 * axes:
                raise ValueError("it ends within its sizes")
            shape = tuple(int(size) for size in np.frombuffer(head, ">u4"))
            dtype = np.dtype(KINDS[magic[2]])
            needed = math.prod(shape) * dtype.itemsize
            if compressed:
                if needed > LARGEST:
                    raise ValueError(f"it promises {needed:,} bytes")
                data = file.read(needed + 1)
                if len(data) != needed:
                    raise ValueError(f"it holds {min(len(data), needed):,} of {needed:,} bytes, or more")
                return np.frombuffer(data, dtype).reshape(shape)
        begin = 4 + 4 * axes
        if (size := path.stat().st_size - begin) != needed:
            raise ValueError(f"its sizes say {needed:,} bytes, but it holds {size:,}")
        return np.memmap(path, dtype, "r", begin, shape) if needed else np.zeros(shape, dtype)
    except FileNotFoundError:
        raise SpecError([MissingData(f'there is no file "{path}"')]) from None
    except (OSError, EOFError, ValueError) as error:
        raise SpecError([UnreadableData(f"{path} cannot be read as idx: {error}")]) from None


def labels_of(path: Path) -> Path:
    """The file of labels that goes with a file of images: of the same name but for what it is of.

    Raises SpecError (NS821) where there is none.
    """
    found = NAMES.fullmatch(path.name)
    if found is None or found["what"] != "images":
        message = f"{path.name} does not tell where its labels are"
        raise SpecError([MissingData(message, help="as in train-images-idx3-ubyte and train-labels-idx1-ubyte")])
    name = f"{found['part']}labels{found['idx'][:-1]}1{found['rest']}"
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    for candidate in (name, other):
        if (labels := path.with_name(candidate)).is_file():
            return labels
    raise SpecError([MissingData(f"there are no labels for {path.name}: no file {name} beside it")])


def columns(path: Path) -> dict[str, NDArray[Any]]:
    """Images and their labels as `data` and `label`. Raises SpecError (NS821, NS822)."""
    labels_path = labels_of(path)
    images, labels = read(path), read(labels_path)
    if len(images) != len(labels):
        message = f"{path.name} has {len(images)} images, {labels_path.name} {len(labels)} labels"
        raise SpecError([UnreadableData(message)])
    return {"data": images, "label": labels}


def of_folder(folder: Path) -> list[Path]:
    """The files of images in a folder, by name; each once, where it is also there compressed."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        match = NAMES.fullmatch(path.name)
        if match and match["what"] == "images" and path.is_file():
            found.setdefault(path.name.removesuffix(".gz"), path)
    return list(found.values())


def for_phase(paths: list[Path], train: bool) -> Path:
    """That of several which is for a phase: `train-…`, or in TEST `t10k-…` or `test-…`."""
    names = ("train",) if train else ("t10k", "test")
    return next((path for path in paths if path.name.startswith(names)), paths[0])
