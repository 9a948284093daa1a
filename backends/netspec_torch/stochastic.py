"""Activations that draw something by chance for every element."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call, method
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.neurons.stochastic import RReLU, SeLuDropout


def rrelu(layer: RReLU, place: Place) -> Code:
    (x,) = place.inputs
    if not layer.random(place.site):
        return call("F.leaky_relu", x, 1 / layer.divisor())
    divisor = method(call("torch.empty_like", x), "uniform_", layer.lb, layer.ub)
    return call("torch.where", binary(">", x, 0), x, binary("/", x, divisor))


def selu_dropout(layer: SeLuDropout, place: Place) -> Code:
    (x,) = place.inputs
    if not layer.random(place.site):
        return x
    dropped = binary("<", call("torch.rand_like", x), layer.dropout_ratio)
    mixed = call("torch.where", dropped, layer.alpha, x)
    return binary("+", binary("*", layer.factor(), mixed), -layer.factor() * layer.dropout_ratio * layer.alpha)


EMITTERS: dict[type[Layer], Emitter] = {RReLU: rrelu, SeLuDropout: selu_dropout}
