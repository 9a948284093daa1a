"""A case through everything that its kind goes through, and what goes wrong there."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from tests.fuzz import commands, oracles, weights
from tests.fuzz.bounds import MEMORY, Stopped, TooMuch, bounded, peak
from tests.fuzz.case import ARGUMENTS, SPECS, Case

T = TypeVar("T")
OVER = (Stopped, TooMuch, MemoryError)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finding:
    """What went wrong. `mark` is the same for inputs that fail in the same way; `text` tells how, with a traceback."""

    mark: str
    text: str
    over: bool  # more than time or memory allow, not an error


class _Steps:
    """Runs steps one after the other; one that fails does not keep the next from running."""

    def __init__(self, watched: bool) -> None:
        self.found: list[Finding] = []
        self._watched = watched

    def __call__(self, name: str, run: Callable[[], T]) -> T | None:
        high = self._watched and peak() <= MEMORY
        try:
            with bounded(self._watched):
                return run()
        except (Exception, Stopped) as error:
            self.found.append(_finding(name, error))
        finally:
            if high and peak() > MEMORY:
                self.found.append(Finding(f"{name}: memory", f"{name}: a peak of {peak() / 1e6:,.0f} MB", over=True))
        return None


def examine(case: Case, watched: bool = True) -> list[Finding]:
    """What goes wrong with a case. watched: within bounds of time and memory, which needs the main thread."""
    step = _Steps(watched)
    if case.suffix in SPECS:
        oracles.spec(f"case{case.suffix}", case.data, step)
    else:
        with TemporaryDirectory(prefix="netspec-fuzz-") as folder, chdir(folder):
            oracle = commands.command if case.suffix == ARGUMENTS else weights.file
            oracle(case, step)
    return step.found


def _finding(name: str, error: BaseException) -> Finding:
    """The mark is made of the step, the kind of error, and the innermost function of netspec that was running."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_netspec(Path(frame.filename))]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else ""
    over = isinstance(error, OVER)
    if over:
        place = ""  # wherever it happened to be stopped
    said = re.sub(r"\d+", "0", ":".join(str(error).split(":")[:2]))[:100] if isinstance(error, oracles.Broken) else ""
    mark = " ".join(filter(None, (f"{name}: {type(error).__name__}", said, place)))
    return Finding(mark, "".join(traceback.format_exception(error, limit=-12)), over)


def _is_netspec(file: Path) -> bool:
    return any(file.is_relative_to(ROOT / folder) for folder in ("netspec", "backends"))
