"""PriorBox: box by box."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.prior_box import PriorBox
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def prior_box(layer: PriorBox, place: Place) -> tuple[Values, ...]:
    rows, columns = place.inputs[0].shape[2:]
    height, width = integers(layer.image(place.site)) or (1, 1)
    step_h, step_w = layer.steps(place.site)
    boxes: list[float] = []
    for i, j in np.ndindex(rows, columns):
        x, y = (j + layer.offset) * step_w, (i + layer.offset) * step_h
        for w, h, right, down, swapped in layer.boxes((height, width), step_h):
            across = [(x + right - w / 2) / width, (x + right + w / 2) / width]
            along = [(y + down - h / 2) / height, (y + down + h / 2) / height]
            first, second = (along, across) if swapped else (across, along)
            boxes += [first[0], second[0], first[1], second[1]]
    values = np.clip(boxes, 0, 1) if layer.clip else np.array(boxes)
    return (np.stack([values, np.resize(np.array(layer.variances()), len(values))])[np.newaxis],)


MEANINGS: dict[type[Layer], Meaning] = {PriorBox: prior_box}
