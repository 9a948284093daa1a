"""How parameters begin: Caffe's fillers (filler.hpp)."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, cos, pi, prod, sin, sqrt
from typing import TypeAlias

import numpy as np

from netspec.layers.base import FillerParameter
from netspec.layers.gabor import waves
from netspec.layers.message import VarianceNorm
from netspec_numpy.words import Values

Shape: TypeAlias = tuple[int, ...]
Random: TypeAlias = np.random.Generator


def _constant(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    return np.full(shape, filler.value)


def _uniform(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    return random.uniform(filler.min, filler.max, shape)


def _gaussian(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values = random.normal(filler.mean, filler.std, shape)
    return values if filler.sparse < 0 else values * (random.random(shape) < filler.sparse / (*shape, 1)[0])


def _positive_unitball(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values = random.random(shape)
    return values / np.sum(values, tuple(range(1, len(shape))), keepdims=True)


def _gaussian_unitball(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values = random.normal(0, 1, shape)
    return values / np.sqrt(np.sum(values**2, tuple(range(1, len(shape))), keepdims=True) + 1e-12)


def _identity(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values: Values = np.zeros(prod(shape))
    for i in range(shape[0]):
        values[i * shape[1] + i] = 1
    return values.reshape(shape)


def _xavier(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    bound = sqrt(3 / _fan(filler, shape))
    return random.uniform(-bound, bound, shape)


def _msra(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    return random.normal(0, sqrt(2 / _fan(filler, shape) / (1 + filler.alpha * filler.alpha)), shape)


def _bilinear(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    size = shape[-1]
    f = ceil(size / 2)
    c = (size - 1) / (2 * f)
    ramp = 1 - np.abs(np.arange(size) / f - c)
    return np.broadcast_to(np.outer(ramp, ramp), shape)


def _radial(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values = _xavier(filler, shape, random)
    mid = shape[-1] // 2
    for at in np.ndindex(shape[2:]):
        source = sorted((mid + abs(i - mid) for i in at), reverse=True)
        for kernels in values[: int(shape[0] * filler.symmetric_fraction)]:
            kernels[(slice(None), *at)] = kernels[(slice(None), *source)]
    return values


def _diagonal(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    values = np.zeros((*shape, 1, 1)[: max(2, len(shape))])
    for i in range(min(values.shape[:2])):
        values[i, i] = (*filler.diag_val[i : i + 1], 1)[0] / prod(shape[2:])
    return values.reshape(shape)


def _gabor(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    place: Values = np.linspace(-1, 1, shape[-1])
    bell: Values = -(place[:, np.newaxis] ** 2 + place**2) / 2
    values: Values = np.empty(shape)
    for kernel, wave in zip(values, waves(shape[0], shape[-1]), strict=True):
        angle = pi * wave.turn
        along = place * cos(angle) - place[:, np.newaxis] * sin(angle)
        kernel[:] = np.exp(bell / wave.sigma**2) * np.cos(pi * (wave.frequency * along + wave.phase))
        kernel *= np.reshape(wave.colour, (3, 1, 1))
    return values


def _values(filler: FillerParameter, shape: Shape, random: Random) -> Values:
    return np.reshape(filler.values, shape)


def _fan(filler: FillerParameter, shape: Shape) -> float:
    """How many inputs an output has, or how many outputs an input, or the mean of both."""
    fan_in, fan_out = prod(shape) / (*shape, 1)[0], prod(shape) / (*shape, 1, 1)[1]
    match filler.variance_norm:
        case VarianceNorm.FAN_IN:
            return fan_in
        case VarianceNorm.FAN_OUT:
            return fan_out
        case VarianceNorm.AVERAGE:
            return (fan_in + fan_out) / 2


FILLERS: dict[str, Callable[[FillerParameter, Shape, Random], Values]] = {
    "constant": _constant,
    "uniform": _uniform,
    "gaussian": _gaussian,
    "positive_unitball": _positive_unitball,
    "xavier": _xavier,
    "msra": _msra,
    "bilinear": _bilinear,
    "radial": _radial,
    "diagonal": _diagonal,
    "gabor": _gabor,
    "gaussian_unitball": _gaussian_unitball,
    "identity": _identity,
    "values": _values,
}
