"""Dropout. The other activations say themselves what they compute."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.activation import Dropout
from netspec.layers.base import Layer


def dropout(layer: Dropout, place: Place) -> Code:
    (x,) = place.inputs
    if layer.drops(place.node.phase):
        x = call("tf.nn.dropout", x, rate=layer.dropout_ratio)
    return x if layer.scale_train else binary("*", binary("-", 1, layer.dropout_ratio), x)


EMITTERS: dict[type[Layer], Emitter] = {Dropout: dropout}
