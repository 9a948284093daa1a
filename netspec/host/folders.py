"""Output folders that are there whole or not at all, whenever a run is cut off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """Writes a folder of these files under another name beside `path`, then renames it: whoever finds `path` finds all
    of it, on the disk. Raises OSError, also where `path` is there and not empty; nothing is left behind then."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    draft.mkdir()
    try:
        for name, content in files.items():
            with (draft / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _settle(draft)
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _settle(path.parent)


def remove(path: Path) -> None:
    """Removes a folder: its name goes first, so that half of it is never found under that name. Raises OSError."""
    doomed = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def tidy(folder: Path, name: str) -> None:
    """Removes what runs that were cut off have left of folders whose names begin so."""
    for path in _hidden(folder, name):
        shutil.rmtree(path, ignore_errors=True)


def _hidden(folder: Path, name: str) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in folder.iterdir() if path.name.startswith(f".{name}") and path.is_dir())


def _settle(folder: Path) -> None:
    """Has the disk know what names there are in a folder, where the system can say so."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
