"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.activation import Dropout
from netspec.layers.base import Layer, Phase


def dropout(layer: Dropout, place: Place) -> Code:
    """A module that follows the mode of the net, unless the layer is in a phase of its own."""
    (x,) = place.inputs
    if place.node.phase is place.net_phase:
        return call(place.module(call("nn.Dropout", layer.dropout_ratio)), x)
    return x if place.node.phase is Phase.TEST else call("F.dropout", x, layer.dropout_ratio)


EMITTERS: dict[type[Layer], Emitter] = {Dropout: dropout}
