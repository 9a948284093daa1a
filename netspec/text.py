"""Bytes of files and streams, up to the size that a text may have."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from netspec.diagnostics import SpecError
from netspec.problems.syntax import UnreadableFile

MAX_BYTES = 64 << 20


def file_bytes(path: str | Path) -> bytes:
    """What is in a file. Raises SpecError (NS105), also for what is larger than `MAX_BYTES`, or has no end."""
    try:
        with Path(path).open("rb") as file:
            return stream_bytes(file, str(path))
    except (OSError, ValueError) as error:  # ValueError: no path can be so
        raise unreadable(path, error) from None


def stream_bytes(stream: BinaryIO, name: str) -> bytes:
    """What is left in a stream. Raises SpecError (NS105) as `file_bytes`, and OSError where reading fails."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SpecError([UnreadableFile(f"{name} is larger than {MAX_BYTES >> 20} MiB")])
    return data


def unreadable(path: str | Path, error: OSError | ValueError) -> SpecError:
    """What is raised for a file that could not be read (NS105)."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return SpecError([UnreadableFile(f"{path} cannot be read: {reason}")])
