"""From a spec or a solver and its data to what trains it: nets in the sizes of the data, feeds, and a solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from netspec.data import Feed, beside, feed
from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import Options, in_phases, is_solver_source, load_solver_source
from netspec.layers.caffe.input import Input
from netspec.layers.data_layer import DataLayer
from netspec.net import Net
from netspec.problems.solver import NothingToLearn
from netspec.solver import Solver
from netspec.training.optimizers import Told, solver_of
from netspec.training.run import batch_of
from netspec.training.script import losses


class Data(NamedTuple):
    """Where data comes from. train, test: files or folders for nets that are fed by Input layers. batch: items, in the
    place of what the net says. seed: of the order and of what chance does to the items; None for another each time."""

    train: Path | None = None
    test: Path | None = None
    batch: int | None = None
    seed: int | None = None


class Prepared(NamedTuple):
    """A solver, and the feeds of its nets: of the one that is trained, and of each test net, None for one that has no
    data."""

    solver: Solver
    feed: Feed
    tests: tuple[Feed | None, ...]


def prepared(source: Source, data: Data, told: Told, options: Options) -> Prepared:
    """What trains the net, or carries out the solver, of a text. told: how a net without a solver is trained.

    Raises SpecError.
    """
    found = _Feeds(data, source.folder or Path())
    if is_solver_source(source):
        solver = load_solver_source(source, found.sized, **options)
    else:
        solver = _of_net(source, found, told, options)
    if not losses(solver.net) or not any(p.blob.learnable for node in solver.net.layers for p in node.blobs):
        what = "no loss" if not losses(solver.net) else "no parameters that learn"
        raise SpecError([NothingToLearn(f"{solver.net.name or source.name} has {what} in TRAIN", (), _HELP)])
    train, *tests = found.feeds
    assert train is not None
    return Prepared(solver, train, tuple(tests))


_HELP = "add a loss, as SoftmaxWithLoss, whose labels are an input of the net"


def _of_net(source: Source, found: _Feeds, told: Told, options: Options) -> Solver:
    def net(phase: str) -> Net | None:
        first = in_phases(source, **options).net(phase)
        if phase == "TEST" and not found.feeds_tests(first):
            return None
        wanted: Options = {**options, "inputs": {**found.sized(first), **(options.get("inputs") or {})}}
        return in_phases(source, **wanted).net(phase)

    train, test = net("TRAIN"), net("TEST")
    assert train is not None
    feeds = found.feeds
    tests = [(test, batches(each)) for each in feeds[1:] if test and each]
    own = feeds[0]
    assert own is not None
    return solver_of(source.name, train, tuple(tests), told, own.size, batch_of(own))


def batches(feed: Feed) -> int:
    """How many make one round through the data."""
    return max(1, math.ceil(feed.size / batch_of(feed)))


class _Feeds:
    """Opens the feed of each net that asks for its sizes: first of the one that is trained, then of those for tests."""

    def __init__(self, data: Data, folder: Path) -> None:
        self._data, self._folder = data, folder
        self.feeds: list[Feed | None] = []

    def feeds_tests(self, net: Net) -> bool:
        """Whether there is data for a net that is tested."""
        return self._data.test is not None or has_data(net)

    def sized(self, net: Net) -> Mapping[str, Sequence[int]]:
        data, first = self._data, not self.feeds
        if not first and not self.feeds_tests(net):
            self.feeds.append(None)
            return {}
        seed = None if data.seed is None else data.seed + len(self.feeds)
        path = data.train if first else data.test
        opened = feed(net, path, batch=data.batch, seed=seed, folder=self._folder)
        self.feeds.append(beside(opened) if first else opened)
        return {name: shape for name, shape in opened.tops.items() if name in net.inputs}


def has_data(net: Net) -> bool:
    """Whether a net has data layers of its own, beside those that are given what they have."""
    return any(isinstance(node.params, DataLayer) and not isinstance(node.params, Input) for node in net.layers)
