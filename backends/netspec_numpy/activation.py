"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.layers.base import Layer
from netspec.layers.caffe.activation import Dropout
from netspec.layers.neurons.spatial_dropout import ChannelDropout, PythonSpatialDropout, SpatialDropout
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def dropout(layer: Dropout, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    if layer.drops(place.phase):
        x = x * (place.random.random(x.shape) >= layer.dropout_ratio) / (1 - layer.dropout_ratio)
    return (x * (1 - layer.dropout_ratio) if layer.reduced else x,)


def channel_dropout(layer: ChannelDropout, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    if not layer.drops(place.phase):
        return (x * layer.factor(place.phase),)
    shared = (*x.shape[:2], *(1,) * (x.ndim - 2))
    return (x * (place.random.random(shared) >= layer.ratio()) / (1 - layer.ratio()),)


MEANINGS: dict[type[Layer], Meaning] = {
    Dropout: dropout,
    SpatialDropout: channel_dropout,
    PythonSpatialDropout: channel_dropout,
}
