"""Which files a command line of files and folders means."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from netspec.cli.options import STDIN

SUFFIXES = (".net", ".prototxt", ".pt")
LOOK = 1024  # bytes that tell a text from a checkpoint of PyTorch, which ends in .pt, too


class NoSpecs(Exception):
    """A folder holds no spec."""


def find(names: Sequence[str]) -> dict[str, bool]:
    """The files in order, each once, with whether the command line names it itself. Files of folders are sorted.

    Raises NoSpecs, and OSError for a folder that cannot be read.
    """
    found: dict[str, bool] = {}
    for name in names:
        if name != STDIN and Path(name).is_dir():
            inside = sorted(_inside(name))
            if not inside:
                raise NoSpecs(f"{name}: no file ends in {', '.join(SUFFIXES)}")
            for path in inside:
                found.setdefault(path, False)
        else:
            found[name] = True
    return found


def _inside(folder: str) -> Iterator[str]:
    """The specs of a folder and the folders in it, hidden ones left out. Links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise error

    for base, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                path = Path(base, name)
                if _plain(path) and (path.suffix != ".pt" or not _binary(path)):
                    yield str(path)


def _plain(path: Path) -> bool:
    """No device, socket or pipe, which may have no end. A link that leads nowhere is told when it is read."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _binary(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"\0" in file.read(LOOK)
    except OSError:
        return False
