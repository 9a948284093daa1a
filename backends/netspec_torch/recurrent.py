"""LSTM and RNN, whose steps PyTorch's own modules do not take as Caffe does: streams may begin anew at any step."""

from __future__ import annotations

from math import prod

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.recurrent import LSTM, RNN, RecurrentLayer
from netspec_torch.arguments import integers


def recurrent(layer: RecurrentLayer, place: Place) -> Code:
    features = integers(place.input_shapes[0][2:])
    streams = None if layer.expose_hidden else integers(place.input_shapes[0][1:2])[0]
    static = integers(place.input_shapes[2][1:]) if layer.has_static_input(place.site) else None
    construct = call(
        place.helper(layer.type_name()),
        inputs=prod(features),
        outputs=layer.num_output,
        streams=streams,
        static=None if static is None else prod(static),
    )
    names = (param.blob.name for param in place.node.blobs)
    module = place.module(construct, *names, stateful=not layer.expose_hidden)
    x, cont, *rest = place.inputs
    static_input = rest.pop(0) if static is not None else None
    return call(module, x, cont, *rest, static=static_input)


EMITTERS: dict[type[Layer], Emitter] = {LSTM: recurrent, RNN: recurrent}
