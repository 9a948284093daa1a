"""Regions of maps, one after the other, and MalisLoss: by groups of places that edges join."""

from __future__ import annotations

from collections import Counter, deque

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.segmentation.malis import DIRECTIONS, ConnectedComponent, MalisLoss
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def connected_component(layer: ConnectedComponent, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    found = np.zeros(x.shape)
    for image in np.ndindex(x.shape[:2]):
        values, numbers = np.trunc(x[image]), found[image]
        number = max(values.max(initial=0), 0)
        for start in zip(*np.nonzero(values), strict=True):
            if numbers[start]:
                continue
            number, waiting = number + 1, deque([start])
            numbers[start] = number
            while waiting:
                i, j = waiting.popleft()
                for at in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                    inside = 0 <= at[0] < values.shape[0] and 0 <= at[1] < values.shape[1]
                    if inside and not numbers[at] and values[at] == values[start]:
                        numbers[at] = number
                        waiting.append(at)
    return (found,)


def malis_loss(layer: MalisLoss, place: Place) -> tuple[Values, ...]:
    x, truth, labels = place.inputs[:3]
    edges, space = layer.fit(place.site)
    sizes = tuple(int(str(size)) for size in space)
    steps = np.array(place.inputs[3] if len(place.inputs) > 3 else DIRECTIONS[3 - edges :], int).reshape(edges, 3)
    losses = list[float]()
    for affinity, right, own in zip(x, truth.reshape(x.shape), labels.astype(int), strict=True):
        kinds = own.reshape(-1, *sizes)
        apart = _mean_square(np.maximum(affinity, right).reshape(edges, *sizes), kinds[0], steps, False)
        alike = _mean_square(np.minimum(affinity, right).reshape(edges, *sizes), kinds[-1], steps, True)
        losses.append((apart + alike) / 2)
    return (np.array(np.mean(losses)), x)[: place.site.tops]


def _mean_square(strength: Values, labels: Values, steps: Values, alike: bool) -> float:
    """Of how far the affinity of pairs is from what it should be."""
    group = {at: [at] for at in np.ndindex(labels.shape)}
    places, far = list(np.ndindex(strength.shape)), 0.0
    counts = Counter(int(label) for label in labels.ravel() if label)
    same = sum(count * (count - 1) // 2 for count in counts.values())
    total = same if alike else counts.total() * (counts.total() - 1) // 2 - same
    order: list[int] = np.argsort(-strength, axis=None, kind="stable").tolist()
    for flat in order:
        edge, *begin = places[flat]
        end = tuple(a + int(step) for a, step in zip(begin, steps[edge], strict=True))
        here, there = group[tuple(begin)], group.get(end)
        if there is None or there is here:
            continue
        left, right = (Counter(int(labels[at]) for at in members if labels[at]) for members in (here, there))
        shared = sum(left[label] * right[label] for label in left)
        pairs = shared if alike else left.total() * right.total() - shared
        far += pairs * (float(strength.ravel()[flat]) - alike) ** 2
        here += there
        group.update(dict.fromkeys(there, here))
    return far / total if total else 0.0


MEANINGS: dict[type[Layer], Meaning] = {ConnectedComponent: connected_component, MalisLoss: malis_loss}
