"""Where the configuration of a folder stands."""

from __future__ import annotations

import re
import stat
from pathlib import Path

OWN, SHARED = "netspec.toml", "pyproject.toml"
# What a file that has [tool.netspec] holds, however it is written. Others are not read, nor is what reads TOML loaded.
MENTION = rb"""(?m)tool["']?\s*\.\s*["']?netspec|^\s*\[?\s*["']?tool["']?\s*[]=]"""


def nearest(folder: Path, known: dict[Path, str | None]) -> str | None:
    """The file that configures what lies in a folder, by its absolute path; None for none. folder: resolved. known:
    what has been found for folders; more are added. Raises SpecError (NS903)."""
    passed: list[Path] = []
    found: str | None = None
    while folder not in known:
        passed.append(folder)
        found = _in(folder)
        if found or folder.parent == folder:
            break
        folder = folder.parent
    else:
        found = known[folder]
    known.update(dict.fromkeys(passed, found))
    return found


def _in(folder: Path) -> str | None:
    """The file of a folder that has a configuration."""
    own, shared = folder / OWN, folder / SHARED
    if own.is_file() and not _anybodys(folder):
        return str(own)
    return str(shared) if shared.is_file() and not _anybodys(folder) and _mentions(str(shared)) else None


def _mentions(path: str) -> bool:
    """Whether there is a [tool.netspec] in a file."""
    from netspec.config.data import data_of

    data = data_of(path)
    if b"netspec" not in data or not re.search(MENTION, data):
        return False
    from netspec.config.toml import own_table

    return own_table(path, data) is not None


def _anybodys(folder: Path) -> bool:
    """Whether all users of the machine put files there, as in /tmp: what one says is not for the others."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_ISVTX and mode & stat.S_IWOTH)
