"""A small net with chance and averages in it, its data, and how it is trained in these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from netspec.training.begin import Listeners, asked, begun, deterministic, start
from netspec.training.optimizers import Told
from netspec.training.prepared import Data, prepared
from netspec.training.run import Event, Run

NET = """\
name: "Small"
input data: [8, 1, 6, 6]
input label: [8]
conv = Convolution(data) { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } | BatchNorm | ReLU
drop = Dropout(conv) { dropout_ratio: 0.3 }
ip = InnerProduct(drop) { num_output: 3 weight_filler { type: "xavier" } }
loss = SoftmaxWithLoss(ip, label)
"""
SOLVER = """\
net: "small.net"
base_lr: 0.05
lr_policy: "step"
gamma: 0.5
stepsize: 4
type: "Adam"
momentum: 0.9
max_iter: 10
display: 2
average_loss: 3
test_iter: 3
test_interval: 4
snapshot_prefix: "elsewhere/small"
"""


def write_files(folder: Path) -> Path:
    """Writes the net, its solver, and data in which the class is where a row is bright; returns the solver's path."""
    rng = np.random.default_rng(0)
    for name, count in (("train", 40), ("test", 20)):
        label = rng.integers(0, 3, count)
        data = rng.normal(size=(count, 1, 6, 6)).astype(np.float32)
        data[np.arange(count), 0, 2 * label] += 2
        np.savez(folder / f"{name}.npz", data=data, label=label)
    (folder / "small.net").write_text(NET, encoding="utf-8")
    (folder / "solver.prototxt").write_text(SOLVER, encoding="utf-8")
    return folder / "solver.prototxt"


def run(
    spec: Path,
    backend: str,
    folder: Path,
    iterations: int | None = None,
    resume: str | None = None,
    stop: Callable[[], bool] = lambda: False,
    change: Callable[[Run], Any] = lambda run: None,
    seed: int | None = 3,
    **told: Any,
) -> list[Event]:
    """Trains in a folder, as `netspec train` does, and returns what was told. change: is called before it begins."""
    from netspec.syntax.text import read_source

    events = list[Event]()
    data = Data(spec.with_name("train.npz"), spec.with_name("test.npz"), seed=seed)
    found = prepared(read_source(spec), data, Told(**told), {})
    solver = asked(found.solver, iterations, seed, None)
    with deterministic(backend, seed is not None):
        listeners = Listeners()
        course = begun(found._replace(solver=solver), backend, "cpu", "float32", None, folder, listeners)
        start(course, resume, force=False)
        change(course)
        listeners.add(Recorder(events))
        course.go(stop)
    return events


class Recorder:
    """Keeps what is told."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def __call__(self, event: Event) -> None:
        self._events.append(event)

    def close(self) -> None:
        pass
