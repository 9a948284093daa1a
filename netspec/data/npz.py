"""Arrays in a `.npz` file, a row an item. What is stored plainly stays on disk; what is compressed is read whole."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import SpecError
from netspec.problems.data import MissingData, UnreadableData

LARGEST = 1 << 34  # bytes of a compressed array, which a few could promise
HEAD = 30  # bytes before a member's name in a zip file


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file by name. Raises SpecError (NS821, NS822)."""
    try:
        with zipfile.ZipFile(path) as file:
            members = [info for info in file.infolist() if info.filename.endswith(".npy")]
            return {info.filename.removesuffix(".npy"): _array(path, file, info) for info in members}
    except FileNotFoundError:
        raise SpecError([MissingData(f'there is no file "{path}"')]) from None
    except SpecError:
        raise
    except Exception as error:  # what zipfile and numpy raise for damage is of all kinds
        raise SpecError([UnreadableData(f"{path} cannot be read as .npz: {error}")]) from None


def _array(path: Path, file: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with file.open(info) as member:
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, kind = read(member)
        begin = member.tell()
    if kind.kind not in "fiub":
        raise ValueError(f'"{info.filename}" holds {kind}, not numbers')
    size = kind.itemsize * int(np.prod(shape, dtype=object))
    if begin + size != info.file_size or size > LARGEST:
        raise ValueError(f'"{info.filename}" promises {size:,} bytes, of which the file has {info.file_size - begin:,}')
    if info.compress_type == zipfile.ZIP_STORED and size:
        with path.open("rb") as raw:
            raw.seek(info.header_offset)
            head = raw.read(HEAD)
        names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        offset = info.header_offset + HEAD + names + begin
        return np.memmap(path, kind, "r", offset, shape, "F" if fortran else "C")
    with file.open(info) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def columns(path: Path) -> tuple[int, Mapping[str, NDArray[Any]]]:
    """The arrays that have rows, and how many: those of the longest. Raises SpecError (NS821, NS822)."""
    found = {name: array for name, array in arrays(path).items() if array.ndim}
    size = max((len(array) for array in found.values()), default=0)
    if not size:
        raise SpecError([MissingData(f"{path} holds no rows")])
    return size, found
