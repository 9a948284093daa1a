"""Activations that draw something by chance for every element."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.neurons.stochastic import RReLU, SeLuDropout
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def rrelu(layer: RReLU, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    chance = layer.random(place.site)
    return (np.where(x > 0, x, x / (place.random.uniform(layer.lb, layer.ub, x.shape) if chance else layer.divisor())),)


def selu_dropout(layer: SeLuDropout, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    if not layer.random(place.site):
        return (x,)
    mixed = np.where(place.random.random(x.shape) < layer.dropout_ratio, layer.alpha, x)
    return (layer.factor() * (mixed - layer.dropout_ratio * layer.alpha),)


MEANINGS: dict[type[Layer], Meaning] = {RReLU: rrelu, SeLuDropout: selu_dropout}
