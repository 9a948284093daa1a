"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.layers.activation import Dropout
from netspec.layers.base import Layer, Phase
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def dropout(layer: Dropout, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    if place.phase is Phase.TEST:
        return (x,)
    kept = place.random.random(x.shape) >= layer.dropout_ratio
    return (x * kept / (1 - layer.dropout_ratio),)


MEANINGS: dict[type[Layer], Meaning] = {Dropout: dropout}
