"""What a stream can show: colours, a progress bar."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

BOLD, DIM, RED, GREEN, CYAN = "1", "2", "1;31", "32", "36"
PERIOD = 0.1  # seconds between two drawings of a progress bar
BAR = 30


def colours(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: as NO_COLOR says, else FORCE_COLOR, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Paint:
    """Puts text in a style where the stream takes colours."""

    def __init__(self, stream: TextIO) -> None:
        self.on = colours(stream)

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text


def width(stream: TextIO) -> int | None:
    """The columns of a terminal, None where the stream is none."""
    return columns() if stream.isatty() else None


def columns() -> int:
    """Of the terminal, or as many as COLUMNS says."""
    from shutil import get_terminal_size  # which brings four compressors along

    return get_terminal_size().columns


class Note:
    """A line on stderr that the next one replaces, where that is a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str) -> None:
        if self._on:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()


class Progress:
    """A bar on stderr where that is a terminal, nothing elsewhere. `clear` it before anything else is printed."""

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what, self.done = total, what, 0
        self._note, self._drawn, self._at = Note(), False, time.monotonic()

    def step(self) -> None:
        self.done += 1
        if self.total > 1 and time.monotonic() - self._at >= PERIOD:
            self._at, self._drawn = time.monotonic(), True
            full = BAR * self.done // self.total
            self._note(f"{'━' * full}{'─' * (BAR - full)} {self.done}/{self.total} {self.what}")

    def clear(self) -> None:
        if self._drawn:
            self._drawn = False
            self._note("")
