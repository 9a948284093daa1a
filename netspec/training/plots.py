"""Pictures of runs, by matplotlib, PNG or SVG as the name of the file ends: losses, accuracies, rates; what a net takes
for what."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.solver import UnreadableRun
from netspec.training.confusion import Confusion
from netspec.training.log import NAME, rows

SUFFIXES = (".png", ".svg")
# Okabe and Ito's colours, which the colour-blind tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLE = {"svg.hashsalt": "netspec", "svg.fonttype": "none", "font.family": "sans-serif"}
MANY = 20  # classes, from which on cells of a matrix have no numbers


class Curve(NamedTuple):
    """Numbers of a run, by iteration."""

    iterations: Sequence[float]
    values: Sequence[float]


class History(NamedTuple):
    """A run as its log tells it: each column that is not empty."""

    name: str
    columns: Mapping[str, Curve]


def history(path: Path) -> History:
    """What the log of a run tells; the path is that of its folder, or of its `log.csv`. Raises SpecError (NS815)."""
    file = path / NAME if path.is_dir() else path
    try:
        found = rows(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        help = f"name the folder of a run, in which there is {NAME}"
        raise SpecError([UnreadableRun(f"{file} cannot be read as the log of a run: {reason}", help=help)]) from None
    names = dict.fromkeys(name for row in found for name in row)
    columns = {
        name: Curve(*zip(*((row["iteration"], row[name]) for row in found if name in row), strict=True))
        for name in names
    }
    return History((path if path.is_dir() else path.parent).name or str(path), columns)


def curves(runs: Sequence[History], suffix: str) -> bytes:
    """A picture of runs, one below the other: the loss, with that of tests dashed, accuracies if there are some, and
    the rate. suffix: .png or .svg. Raises SpecError (NS404)."""
    figure, panels = _figure(runs)
    several = len(runs) > 1
    for run, colour in zip(runs, _cycled(len(runs)), strict=True):
        for panel, chosen in panels:
            for name, curve in run.columns.items():
                if chosen(name):
                    label = f"{run.name}: {name}" if several else name
                    style = "--" if name.startswith("test") else "-"
                    marker = "o" if name.startswith("test") and len(curve.values) < 40 else None
                    panel.plot(*curve, style, color=colour, label=label, marker=marker, markersize=3, linewidth=1.3)
    for panel, _ in panels:
        panel.grid(True, alpha=0.25)
        if panel.get_lines():
            panel.legend(fontsize=8, frameon=False)
    return _written(figure, suffix)


def _figure(runs: Sequence[History]) -> tuple[Any, list[tuple[Any, Any]]]:
    """A figure with a panel for each kind of number that some run has, and which columns belong there."""
    names = {name for run in runs for name in run.columns}
    kinds = [("loss", _is_loss)]
    if any(map(_is_accuracy, names)):
        kinds.append(("accuracy", _is_accuracy))
    kinds.append(("rate", lambda name: name == "rate"))
    figure = _matplotlib().Figure(figsize=(7.5, 1.2 + 2.3 * len(kinds)), layout="constrained")
    axes = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (title, _) in zip(axes, kinds, strict=True):
        axis.set_ylabel(title)
    axes[-1].set_xlabel("iteration")
    return figure, [(axis, chosen) for axis, (_, chosen) in zip(axes, kinds, strict=True)]


def _is_loss(name: str) -> bool:
    return "loss" in name.lower()


def _is_accuracy(name: str) -> bool:
    return "acc" in name.lower()


def _cycled(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def matrix(found: Confusion, suffix: str) -> bytes:
    """A picture of a confusion matrix: each row is of one class, and darker where more of it was taken for a class.
    suffix: .png or .svg. Raises SpecError (NS404)."""
    counts = found.counts[:, :-1]
    classes = len(counts)
    side = min(12.0, max(4.0, 0.55 * classes + 1.5))
    figure = _matplotlib().Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    shares = counts / np.maximum(found.counts.sum(1, keepdims=True), 1)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if classes <= MANY:
        axis.set_xticks(range(classes))
        axis.set_yticks(range(classes))
        for i, j in np.argwhere(counts):
            colour = "white" if shares[i, j] > 0.5 else "black"
            axis.text(j, i, str(counts[i, j]), ha="center", va="center", fontsize=8, color=colour)
    axis.set_xlabel("taken for")
    axis.set_ylabel("class")
    axis.set_title(f"{100 * found.accuracy:.2f} % of {found.total:,} right", fontsize=10)
    figure.colorbar(image, ax=axis, shrink=0.8, label="share of the class")
    return _written(figure, suffix)


def _matplotlib() -> Any:
    require("train", "matplotlib")
    return import_module("matplotlib.figure")


def _written(figure: Any, suffix: str) -> bytes:
    """The same bytes for the same picture."""
    stream = io.BytesIO()
    with import_module("matplotlib").rc_context(STYLE):
        form = suffix.removeprefix(".").lower()
        figure.savefig(stream, format=form, dpi=130, metadata={"Date": None} if form == "svg" else {"Software": None})
    return stream.getvalue()
