"""Output files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from netspec.diagnostics import SpecError
from netspec.problems.syntax import UnwritableOutput


class NotWritten(OSError):
    """A file could not be written; its name is that of the file, not of what is beside it meanwhile."""


def write(path: Path, content: str | bytes, replace: bool = False) -> None:
    """Writes under another name beside `path`, then renames: whoever reads `path` never sees half of it.

    Raises FileExistsError for a file that is already there, unless `replace`, and NotWritten where writing fails;
    nothing is left behind then. A link is followed. What is no ordinary file (a terminal, /dev/null) is written to as
    it is.
    """
    try:
        _write(path, content.encode() if isinstance(content, str) else content, replace)
    except FileExistsError:
        raise
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # ValueError: no path can be so; RuntimeError: links in a circle
        kind = errno.ELOOP if isinstance(error, RuntimeError) else errno.EINVAL
        number = (isinstance(error, OSError) and error.errno) or kind
        raise NotWritten(number, os.strerror(number), str(path)) from None


@contextmanager
def drafted(path: Path, replace: bool = False) -> Generator[Path]:
    """A name beside `path`, under which a file or a folder is made. It becomes `path` when all has gone well, else
    nothing is left behind.

    Raises FileExistsError for what is already there, unless `replace`, and NotWritten for a path that cannot be.
    """
    try:
        there, inside = path.exists(), path.resolve().parent.is_dir()
        path = path.resolve()
    except (OSError, ValueError, RuntimeError):  # as in `write`
        raise NotWritten(errno.EINVAL, os.strerror(errno.EINVAL), str(path)) from None
    if there and not replace:
        raise FileExistsError(17, os.strerror(17), str(path))
    if not inside:
        raise NotWritten(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    draft = path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}")
    try:
        yield draft
        if draft.is_dir() and path.is_dir():  # which cannot be replaced in one step
            old = draft.with_name(f"{draft.name}.old")
            path.rename(old)
            draft.rename(path)
            rmtree(old)
        elif draft.is_dir():
            draft.rename(path)
        else:
            _move(draft, path, replace)
    finally:
        if draft.is_dir():
            rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


def unwritable(path: Path | str, reason: str | None, help: str | None = None) -> SpecError:
    """What is raised for output that could not be written (NS108)."""
    return SpecError([UnwritableOutput(f"{path} cannot be written: {reason}", help=help)])


def _write(path: Path, data: bytes, replace: bool) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    if path.exists() and not replace:
        raise FileExistsError(17, os.strerror(17), str(path))
    path = path.resolve()
    draft = path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o7777)
        _move(draft, path, replace)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _move(draft: Path, path: Path, replace: bool) -> None:
    """Gives the draft its name. Without `replace`, a file that has appeared in the meantime wins."""
    if not replace:
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if path.exists():
                raise FileExistsError(17, os.strerror(17), str(path)) from None
        else:
            return
    draft.replace(path)
