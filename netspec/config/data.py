"""What is in files of configuration."""

from __future__ import annotations

import os

from netspec.diagnostics import SpecError
from netspec.problems.configuration import UnreadableConfiguration
from netspec.syntax.text import file_bytes

MAX_BYTES = 4 << 20
FAR = 3  # folders up; what is farther is shown from the root


def data_of(path: str) -> bytes:
    """What is in a file. Raises SpecError (NS903)."""
    try:
        data = file_bytes(path)
    except SpecError as error:
        raise SpecError([UnreadableConfiguration(error.diagnostics[0].message)]) from None
    if len(data) > MAX_BYTES:
        raise SpecError([UnreadableConfiguration(f"{shown(path)} is larger than {MAX_BYTES >> 20} MiB")])
    return data


def shown(path: str) -> str:
    """A path as people would write it here: relative, unless it is far."""
    try:
        near = os.path.relpath(path)
    except ValueError:  # another drive of Windows
        return path
    return path if near.count(os.pardir) > FAR else near
