"""LSTM and RNN. Keras's own do not take steps as Caffe does: streams may begin anew at any step."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from netspec.emit.code import Code, binary, call, method, subscript
from netspec.emit.parts import Module, Statement
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.recurrent import LSTM, RNN, RecurrentLayer
from netspec.layers.tensors.recurrent import Lstm
from netspec.shapes import Dim, Shape
from netspec_tensorflow.arguments import sizes
from netspec_tensorflow.names import graph_name
from netspec_tensorflow.words import reshaped


def lstm(layer: LSTM, place: Place) -> tuple[Code, ...]:
    return _steps(layer, place, "lstm_steps")


def rnn(layer: RNN, place: Place) -> tuple[Code, ...]:
    hidden, *last = _steps(layer, place, "rnn_steps")
    weight, bias = _parameter(place, "weight_o"), place.parameter(_index(place, "bias_o"))
    return (call("tf.tanh", binary("+", call("tf.matmul", hidden, weight), bias)), *last)


def _steps(layer: RecurrentLayer, place: Place, helper: str) -> tuple[Code, ...]:
    """The hidden state after each step, T×N×H, and with `expose_hidden` the last state of each kind, 1×N×H."""
    site, (x, cont, *rest) = place.site, place.inputs
    gates = binary("+", _product(place, x, 0, 2, "weight_x"), place.parameter(_index(place, "bias")))
    if layer.has_static_input(site):
        # With its own axis of steps: TensorFlow 2.21 with oneDNN, as a graph, else gives a sum of one step its shape.
        static = subscript(_product(place, rest.pop(0), 2, 1, "weight_static"), "tf.newaxis")
        gates = binary("+", gates, static)
    gates = place.let("gates", gates)
    first = [call("tf.stop_gradient", subscript(state, "0")) for state in rest] or _kept(
        layer, place, place.input_shapes[0][1]
    )
    results = call(place.helper(helper), gates, cont, _parameter(place, "weight_h"), *first)
    hidden, *last = (Code(place.fresh(name)) for name in ("hidden", *(f"last_{state}" for state in layer.states)))
    place.gathered.statements.append(Statement(", ".join(code.text for code in (hidden, *last)), results))
    if layer.expose_hidden:
        return (hidden, *(call("tf.stop_gradient", subscript(state, "tf.newaxis")) for state in last))
    for variable, state in zip(first, last, strict=True):
        place.gathered.statements.append(Statement("", method(variable, "assign", state)))
    return (hidden,)


def lstm_of_rows(layer: Lstm, place: Place) -> Code:
    steps, streams, features = layer.sequence(place.site)
    words, (x, *marks) = place.words(place), place.inputs
    x = words.reshape(replace(x, shape=place.input_shapes[0]), shape=(steps, streams, features))
    gates = binary("+", call("tf.matmul", x, _parameter(place, "weight_x")), place.parameter(_index(place, "bias")))
    gates = place.let("gates", gates)
    if marks:
        cont = words.reshape(replace(marks[0], shape=place.input_shapes[1]), shape=(steps, streams))
        first = _kept(layer, place, streams)
    else:
        cont = words.full(shape=(steps, streams), value=1.0)
        first = [words.full(shape=(streams, layer.num_output), value=0.0)] * 2
    results = call(place.helper("lstm_steps"), gates, cont, _parameter(place, "weight_h"), *first)
    hidden, *last = (Code(place.fresh(name)) for name in ("hidden", *(f"last_{state}" for state in layer.states)))
    place.gathered.statements.append(Statement(", ".join(code.text for code in (hidden, *last)), results))
    for variable, state in zip(first if marks else (), last, strict=False):
        place.gathered.statements.append(Statement("", method(variable, "assign", state)))
    return words.reshape(replace(hidden, shape=(steps, streams, layer.num_output)), shape=layer.infer(place.site)[0])


def _product(place: Place, x: Code, bottom: int, axis: int, weight: str) -> Code:
    """x, its axes from `axis` on taken as one, times a weight."""
    shape = place.input_shapes[bottom]
    if len(shape) != axis + 1:
        flat: Shape = (*shape[:axis], prod(sizes(shape[axis:])))
        x = reshaped(x, shape, flat, place)
    return call("tf.matmul", x, _parameter(place, weight))


def _kept(layer: RecurrentLayer | Lstm, place: Place, sequences: Dim) -> list[Code]:
    """Variables that hold the state from one forward pass to the next; they begin as 0."""
    (streams,) = sizes((sequences,))
    variables: list[Code] = []
    for state in layer.states:
        name = place.members.fresh(f"{place.node.name}_{state}")
        zeros = call("tf.zeros", [streams, layer.num_output], Code("dtype"))
        place.gathered.members.append(Module(name, call("tf.Variable", zeros, trainable=False, name=graph_name(name))))
        variables.append(Code(f"self.{name}"))
    return variables


def _parameter(place: Place, name: str) -> Code:
    """A weight, kept as inputs × outputs."""
    return place.parameter(_index(place, name), (1, 0))


def _index(place: Place, name: str) -> int:
    return next(i for i, param in enumerate(place.node.blobs) if param.blob.name == name)


EMITTERS: dict[type[Layer], Emitter] = {LSTM: lstm, RNN: rnn, Lstm: lstm_of_rows}
