"""The standard streams, whatever they are: closed, full, without a reader, or of another encoding than UTF-8."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, TextIO

from netspec.host.files import unwritable

STREAMS = ("stdin", "stdout", "stderr")
ENDINGS = ("SIGTERM", "SIGHUP")


class Terminated(BaseException):
    """Somebody wants this process to end. What is half-written is removed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Nowhere(io.TextIOBase):
    """Stands for an output stream that the process was begun without."""

    def write(self, text: str, /) -> int:
        return len(text)


def prepare() -> None:
    """Makes the standard streams fit to be used, whatever the process was begun with.

    The places of closed ones are taken, so that no file that is opened later gets them, and with it what is meant for
    the stream. A character that an encoding lacks is written as Python escapes it.
    """
    for name in STREAMS:
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            os.open(os.devnull, os.O_RDWR)
            if name != "stdin":  # whoever reads it is told
                setattr(sys, name, Nowhere())
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence() -> None:
    """What is still to be written goes nowhere: it would fail again when the interpreter ends."""
    for name in ("stdout", "stderr"):
        with suppress(OSError, ValueError):
            stream: TextIO = getattr(sys, name)
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_text(text: str) -> None:
    """Writes a spec or source to standard output. Both are read as UTF-8 wherever they are read.

    Raises SpecError (NS108) where the stream has another encoding and the text is not the same in both, or where there
    is no stream.
    """
    stream = sys.stdout
    if isinstance(stream, Nowhere):
        raise unwritable("standard output", "it is closed")
    encoding = stream.encoding or "utf-8"
    if not text.isascii() and encoding.lower().replace("-", "").replace("_", "") != "utf8":
        character = next(c for c in text if not c.isascii())
        reason = f"its encoding is {encoding}, and there is {character!r} in the text"
        help = "-o FILE writes UTF-8; so does standard output with PYTHONIOENCODING=utf-8"
        raise unwritable("standard output", reason, help)
    stream.write(text)


def write_bytes(data: bytes) -> None:
    """Writes to standard output what may be no text. Raises SpecError (NS108) where it is closed."""
    if isinstance(sys.stdout, Nowhere):
        raise unwritable("standard output", "it is closed")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextmanager
def ending_by_signals() -> Generator[None]:
    """Raises Terminated where a signal asks this process to end, unless something else has been said of that signal."""
    if threading.current_thread() is not threading.main_thread():  # which alone may say it
        yield
        return

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise Terminated(number)

    numbers = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def end_by(number: int) -> int:
    """Ends this process by a signal, as if it had never been caught; the exit status where that cannot be."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
