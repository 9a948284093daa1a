"""Dropout. The other activations say themselves what they compute."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.activation import Dropout
from netspec.layers.base import Layer, Phase


def dropout(layer: Dropout, place: Place) -> Code:
    if place.node.phase is Phase.TEST:
        return place.inputs[0]
    return call("tf.nn.dropout", place.inputs[0], rate=layer.dropout_ratio)


EMITTERS: dict[type[Layer], Emitter] = {Dropout: dropout}
