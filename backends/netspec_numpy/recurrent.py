"""LSTM and RNN, step by step."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.caffe.recurrent import LSTM, RNN, RecurrentLayer
from netspec.layers.tensors.recurrent import Lstm
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import WORDS, Values


def lstm(layer: LSTM, place: Place) -> tuple[Values, ...]:
    inputs, weights = _inputs(layer, place), _weights(layer, place)
    h, c = _begin(layer, place)
    steps: list[Values] = []
    for x, keep in zip(inputs, place.inputs[1], strict=True):
        cont = keep[:, np.newaxis]
        z = x + np.matmul(cont * h, weights["weight_h"].T)
        i, f, o = (WORDS.sigmoid(gate) for gate in np.split(z, 4, 1)[:3])
        g = np.tanh(np.split(z, 4, 1)[3])
        c = cont * f * c + i * g
        h = o * np.tanh(c)
        steps.append(h)
    return (np.stack(steps), *_end(layer, place, (h, c)))


def rnn(layer: RNN, place: Place) -> tuple[Values, ...]:
    inputs, weights = _inputs(layer, place), _weights(layer, place)
    (h,) = _begin(layer, place)
    steps: list[Values] = []
    for x, keep in zip(inputs, place.inputs[1], strict=True):
        h = np.tanh(x + np.matmul(keep[:, np.newaxis] * h, weights["weight_h"].T))
        steps.append(np.tanh(np.matmul(h, weights["weight_o"].T) + weights["bias_o"]))
    return (np.stack(steps), *_end(layer, place, (h,)))


def lstm_of_rows(layer: Lstm, place: Place) -> tuple[Values, ...]:
    (weight_x, weight_h, bias), (x, *marks) = place.params, place.inputs
    count = x.shape[1] if layer.in_steps(place.site) else layer.batch_size
    rows: Values = x.reshape(-1, count, weight_x.shape[1])
    keep: Values = marks[0].reshape(rows.shape[:2]) if marks else np.ones(rows.shape[:2], x.dtype)
    memory: dict[str, Values] = place.memory if marks else {}
    h, c = (memory.get(name, np.zeros((count, layer.num_output), x.dtype)) for name in layer.states)
    found: list[Values] = []
    for step, cont in zip(rows, keep[..., np.newaxis], strict=True):
        z = np.matmul(step, weight_x.T) + np.matmul(cont * h, weight_h.T) + bias
        i, f, o = (WORDS.sigmoid(gate) for gate in np.split(z, 4, 1)[:3])
        c = f * (cont * c) + i * np.tanh(np.split(z, 4, 1)[3])
        h = o * np.tanh(c)
        found.append(h)
    memory.update(h=h, c=c)
    y = np.stack(found)
    return (y if layer.in_steps(place.site) else y.reshape(-1, layer.num_output),)


def _weights(layer: RecurrentLayer, place: Place) -> dict[str, Values]:
    return {blob.name: value for blob, value in zip(layer.blobs(place.site), place.params, strict=True)}


def _inputs(layer: RecurrentLayer, place: Place) -> list[Values]:
    """What the inputs add in each step: from x, N×…, and from what is the same in all of them."""
    weights, constant = _weights(layer, place), 0.0
    if layer.has_static_input(place.site):
        static = place.inputs[2]
        constant = np.matmul(static.reshape(len(static), -1), weights["weight_static"].T)
    return [
        np.matmul(x.reshape(len(x), -1), weights["weight_x"].T) + weights["bias"] + constant for x in place.inputs[0]
    ]


def _begin(layer: RecurrentLayer, place: Place) -> tuple[Values, ...]:
    """The first state: as given, or as the last forward pass left it, or 0."""
    if layer.expose_hidden:
        return tuple(state[0] for state in place.inputs[layer.first_state(place.site) :])
    x = place.inputs[0]
    zero = np.zeros((x.shape[1], layer.num_output), x.dtype)
    return tuple(place.memory.get(name, zero) for name in layer.states)


def _end(layer: RecurrentLayer, place: Place, states: tuple[Values, ...]) -> tuple[Values, ...]:
    """The tops beside the output: the last state, if it is exposed; else it is kept for the next pass."""
    if layer.expose_hidden:
        return tuple(state[np.newaxis] for state in states)
    place.memory.update(zip(layer.states, states, strict=True))
    return ()


MEANINGS: dict[type[Layer], Meaning] = {LSTM: lstm, RNN: rnn, Lstm: lstm_of_rows}
