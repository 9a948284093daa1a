"""A process that tries inputs, one after the other, as it is told; and the one that tells it, and sees it die."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic

from tests.fuzz.bounds import MEMORY, STOP_WALL, limit_memory, peak
from tests.fuzz.case import Case
from tests.fuzz.examine import Finding, examine
from tests.fuzz.inputs import case
from tests.fuzz.minimise import minimised

PATIENCE = 10 * STOP_WALL  # seconds after which a worker that says nothing is ended
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Failure:
    """What went wrong with an input, and the smallest case that shows it."""

    number: int
    case: Case
    finding: Finding


@dataclass(frozen=True)
class Answer:
    """full: the process has had so much memory that it cannot measure any more."""

    number: int
    failures: tuple[Failure, ...]
    full: bool


class Worker:
    """Has one input in work at a time, or none. A process that died is replaced by the next input."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._start()

    def _start(self) -> None:
        self.connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(theirs, self._seed), daemon=True)
        self._process.start()
        theirs.close()
        self.number, self._begun = -1, monotonic()

    def give(self, number: int, known: frozenset[str]) -> None:
        """known: the marks of what need not be made smaller any more."""
        if not self._process.is_alive():
            self._start()
        self.number, self._begun = number, monotonic()
        self.connection.send((number, known))

    def take(self) -> Answer:
        """The answer, which is there, or what the end of the process means."""
        try:
            answer: Answer = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            return self._dead(f"the process died: {self._process.exitcode}", over=self._process.exitcode == -9)
        if answer.full:
            self.end()
        return answer

    def overdue(self) -> Answer | None:
        """What it means that no answer comes, if it is time to give up."""
        if monotonic() - self._begun < PATIENCE:
            return None
        self.end()
        return self._dead(f"no answer within {PATIENCE:g} s", over=True)

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()

    def _dead(self, said: str, over: bool) -> Answer:
        finding = Finding(said, said, over)
        return Answer(self.number, (Failure(self.number, case(self._seed, self.number), finding),), full=False)


def _work(connection: Connection, seed: int) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    case(seed, 0)  # imports what there is to import
    limit_memory()
    while True:
        try:
            number, known = connection.recv()
        except EOFError:
            return
        tried = case(seed, number)
        failures: list[Failure] = []
        for finding in examine(tried):
            new = finding.mark not in known and finding.mark not in {f.finding.mark for f in failures}
            failures.append(Failure(number, minimised(tried, finding.mark) if new else tried, finding))
        connection.send(Answer(number, tuple(failures), peak() > MEMORY))
