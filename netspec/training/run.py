"""A run of a solver: its iterations, tests and snapshots, in the order in which Caffe has them.

Source: Solver::Step and Solver::Solve (solver.cpp). Unlike there, the loss is averaged across a resume as well, and a
test ends every run that has tests.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from netspec.data import Feed
from netspec.net import Net
from netspec.training import snapshots
from netspec.training.evaluation import Test, numbers
from netspec.training.finite import stop_unless_finite
from netspec.training.snapshots import Rest
from netspec.training.trainer import Trainer


class Stepped(NamedTuple):
    """An iteration is over. loss: averaged over the last `average_loss` of them."""

    iteration: int
    loss: float


class Shown(NamedTuple):
    """A line of the log. iteration: counted from 0, whose loss, before its update, this is. epoch: rounds through the
    data up to it. seconds: how long the run has trained. speed: images a second since the last line. outputs: of the
    net that is trained, those that are one number. displayed: whether `display` asks for it; between such lines there
    are others, for files."""

    iteration: int
    epoch: float
    seconds: float
    speed: float
    rate: float
    loss: float
    outputs: Mapping[str, float]
    displayed: bool = True


class Evaluated(NamedTuple):
    """A test after so many iterations. net: which of the solver's test nets."""

    iteration: int
    epoch: float
    seconds: float
    net: int
    results: Mapping[str, float]


class Saved(NamedTuple):
    """A snapshot after so many iterations; `path` is its folder, or Caffe's `.solverstate`."""

    iteration: int
    path: Path


ROWS = 200  # about, of a log, where `display` asks for fewer lines
Event: TypeAlias = Stepped | Shown | Evaluated | Saved


@dataclass
class _Speed:
    """Of images, since a point in time."""

    since: float
    images: int = 0

    def measured(self) -> float:
        """Images a second; begins anew."""
        now = time.monotonic()
        found = self.images / max(now - self.since, 1e-9)
        self.since, self.images = now, 0
        return found


class Run:
    """A solver at work.

    folder: where snapshots go. caffe: whether they are written in Caffe's formats, too. tests: one for each test net
    that has data. `go` trains.
    """

    def __init__(
        self,
        trainer: Trainer,
        backend: str,
        feed: Feed,
        tests: Sequence[Test],
        folder: Path,
        tell: Callable[[Event], object],
        caffe: bool = False,
    ) -> None:
        self.trainer, self.feed, self.tests, self.folder, self.tell = trainer, feed, tests, folder, tell
        self._backend, self._caffe = backend, caffe
        self._losses = deque[float](maxlen=max(1, trainer.params.average_loss))
        self._before = 0.0  # seconds that earlier runs took
        self._start_clock()
        trainer.before_update = lambda loss, batches: stop_unless_finite(trainer, backend, loss, batches)

    def _start_clock(self) -> None:
        self._begun = time.monotonic()
        self._speeds = {True: _Speed(self._begun), False: _Speed(self._begun)}  # since the last line, the last row

    @property
    def images(self) -> int:
        """Of one iteration."""
        return batch_of(self.feed) * self.trainer.params.iter_size

    @property
    def epoch(self) -> float:
        return self.trainer.iteration * self.images / max(1, self.feed.size)

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._begun

    @property
    def snapshots(self) -> Path:
        return self.folder / snapshots.FOLDER

    def go(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Trains until `max_iter`, or until `stop` says so, which is asked after each iteration; whether it is done.

        Raises SpecError (NS814) for a loss that is not finite, and for bad data; OSError where nothing can be written.
        """
        params, trainer = self.trainer.params, self.trainer
        snapshots.tidy(self.snapshots)
        self._start_clock()
        first, stopped = trainer.iteration, False
        while trainer.iteration < params.max_iter and not stopped:
            due = params.test_interval > 0 and trainer.iteration % params.test_interval == 0
            if due and (trainer.iteration > 0 or params.test_initialization):
                self.test()
            self.step()
            stopped = stop()
            if stopped or (params.snapshot > 0 and trainer.iteration % params.snapshot == 0):
                self.save()
        if trainer.iteration > first and params.snapshot_after_train:
            self.save()
        if not stopped and params.test_interval > 0:
            self.test()
        return not stopped

    def step(self) -> None:
        """One iteration, and what is told of it."""
        params, trainer, iteration = self.trainer.params, self.trainer, self.trainer.iteration
        self._losses.append(trainer.step(*(self.feed.batch() for _ in range(params.iter_size))))
        for speed in self._speeds.values():
            speed.images += self.images
        loss = sum(self._losses) / len(self._losses)
        last = trainer.iteration == params.max_iter
        displayed = params.display > 0 and (iteration % params.display == 0 or last)
        if displayed or last or iteration % max(1, params.max_iter // ROWS) == 0:
            speed = self._speeds[displayed].measured()
            outputs = numbers(trainer.model.latest())
            epoch = iteration * self.images / max(1, self.feed.size)
            self.tell(Shown(iteration, epoch, self.seconds, speed, trainer.rate, loss, outputs, displayed))
        self.tell(Stepped(trainer.iteration, loss))

    def test(self) -> None:
        """Tests the net as it is now, with each test net."""
        begun, params = time.monotonic(), self.trainer.get_params()
        for i, each in enumerate(self.tests):
            results = numbers(each(params))
            self.tell(Evaluated(self.trainer.iteration, self.epoch, self.seconds, i, results))
        for speed in self._speeds.values():
            speed.since += time.monotonic() - begun  # which trains nothing

    def save(self) -> None:
        """Writes a snapshot, unless that of this iteration is there."""
        feeds = (self.feed.state(), *(each.feed.state() for each in self.tests))
        rest = Rest(feeds, tuple(self._losses), self.seconds)
        path = snapshots.write(self.snapshots, self.trainer, self._backend, rest)
        if path is not None:
            self.tell(Saved(self.trainer.iteration, path))
            if self._caffe:
                self.tell(Saved(self.trainer.iteration, self.trainer.snapshot(self.folder, replace=True)))

    def resume(self, path: Path) -> None:
        """Goes on from a snapshot: a folder, or a `.solverstate` of Caffe's, with which the data begins anew. Raises
        SpecError."""
        if not path.is_dir():
            self.trainer.resume(path)
            return
        rest = snapshots.restore(path, self.trainer, self._backend)
        for feed, state in zip((self.feed, *(each.feed for each in self.tests)), rest.feeds, strict=False):
            feed.restore(state)
        self._losses.extend(rest.losses)
        self._before = rest.seconds


def batch_of(feed: Feed) -> int:
    """How many items a batch has."""
    shape = next(iter(feed.tops.values()), ())
    return shape[0] if shape else 1


def names(net: Net) -> tuple[str, ...]:
    """The outputs of a net that are one number."""
    return tuple(name for name in net.returned if all(size == 1 for size in net.blobs[name] or ()))
