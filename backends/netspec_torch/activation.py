"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.activation import Dropout
from netspec.layers.base import Layer


def dropout(layer: Dropout, place: Place) -> Code:
    """A module that follows the mode of the net, unless the layer is in a phase of its own."""
    (x,) = place.inputs
    if place.node.phase is place.net_phase and not layer.sample_weights_test:
        x = call(place.module(call("nn.Dropout", layer.dropout_ratio)), x)
    elif layer.drops(place.node.phase):
        x = call("F.dropout", x, layer.dropout_ratio)
    return x if layer.scale_train else binary("*", binary("-", 1, layer.dropout_ratio), x)


EMITTERS: dict[type[Layer], Emitter] = {Dropout: dropout}
