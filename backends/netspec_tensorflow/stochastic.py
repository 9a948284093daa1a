"""Activations that draw something by chance for every element."""

from __future__ import annotations

from netspec.emit.code import Code, attribute, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.neurons.stochastic import RReLU, SeLuDropout


def rrelu(layer: RReLU, place: Place) -> Code:
    (x,) = place.inputs
    if not layer.random(place.site):
        return call("tf.where", binary(">", x, 0), x, binary("/", x, layer.divisor()))
    return call("tf.where", binary(">", x, 0), x, binary("/", x, _uniform(x, layer.lb, layer.ub)))


def selu_dropout(layer: SeLuDropout, place: Place) -> Code:
    (x,) = place.inputs
    if not layer.random(place.site):
        return x
    dropped = binary("<", _uniform(x, 0.0, 1.0), layer.dropout_ratio)
    mixed = call("tf.where", dropped, call("tf.constant", layer.alpha, dtype=attribute(x, "dtype")), x)
    return binary("+", binary("*", layer.factor(), mixed), -layer.factor() * layer.dropout_ratio * layer.alpha)


def _uniform(x: Code, low: float, high: float) -> Code:
    return call("tf.random.uniform", call("tf.shape", x), low, high, dtype=attribute(x, "dtype"))


EMITTERS: dict[type[Layer], Emitter] = {RReLU: rrelu, SeLuDropout: selu_dropout}
