"""Layers that compute every element from that element alone."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.activation import Dropout, PReLU
from netspec.layers.neurons.spatial_dropout import ChannelDropout, PythonSpatialDropout, SpatialDropout


def dropout(layer: Dropout, place: Place) -> Code:
    """A module that follows the mode of the net, unless the layer is in a phase of its own."""
    (x,) = place.inputs
    if place.node.phase is place.net_phase and not layer.always:
        x = call(place.module(call("nn.Dropout", layer.dropout_ratio)), x)
    elif layer.drops(place.node.phase):
        x = call("F.dropout", x, layer.dropout_ratio)
    if not layer.reduced:
        return x
    place.remark(layer.reduced)
    return binary("*", binary("-", 1, layer.dropout_ratio), x)


def channel_dropout(layer: ChannelDropout, place: Place) -> Code:
    """As `dropout`, of whole channels, which PyTorch knows by how many axes there are behind them."""
    (x,), (shape,) = place.inputs, place.input_shapes
    axes, phase = {3: "1d", 4: "2d"}.get(len(shape), ""), place.node.phase
    if layer.follows() and phase is place.net_phase:
        return call(place.module(call(f"nn.Dropout{axes}", layer.ratio())), x)
    if layer.drops(phase):
        return call(f"F.dropout{axes}", x, layer.ratio())
    return x if layer.factor(phase) == 1 else binary("/", x, binary("-", 1, layer.ratio()))


def prelu(layer: PReLU, place: Place) -> Code:
    """PyTorch's own, which exporters know; its channels are on axis 1, too."""
    return call("F.prelu", *place.inputs, place.parameter(0))


EMITTERS: dict[type[Layer], Emitter] = {
    PReLU: prelu,
    Dropout: dropout,
    SpatialDropout: channel_dropout,
    PythonSpatialDropout: channel_dropout,
}
