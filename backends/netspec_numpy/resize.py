"""Layers that give an image another height and width, as a product with a matrix for each axis."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.segmentation.cascade import MaskResize
from netspec.layers.segmentation.resize import (
    Interp,
    Method,
    NearestUpsample,
    Resample,
    Resize,
    Sampling,
    SegNetUpsample,
)
from netspec.layers.segmentation.unpooling import Unpooling
from netspec.layers.tensors.tensorflow_resize import ResizeBilinear, ResizeNearestNeighbor
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def resize(layer: Resize, place: Place) -> tuple[Values, ...]:
    y = place.inputs[0]
    for axis, sampling in zip(layer.space(), layer.samplings(place.site), strict=True):
        matrix = np.array(_matrix(sampling, layer.method(), y.shape[axis]))
        y = np.moveaxis(np.tensordot(matrix, y, (1, axis)), 0, axis)
    return (np.ascontiguousarray(y),)


def _matrix(sampling: Sampling, method: Method, columns: int) -> list[list[float]]:
    """What each element of the input counts for each of the output."""
    rows: list[list[float]] = []
    for i in range(sampling.output):
        at = sampling.scale * i + sampling.shift
        if method is Method.NEAREST:
            taken = min(max(math.floor(at), 0), sampling.size - 1)
            weights = [Fraction(j == taken) for j in range(sampling.size)]
        else:
            weights = [_weight(abs(at - j) * sampling.sharpness, method) for j in range(sampling.size)]
        total = sum(weights)
        row = [0.0] * columns
        row[sampling.begin : sampling.begin + sampling.size] = [float(w / total) if total else 0.0 for w in weights]
        rows.append(row)
    return rows


def _weight(away: Fraction, method: Method) -> Fraction:
    if method is Method.LINEAR:
        return max(1 - away, Fraction(0))
    if away <= 1:
        return away * away * (Fraction(3, 2) * away - Fraction(5, 2)) + 1
    return away * (away * (Fraction(5, 2) - away / 2) - 4) + 2 if away < 2 else Fraction(0)


def unpool(layer: SegNetUpsample | Unpooling, place: Place) -> tuple[Values, ...]:
    x, mask = place.inputs
    shape = integers(layer.infer(place.site)[0]) or ()
    y = np.zeros((*x.shape[:2], math.prod(shape[2:])), x.dtype)
    for n, c in np.ndindex(*x.shape[:2]):
        for value, index in zip(x[n, c].flat, mask[n, c].flat, strict=True):
            y[n, c, int(index)] = value
    return (y.reshape(shape),)


MEANINGS: dict[type[Layer], Meaning] = {
    Interp: resize,
    MaskResize: resize,
    NearestUpsample: resize,
    Resample: resize,
    ResizeBilinear: resize,
    ResizeNearestNeighbor: resize,
    SegNetUpsample: unpool,
    Unpooling: unpool,
}
