"""Layers that multiply by a matrix, or look up its rows."""

from __future__ import annotations

from math import prod

import numpy as np

from netspec.layers.base import Layer, canonical_axis
from netspec.layers.caffe.linear import Embed, InnerProduct
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def inner_product(layer: InnerProduct, place: Place) -> tuple[Values, ...]:
    (x,), (weight, *bias) = place.inputs, place.params
    kept = x.shape[: canonical_axis(layer.axis, x.shape, "axis")]
    matrix = weight if layer.transpose else weight.T
    y = np.matmul(x.reshape(prod(kept), len(matrix)), matrix).reshape(*kept, layer.num_output)
    return (y + bias[0] if bias else y,)


def embed(layer: Embed, place: Place) -> tuple[Values, ...]:
    (x,), (table, *bias) = place.inputs, place.params
    y = table[x.astype(np.int64)]
    return (y + bias[0] if bias else y,)


MEANINGS: dict[type[Layer], Meaning] = {InnerProduct: inner_product, Embed: embed}
