"""How the bench measures: two things in turns, several times, and the medians of both."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


class Unavailable(Exception):
    """A row cannot be measured here; the message says what is missing."""


@dataclass(frozen=True)
class Line:
    """A line of the table. ratio: what was measured over what it is held against; up to `limit` is within budget. What
    is only reported has an infinite one."""

    what: str
    measured: str
    ratio: float
    limit: float

    @property
    def within(self) -> bool:
        return self.ratio <= self.limit


class Pair(NamedTuple):
    """Median seconds of ours and of the yardstick, and the median of the ratios of the single rounds."""

    ours: float
    yardstick: float
    ratio: float


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def cpu_seconds(action: Callable[[], object]) -> float:
    """What this process takes, on all its threads, whatever else the machine does."""
    start = time.process_time()
    action()
    return time.process_time() - start


def alternate(
    ours: Callable[[], object],
    yardstick: Callable[[], object],
    rounds: int,
    seconds: Callable[[Callable[[], object]], float] = seconds,
) -> Pair:
    """Runs both once without counting, then in turns, the first of a round changing from round to round."""
    ours(), yardstick()
    a: list[float] = []
    b: list[float] = []
    for i in range(rounds):
        if i % 2:
            b.append(seconds(yardstick))
            a.append(seconds(ours))
        else:
            a.append(seconds(ours))
            b.append(seconds(yardstick))
    return Pair(median(a), median(b), median(x / y for x, y in zip(a, b, strict=True)))


def process(command: Sequence[str]) -> Callable[[], None]:
    """Runs a command to its end; raises Unavailable when it fails. Bytecode is kept, as in any installation."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(
                (done.stderr or done.stdout).strip().splitlines()[-1][:100] if done.stderr or done.stdout else "failed"
            )

    return run


class Used(NamedTuple):
    """What a process took: seconds of CPU, its own and the system's for it, and bytes at its peak."""

    cpu: float
    peak: int


def used(command: Sequence[str], fine: tuple[int, ...] = (0,)) -> Used:
    """Runs a command to its end; raises Unavailable where its exit status is none of `fine`."""
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    if (code := os.waitstatus_to_exitcode(status)) not in fine:
        raise Unavailable(f"{' '.join(command[1:3])} ended with {code}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def milliseconds(value: float) -> str:
    return f"{1000 * value:.1f} ms" if value < 0.1 else f"{1000 * value:.0f} ms"
