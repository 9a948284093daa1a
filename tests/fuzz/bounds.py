"""How long a step may take and how much memory: measured, and enforced by alarms and a limit of the process.

Only for the main thread of a process on a POSIX system.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time
from types import FrameType

CPU = 5.0  # seconds of a step
MEMORY = 1_500_000_000  # bytes that a process may have at its peak
STOP_CPU = 2 * CPU  # where a step is stopped, so that one that is only slow is still told from one without an end
STOP_WALL = 120.0  # where it is stopped if it does not even compute
AGAIN = 1.0  # an alarm that falls where exceptions are lost is followed by another


class Stopped(BaseException):
    """A step was stopped by its alarm. No `except Exception` holds it up."""


class TooMuch(Exception):
    """A step took more time or memory than it may."""


@contextmanager
def bounded(watched: bool = True) -> Iterator[None]:
    """Raises TooMuch for what takes too long, Stopped for what had to be stopped."""
    if not watched:
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    begun = process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, STOP_CPU, AGAIN)
        signal.setitimer(signal.ITIMER_REAL, STOP_WALL, AGAIN)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if (took := process_time() - begun) > CPU:
        raise TooMuch(f"{took:.1f} s of CPU, more than {CPU:g}")


def limit_memory() -> None:
    """From here on this process gets a MemoryError for what is far past the bound."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - no path of a file system
        size = int(file.read().split()[0]) * resource.getpagesize()
    most = size + 2 * MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def peak() -> int:
    """The most memory that this process has had, in bytes. (Of a new process, ru_maxrss is at least what the one that
    started it had: tests grow large.)"""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - no path of a file system
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(f"{STOP_CPU:g} s of CPU" if number == signal.SIGPROF else f"{STOP_WALL:g} s")
