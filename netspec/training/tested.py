"""A trained net run over data, and what it takes for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from netspec.backend.live import build
from netspec.data import Feed, feed
from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import Options, in_phases, is_solver_source, load_solver_source
from netspec.net import Net
from netspec.problems.solver import NothingToJudge
from netspec.training.confusion import Confusion, confused
from netspec.training.evaluation import judged, share
from netspec.training.prepared import batches
from netspec.training.run import batch_of
from netspec.weights.files import load_weights


def tested(
    source: Source,
    weights: Path,
    data: Path | None,
    batch: int | None,
    iterations: int | None,
    backend: str,
    device: str,
    options: Options,
) -> Confusion:
    """Runs the net of a text in TEST, of a solver its first net for tests, with trained weights over data.

    data: a file or folder for a net with Input layers. iterations: batches, by default as many as the data has; what
    the last of them has twice counts once. Raises SpecError.
    """
    net, found = _fed(source, data, batch, options)
    try:
        classes = judged(net)
        if classes is None:
            message = f"{net.name or source.name} has neither Accuracy nor SoftmaxWithLoss in TEST"
            raise SpecError([NothingToJudge(message, help="test the net that was trained, which has labels")])
        model = build(net, backend, device)
        share(load_weights(weights, net), model)
        count = iterations or batches(found)
        return confused(model, found, classes, count, min(found.size, count * batch_of(found)))
    finally:
        found.close()


def _fed(source: Source, data: Path | None, batch: int | None, options: Options) -> tuple[Net, Feed]:
    """The net in the sizes of its data, and the data."""
    opened = list[Feed]()
    asked = list[Net]()
    folder = source.folder or Path()

    def sized(net: Net) -> Mapping[str, Sequence[int]]:
        asked.append(net)
        if len(asked) != first:
            return {}
        opened.append(feed(net, data, batch=batch, folder=folder))
        return {name: shape for name, shape in opened[0].tops.items() if name in net.inputs}

    if is_solver_source(source):
        first = 2  # behind the net that is trained
        solver = load_solver_source(source, sized, **options)
        if not solver.test_nets:
            message = f"{source.name} names no net for tests"
            raise SpecError([NothingToJudge(message, solver.origin.labels(""), "test the net itself")])
        return solver.test_nets[0], opened[0]
    first = 1
    shapes = sized(in_phases(source, **options).net("TEST"))
    wanted: Options = {**options, "inputs": {**shapes, **(options.get("inputs") or {})}}
    return in_phases(source, **wanted).net("TEST"), opened[0]
