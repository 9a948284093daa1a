"""Which files a command line of files and folders means."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from netspec.cli.options import STDIN

SUFFIXES = (".net", ".prototxt", ".pt")
LOOK = 1024  # bytes that tell a text from a checkpoint of PyTorch, which ends in .pt, too


class NoSpecs(Exception):
    """A folder holds no spec."""


def nothing(path: str) -> bool:
    return False


def find(names: Sequence[str], excluded: Callable[[str], bool] = nothing) -> dict[str, bool]:
    """The files in order, each once, with whether the command line names it itself. Files of folders are sorted.
    excluded: whether a file or folder in one of these folders is left out.

    Raises NoSpecs, and OSError for a folder that cannot be read.
    """
    found: dict[str, bool] = {}
    left_out: list[str] = []

    def leave_out(path: str) -> bool:
        left_out.extend([path] if excluded(path) else [])
        return path in left_out[-1:]

    for name in names:
        if name != STDIN and Path(name).is_dir():
            inside = sorted(_inside(name, leave_out))
            if not inside:
                but = ", but for what is excluded" if left_out else ""
                raise NoSpecs(f"{name}: no file ends in {', '.join(SUFFIXES)}{but}")
            for path in inside:
                found.setdefault(path, False)
        else:
            found[name] = True
    return found


def _inside(folder: str, excluded: Callable[[str], bool]) -> Iterator[str]:
    """The specs of a folder and the folders in it, hidden ones left out. Links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise error

    for base, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".") and not excluded(str(Path(base, name)))]
        for name in files:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                path = Path(base, name)
                if not excluded(str(path)) and _plain(path) and (path.suffix != ".pt" or not _binary(path)):
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
