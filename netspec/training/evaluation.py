"""A trained net held against data, as Caffe does it: what its test net gives, averaged over batches.

Source: Solver::Test, and Net::ShareTrainedLayersWith.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from netspec.backend.executable import Executable
from netspec.data import Feed
from netspec.layers.caffe.loss import Accuracy, SoftmaxWithLoss
from netspec.net import Net
from netspec.training.script import losses
from netspec.weights.blobs import Floats

ACCURACY = "accuracy"


class Judged(NamedTuple):
    """Which blobs of a net classify: the scores of each class, the labels, and the axis of the classes."""

    scores: str
    labels: str
    axis: int


def judged(net: Net) -> Judged | None:
    """What the net's last Accuracy reads, else its last SoftmaxWithLoss; None where there is neither."""
    names = {value: blob for blob, value in net.latest.items()}
    for kind in (Accuracy, SoftmaxWithLoss):
        for node in reversed(net.layers):
            if isinstance(node.params, kind) and len(node.inputs) >= 2 and all(v in names for v in node.inputs[:2]):
                scores, labels = node.inputs[:2]
                params = node.params
                axis = params.axis if isinstance(params, Accuracy) else params.softmax_param.axis
                axis %= len(net.shapes[scores] or (0,))
                return Judged(names[scores], names[labels], axis)
    return None


def hits(scores: Floats, labels: Floats, axis: int) -> tuple[Floats, Floats]:
    """Of each prediction that has a label: the label, and the class of the largest score, or -1 where several have it,
    which Accuracy counts as wrong. Labels that are no class do not count."""
    ordered = np.moveaxis(scores, axis, -1).reshape(-1, scores.shape[axis])
    told = labels.reshape(-1).astype(np.int64)
    counts = (told >= 0) & (told < ordered.shape[1])
    ordered, told = ordered[counts], told[counts]
    best = ordered.argmax(1) if len(ordered) else told
    alone = (ordered >= ordered.max(1, initial=-np.inf, keepdims=True)).sum(1) == 1
    return told, np.where(alone, best, -1)


class Test:
    """A net for tests, its data, and how many batches make one test.

    Beside the net's outputs there is its accuracy, where it has labels and scores but no layer for it.
    """

    def __init__(self, model: Executable, feed: Feed, batches: int, total: bool = False) -> None:
        self.model, self.feed, self.batches = model, feed, batches
        self._total = total  # whether the loss, all terms together, is asked for
        found = judged(model.net)
        has = any(isinstance(node.params, Accuracy) for node in model.net.layers)
        self._judged = None if has or ACCURACY in model.net.blobs else found
        more = (self._judged.scores, self._judged.labels) if self._judged else ()
        self._blobs = tuple(dict.fromkeys((*model.net.returned, *more)))
        model.ready(self._blobs)

    @property
    def net(self) -> Net:
        return self.model.net

    @property
    def names(self) -> tuple[str, ...]:
        """Of what a test gives."""
        return (*self.net.returned, *((ACCURACY,) if self._judged else ()), *(("total loss",) if self._total else ()))

    @property
    def scalars(self) -> tuple[str, ...]:
        """Those of `names` that are one number."""
        shapes = self.net.blobs
        return tuple(name for name in self.names if all(size == 1 for size in shapes.get(name) or ()))

    def __call__(self, params: Mapping[str, Sequence[Floats]]) -> dict[str, Floats]:
        """The mean of each output over the batches of a test, element by element."""
        share(params, self.model)
        sums = dict.fromkeys(self.names, np.zeros(()))
        for _ in range(self.batches):
            found = self.model.forward(self.feed.batch(), self._blobs)
            if self._judged:
                labels, classes = hits(found[self._judged.scores], found[self._judged.labels], self._judged.axis)
                found[ACCURACY] = np.array((labels == classes).mean() if len(labels) else 0.0)
            if self._total:
                found["total loss"] = np.array(self._loss(found))
            for name in self.names:
                sums[name] = sums[name] + found[name].astype(np.float64)
        return {name: values / self.batches for name, values in sums.items()}

    def _loss(self, found: Mapping[str, Floats]) -> float:
        return sum(float((found[name] * weight).sum()) for name, weight in losses(self.net).items() if name in found)


def share(params: Mapping[str, Sequence[Floats]], model: Executable) -> None:
    """Gives a net the parameters of the layers that it has in common with another, by their names; its other layers
    keep what they have. Raises SpecError (NS501) where shapes differ."""
    own = model.net.params
    model.set_params({name: blobs for name, blobs in params.items() if name in own})


def numbers(results: Mapping[str, Floats]) -> dict[str, float]:
    """Those outputs that are one number."""
    return {name: values.item() for name, values in results.items() if values.size == 1}
