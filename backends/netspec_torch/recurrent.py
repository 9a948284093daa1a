"""LSTM and RNN, whose steps PyTorch's own modules do not take as Caffe does: streams may begin anew at any step."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from netspec.emit.code import Code, call, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.recurrent import LSTM, RNN, RecurrentLayer
from netspec.layers.tensors.recurrent import Lstm
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


def lstm_of_rows(layer: Lstm, place: Place) -> Code:
    steps, streams, features = layer.sequence(place.site)
    words, (x, *marks) = place.words(place), place.inputs
    inputs, count = integers((features, streams))
    construct = call(place.helper("LSTM"), inputs=inputs, outputs=layer.num_output, streams=count if marks else None)
    module = place.module(construct, "weight_x", "weight_h", "bias", stateful=bool(marks))
    x = words.reshape(replace(x, shape=place.input_shapes[0]), shape=(steps, streams, features))
    if marks:
        cont = words.reshape(replace(marks[0], shape=place.input_shapes[1]), shape=(steps, streams))
        hidden = call(module, x, cont)
    else:
        begin = words.full(shape=(1, streams, layer.num_output), value=0.0)
        hidden = subscript(call(module, x, words.full(shape=(steps, streams), value=1.0), begin, begin), "0")
    return words.reshape(replace(hidden, shape=(steps, streams, layer.num_output)), shape=layer.infer(place.site)[0])


EMITTERS: dict[type[Layer], Emitter] = {LSTM: recurrent, RNN: recurrent, Lstm: lstm_of_rows}
