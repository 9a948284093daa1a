"""Where a loss that is no number began."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from netspec.backend.live import build
from netspec.diagnostics import Diagnostic, Label, SpecError
from netspec.net import Net, Node, Value
from netspec.problems.solver import NotFinite
from netspec.training.trainer import Trainer
from netspec.weights.blobs import Floats

HELP = "a smaller base_lr, or clip_gradients; the last snapshot is from before"
Batch = Mapping[str, ArrayLike]


def stop_unless_finite(trainer: Trainer, backend: str, loss: float, batches: Sequence[Batch]) -> None:
    """Raises SpecError (NS814) for a loss that is not finite, with the layer where that began. The weights are still
    those that the loss was computed with."""
    if not math.isfinite(loss):
        raise SpecError([where(trainer, backend, loss, batches)])


def where(trainer: Trainer, backend: str, loss: float, batches: Sequence[Batch]) -> Diagnostic:
    """The first layer with a parameter or an output that is not finite, in the order of the net."""
    said = f"the loss of iteration {trainer.iteration} is {loss:g}"
    params = trainer.get_params()
    net, names = _told_apart(trainer.net)
    model = build(net, backend)
    model.set_params(params)
    called = {value: blob for blob, value in net.latest.items()}
    for batch in batches:
        found = model.forward(batch, "all")
        for node in net.layers:
            for i, values in enumerate(params.get(node.name, ())):
                if count := _lacking(values):
                    what = f"its parameter {i} has {count} of {values.size} values that are not finite"
                    return NotFinite(f'{said}: that began in layer "{node.name}"', _labels(node, what), HELP)
            for top in (called[value] for value in node.outputs if value in called):
                if count := _lacking(found[top]):
                    what = f'"{names.get(top, top)}" has {count} of {found[top].size} values that are not finite'
                    return NotFinite(f'{said}: that began in layer "{node.name}"', _labels(node, what), HELP)
    return NotFinite(f"{said}, but every blob of the same batch is finite when it is computed again", (), HELP)


def _labels(node: Node, text: str) -> tuple[Label, ...]:
    return node.origin.labels(text)


def _lacking(values: Floats) -> int:
    return int(values.size - np.isfinite(values).sum())


def _told_apart(net: Net) -> tuple[Net, dict[str, str]]:
    """The net with a blob for each value, also of layers that work in place, and what each blob is called in it."""
    names = dict[str, str]()
    new = dict[Value, Value]()
    for node in net.layers:
        for value in node.outputs:
            blob = value.blob if value.blob not in names else f"{value.blob} in {node.name}"
            if blob:
                names[blob] = value.blob
            new[value] = value._replace(blob=blob)
    layers = [
        node._replace(
            inputs=tuple(new.get(value, value) for value in node.inputs),
            outputs=(outputs := tuple(new[value] for value in node.outputs)),
            bottoms=tuple(new.get(value, value).blob for value in node.inputs),
            tops=tuple(value.blob for value in outputs) if node.tops else (),
        )
        for node in net.layers
    ]
    shapes = {new.get(value, value): shape for value, shape in net.shapes.items()}
    return net.changed(layers, shapes), names
