"""The texts of files and streams, up to the size that a text may have."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from netspec.diagnostics import Label, SpecError
from netspec.diagnostics.source import Source, Span
from netspec.problems.syntax import UnreadableFile

MAX_BYTES = 64 << 20
UNDECODABLE = "\ufffd"  # what Python puts in the place of bytes that are not UTF-8


def read_source(path: str | Path) -> Source:
    """The text of a file. Raises SpecError (NS105)."""
    return decoded(str(path), file_bytes(path), Path(path).parent)


def decoded(name: str, data: bytes, folder: Path | None = None) -> Source:
    """The text in the bytes of a file, which lies in a folder. Raises SpecError (NS105) for what is no UTF-8 text, but
    for its comments."""
    try:
        return Source(name, data.decode(), folder)
    except UnicodeDecodeError:
        if b"\0" in data:
            help = "weights are given with --weights" if name.endswith(".caffemodel") else None
            raise SpecError([UnreadableFile(f"{name} is not a text", help=help)]) from None
    from netspec.syntax.document import Comment
    from netspec.syntax.parser import parse  # whoever reads bytes alone goes without the parser

    source = Source(name, data.decode(errors="replace"), folder)
    at = 0
    for comment in (*parse(source)[0].comments, Comment("", len(source.text))):
        offset = source.text.find(UNDECODABLE, at, comment.start)
        if offset >= 0:
            place = Label(source, Span(offset, offset + 1), "no character of UTF-8")
            raise SpecError([UnreadableFile(f"{name} is not encoded in UTF-8", (place,))])
        at = comment.span.end
    return source


@contextmanager
def noted() -> Generator[dict[str, str]]:
    """The files that are read meanwhile, each with the hash of what it held; and those that were looked for in vain,
    each with ""."""
    files: dict[str, str] = {}
    token = _notes.set(files)
    try:
        yield files
    finally:
        _notes.reset(token)


def note_absent(path: Path) -> None:
    """A file was looked for, and is not there."""
    if (notes := _notes.get()) is not None:
        notes[str(path)] = ""


_notes: ContextVar[dict[str, str] | None] = ContextVar("notes", default=None)


def file_bytes(path: str | Path) -> bytes:
    """What is in a file. Raises SpecError (NS105), also for what is larger than `MAX_BYTES`, or has no end."""
    try:
        with Path(path).open("rb") as file:
            data = stream_bytes(file, str(path))
        if (notes := _notes.get()) is not None:
            notes[str(path)] = sha256(data).hexdigest()
        return data
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
