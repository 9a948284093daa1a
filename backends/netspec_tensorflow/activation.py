"""Dropout, of elements and of channels. The other activations say themselves what they compute."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.activation import Dropout
from netspec.layers.neurons.spatial_dropout import ChannelDropout, PythonSpatialDropout, SpatialDropout


def dropout(layer: Dropout, place: Place) -> Code:
    (x,) = place.inputs
    if layer.drops(place.node.phase):
        x = call("tf.nn.dropout", x, rate=layer.dropout_ratio)
    if not layer.reduced:
        return x
    place.remark(layer.reduced)
    return binary("*", binary("-", 1, layer.dropout_ratio), x)


def channel_dropout(layer: ChannelDropout, place: Place) -> Code:
    (x,), (shape,) = place.inputs, place.input_shapes
    phase, shared = place.node.phase, [None] * min(len(shape), 2) + [1] * (len(shape) - 2)
    if layer.drops(phase):
        return call("tf.nn.dropout", x, rate=layer.ratio(), noise_shape=Code(repr(shared)) if len(shape) > 2 else None)
    return x if layer.factor(phase) == 1 else binary("/", x, binary("-", 1, layer.ratio()))


EMITTERS: dict[type[Layer], Emitter] = {
    Dropout: dropout,
    SpatialDropout: channel_dropout,
    PythonSpatialDropout: channel_dropout,
}
