"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.layers.activation import Dropout
from netspec.layers.base import Layer
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def dropout(layer: Dropout, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    if layer.drops(place.phase):
        x = x * (place.random.random(x.shape) >= layer.dropout_ratio) / (1 - layer.dropout_ratio)
    return (x if layer.scale_train else x * (1 - layer.dropout_ratio),)


MEANINGS: dict[type[Layer], Meaning] = {Dropout: dropout}
