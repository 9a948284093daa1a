"""CtcLoss: by the probabilities of prefixes, item by item."""

from __future__ import annotations

import math

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.metric.ctc import CtcLoss
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def ctc_loss(layer: CtcLoss, place: Place) -> tuple[Values, ...]:
    scores, labels = place.inputs[0][: layer.time_step], place.inputs[1]
    losses = list[float]()
    for item, row in enumerate(labels.reshape(len(labels), -1)):
        wanted = [int(label) for label in row if int(label) != layer.blank_label]
        # How likely it is to have said so many labels by now, and a blank since, or not.
        blank, said = np.zeros(len(wanted) + 1), np.zeros(len(wanted) + 1)
        blank[0], scale = 1.0, 0.0
        for step in scores[:, item]:
            e = np.exp(step.astype(np.float64) - step.max())
            p = e / e.sum()
            new = np.zeros_like(said)
            for i, label in enumerate(wanted, 1):
                goes_on = i > 1 and label != wanted[i - 2]
                new[i] = p[label] * (said[i] + blank[i - 1] + (said[i - 1] if goes_on else 0.0))
            blank, said = p[layer.blank_label] * (blank + said), new
            most = max(blank.max(), said.max())
            blank, said, scale = blank / most, said / most, scale + math.log(most)
        found = blank[-1] + said[-1]
        losses.append(-(math.log(found) + scale) if found > 0 else 0.0)
    return (np.array(np.mean(losses)),)


MEANINGS: dict[type[Layer], Meaning] = {CtcLoss: ctc_loss}
