"""Correlation of images: place by place, displacement by displacement."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.flow.correlation import Correlation, Correlation1D, CorrelationType
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def correlation(layer: Correlation, place: Place) -> tuple[Values, ...]:
    around = [(0, 0), (0, 0), (layer.pad, layer.pad), (layer.pad, layer.pad)]
    first, second = (np.pad(x, around) for x in place.inputs)
    y = np.empty(integers(layer.infer(place.site)[0]) or (), first.dtype)
    k, side = layer.kernel_size, 2 * layer.steps + 1
    for d, row, column in np.ndindex(*y.shape[1:]):
        top, left = (i * layer.stride_1 + layer.max_displacement for i in (row, column))
        down, right = ((i - layer.steps) * layer.stride_2 for i in divmod(d, side))
        a = first[:, :, top : top + k, left : left + k]
        b = second[:, :, top + down : top + down + k, left + right : left + right + k]
        values = np.abs(a - b) if layer.correlation_type is CorrelationType.SUBTRACT else a * b
        y[:, d, row, column] = np.mean(values, (1, 2, 3))
    return (y,)


def correlation_1d(layer: Correlation1D, place: Place) -> tuple[Values, ...]:
    more = layer.pad + layer.beyond
    first = np.pad(place.inputs[0], [(0, 0), (0, 0), (0, 0), (layer.pad, layer.pad)])
    second = np.pad(place.inputs[1], [(0, 0), (0, 0), (0, 0), (more, layer.pad)])
    y = np.empty(integers(layer.infer(place.site)[0]) or (), first.dtype)
    k = layer.kernel_size
    for d, row, column in np.ndindex(*y.shape[1:]):
        top, left = row * layer.stride_1, column * layer.stride_1 + layer.max_displacement
        right = left + layer.beyond + (layer.first + d) * layer.stride_2
        a = first[:, :, top : top + k, left : left + k]
        b = second[:, :, top : top + k, right : right + k]
        values = np.abs(a - b) if layer.correlation_type is CorrelationType.SUBTRACT else a * b
        y[:, d, row, column] = np.mean(values, (1, 2, 3))
    return (y,)


MEANINGS: dict[type[Layer], Meaning] = {Correlation: correlation, Correlation1D: correlation_1d}
