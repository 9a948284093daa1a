"""How a run begins: a trainer on its device, nets for tests beside it, and where the run goes on from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from netspec.backend.door import find
from netspec.backend.live import build
from netspec.diagnostics import SpecError
from netspec.problems.solver import MissingFile
from netspec.solver import Solver
from netspec.training import snapshots
from netspec.training.evaluation import Test
from netspec.training.prepared import Prepared
from netspec.training.run import Event, Run
from netspec.training.trainer import trainer
from netspec.weights.files import load_weights

OURS = ("log.csv", "log.txt")  # beside snapshots, and what TensorBoard reads


class Listener(Protocol):
    """Is told what happens in a run."""

    def __call__(self, event: Event, /) -> object: ...

    def close(self) -> None: ...


class Listeners:
    """Several of them, told in turn."""

    def __init__(self) -> None:
        self._all: list[Listener] = []

    def add(self, listener: Listener) -> None:
        self._all.append(listener)

    def __call__(self, event: Event) -> None:
        for each in self._all:
            each(event)

    def close(self) -> None:
        for each in reversed(self._all):
            each.close()


def asked(solver: Solver, iterations: int | None, seed: int | None, snapshot: int | None) -> Solver:
    """The solver with what a command line says in place of its `max_iter`, `random_seed` and `snapshot`."""
    given = {"max_iter": iterations, "random_seed": seed, "snapshot": snapshot}
    changed = {name: value for name, value in given.items() if value is not None}
    return replace(solver, params=solver.params.model_copy(update=changed))


def deterministic(backend: str, wanted: bool) -> AbstractContextManager[None]:
    """Inside, the framework does the same each time, wherever it has a way to."""
    context: Callable[[], AbstractContextManager[None]] | None = getattr(find(backend), "deterministic", None)
    return context() if wanted and context else nullcontext()


def begun(
    found: Prepared,
    backend: str,
    device: str,
    precision: str,
    weights: Path | None,
    folder: Path,
    tell: Callable[[Event], object],
    caffe: bool = False,
) -> Run:
    """A run at its beginning. weights: a file, in the place of fillers and of what the solver names.

    precision: "float32" or, where the backend can, "bf16". Raises SpecError, and OSError.
    """
    made = trainer(found.solver, backend, device)
    made.model.ready()
    if precision == "bf16":
        learner: Any = made.learner
        learner.half = True
    if weights is not None:
        made.set_params(load_weights(weights, found.solver.net))
    params, tests = found.solver.params, list[Test]()
    for net, feed, batches in zip(found.solver.test_nets, found.tests, params.test_iter, strict=True):
        if feed is not None:
            tests.append(Test(build(net, backend, device), feed, batches, params.test_compute_loss))
    return Run(made, backend, found.feed, tests, folder, tell, caffe)


def start(run: Run, resume: str | None, force: bool) -> Path | None:
    """Makes the run's folder, and goes on from where `resume` says: None is the beginning, "" the last snapshot of the
    run, if there is one. force: what is there of another run goes. Returns what it goes on from.

    Raises SpecError, and OSError.
    """
    if resume is None:
        if force:
            _clear(run.folder)
        path = None
    elif resume:
        path = _given(Path(resume))
    else:
        path = snapshots.latest(run.snapshots)
    if path is not None:
        run.resume(path)
    run.folder.mkdir(parents=True, exist_ok=True)
    return path


def _given(path: Path) -> Path:
    """A snapshot, or the last of a run. Raises SpecError (NS802) where there is none."""
    if path.is_file() or snapshots.is_snapshot(path):
        return path
    found = snapshots.latest(path / snapshots.FOLDER) or snapshots.latest(path)
    if found is None:
        raise SpecError([MissingFile(f"{path} has no snapshot to go on from", help="name a run, or a .solverstate")])
    return found


def _clear(folder: Path) -> None:
    shutil.rmtree(folder / snapshots.FOLDER, ignore_errors=True)
    for path in (*(folder / name for name in OURS), *folder.glob("events.out.tfevents.*")):
        with suppress(FileNotFoundError):
            path.unlink()
