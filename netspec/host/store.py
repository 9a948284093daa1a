"""What is kept from one run to the next: small JSON values in this user's cache folder, each under a key.

A key is the hash of all that its value follows from, so that a value is never out of date, and whoever cannot read one,
for whatever reason, makes it again. Files come whole, under another name first: runs at the same time do not disturb
each other.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

MAX_FILES = 20_000
MAX_VALUE = 1 << 20  # bytes
MAX_BYTES = 128 << 20  # of all values
ENDING = ".json"


class Kept(NamedTuple):
    """A value's file."""

    path: str
    size: int
    used: int  # when it was written last, in ns


def folder() -> Path:
    """This user's cache folder, as the platform has it. Raises RuntimeError where there is no home."""
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "netspec"


def get(key: str) -> Any:
    """The value of a key, None where there is none that can be read."""
    try:
        with (folder() / f"{key}{ENDING}").open("rb") as file:
            return json.loads(file.read(MAX_VALUE + 1))
    except (OSError, ValueError, RuntimeError, RecursionError):
        return None


def put(key: str, value: Any) -> None:
    """Keeps a value that JSON can say; it does not matter where that is not possible."""
    with suppress(OSError, ValueError, RuntimeError):
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > MAX_VALUE:
            return
        home = folder()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = home / f".{key}.{os.getpid()}"
        try:
            with draft.open("xb") as file:
                file.write(data)
            draft.replace(home / f"{key}{ENDING}")
        finally:
            with suppress(OSError):
                draft.unlink()
        if key.startswith("0"):  # one of sixteen looks around
            tidy()


def tidy() -> None:
    """Removes the oldest values where there are too many, until a fifth of the room is free."""
    values = sorted(kept(), key=lambda value: value.used)
    files, size = len(values), sum(value.size for value in values)
    if files <= MAX_FILES and size <= MAX_BYTES:
        return
    for value in values:
        if files <= MAX_FILES * 4 // 5 and size <= MAX_BYTES * 4 // 5:
            return
        with suppress(OSError):
            Path(value.path).unlink()
        files, size = files - 1, size - value.size


def clear() -> int:
    """Removes all values, and says how many there were. Raises OSError."""
    values = [*kept()]
    for value in values:
        with suppress(FileNotFoundError):
            Path(value.path).unlink()
    return len(values)


def kept() -> Iterator[Kept]:
    """All values, and what a run that was cut off has left of one."""
    with suppress(OSError, RuntimeError), os.scandir(folder()) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and _ours(entry.name):
                    about = entry.stat(follow_symlinks=False)
                    yield Kept(entry.path, about.st_size, about.st_mtime_ns)


def _ours(name: str) -> bool:
    """Whether a file is one of `put`: a key is hexadecimal."""
    stem = name.removesuffix(ENDING) if name.endswith(ENDING) else name.removeprefix(".").partition(".")[0]
    return len(stem) == 64 and all(digit in "0123456789abcdef" for digit in stem)
