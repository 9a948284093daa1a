"""A run of the fuzzer: workers that try inputs, and what has been found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic

from tests.fuzz.worker import Answer, Failure, Worker


@dataclass
class Tally:
    """How many inputs were tried and failed; of each way to fail, the first case and how often it was met."""

    inputs: int = 0
    errors: int = 0  # inputs
    over: int = 0
    first: dict[str, Failure] = field(default_factory=dict[str, Failure])
    times: Counter[str] = field(default_factory=Counter[str])

    def add(self, answer: Answer) -> list[Failure]:
        """Those that had not been met."""
        self.inputs += 1
        self.errors += any(not failure.finding.over for failure in answer.failures)
        self.over += any(failure.finding.over for failure in answer.failures)
        new: list[Failure] = []
        for failure in answer.failures:
            mark = failure.finding.mark
            self.times[mark] += 1
            if mark not in self.first:
                self.first[mark] = failure
                new.append(failure)
        return new


def run(seed: int, numbers: Iterator[int], workers: int, seconds: float, tally: Tally) -> Iterator[Failure]:
    """Tries the inputs of the numbers until they or the seconds are at an end. Gives what fails as it is met."""
    until = monotonic() + seconds
    hands = [Worker(seed) for _ in range(workers)]
    busy: list[Worker] = []
    try:
        waiting = list(hands)
        while True:
            for worker in waiting:
                if monotonic() < until and (number := next(numbers, None)) is not None:
                    worker.give(number, frozenset(tally.first))
                    busy.append(worker)
            if not busy:
                return
            ready = wait([worker.connection for worker in busy], timeout=5)
            waiting = []
            for worker in list(busy):
                answer = worker.take() if worker.connection in ready else worker.overdue()
                if answer is not None:
                    busy.remove(worker)
                    waiting.append(worker)
                    yield from tally.add(answer)
    finally:
        for worker in hands:
            worker.end()


def keep(failure: Failure, folder: Path, seed: int) -> str:
    """Saves the case, and says how to see it again."""
    path = failure.case.save(folder)
    lines = [
        f"{'over the bounds' if failure.finding.over else 'internal error'}: {failure.finding.mark}",
        f"  python -m tests.fuzz --seed {seed} --first {failure.number} --inputs 1",
        f"  python -m tests.fuzz {path}",
        "  " + failure.finding.text.strip().replace("\n", "\n  "),
    ]
    text = "\n".join(lines) + "\n"
    path.with_name(f"{path.name}.txt").write_text(text, "utf-8", errors="backslashreplace")
    return text
