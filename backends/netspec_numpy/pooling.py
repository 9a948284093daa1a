"""Pooling, and pyramids of it: window by window, on any number of spatial axes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.pooling import SPP, Pooling, PoolMethod
from netspec.layers.tensors.pooling import InsideMethod
from netspec.layers.video.pooling import NdPooling, Pooling3D
from netspec.layers.window import Windows
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def pooling(layer: Pooling, place: Place) -> tuple[Values, ...]:
    return _pool(layer.pool, layer.geometry(place.site), place)[: place.site.tops]


def spp(layer: SPP, place: Place) -> tuple[Values, ...]:
    levels = [_pool(layer.pool, windows, place)[0] for windows in layer.levels(place.site) or ()]
    if len(levels) == 1:
        return (levels[0],)
    return (np.concatenate([level.reshape(len(level), prod(level.shape[1:])) for level in levels], 1),)


def _pool(method: PoolMethod | InsideMethod, windows: Windows, place: Place) -> tuple[Values, ...]:
    """The pooled values, and of MAX the mask, too."""
    match method:
        case PoolMethod.MAX:
            return _max(place.inputs[0], windows)
        case PoolMethod.AVE:
            return (_mean(place.inputs[0], windows),)
        case InsideMethod():
            return (_mean_inside(place.inputs[0], windows),)
        case PoolMethod.STOCHASTIC if place.phase is Phase.TEST:
            return (_expected(place.inputs[0], windows),)
        case PoolMethod.STOCHASTIC:
            return (_drawn(place.inputs[0], windows, place.random),)


def _max(x: Values, windows: Windows) -> tuple[Values, Values]:
    """The first of the largest elements; a NaN never is, and neither is the lowest number, with which Caffe begins."""
    lowest = np.finfo(x.dtype).min
    y = np.full(_shape(x, windows), lowest, x.dtype)
    mask = np.full_like(y, -1)
    plane = np.arange(prod(x.shape[2:])).reshape(x.shape[2:])
    for position, within in _windows(x, windows):
        if indices := plane[within].size:
            seen = x[(..., *within)].reshape(*x.shape[:2], indices)
            above = np.where(seen > lowest, seen, lowest)
            first, largest = np.argmax(above, -1), np.max(above, -1)
            y[(..., *position)] = largest
            mask[(..., *position)] = np.where(largest > lowest, plane[within].reshape(indices)[first], -1)
    return y, mask


def _mean(x: Values, windows: Windows) -> Values:
    """The sum over what lies in the input, by the size of the window up to the end of the padding."""
    y = np.empty(_shape(x, windows), x.dtype)
    for position, within in _windows(x, windows):
        begins = [i * stride - pad for i, stride, pad in zip(position, windows.stride, windows.pad, strict=True)]
        axes = zip(begins, integers(windows.kernel) or (), x.shape[2:], windows.behind, strict=True)
        count = prod(min(begin + kernel, size + pad) - begin for begin, kernel, size, pad in axes)
        y[(..., *position)] = np.sum(x[(..., *within)], _spatial(x)) / np.asarray(count, x.dtype)
    return y


def _mean_inside(x: Values, windows: Windows) -> Values:
    """The mean of what lies in the input."""
    y = np.empty(_shape(x, windows), x.dtype)
    for position, within in _windows(x, windows):
        y[(..., *position)] = np.mean(x[(..., *within)], _spatial(x))
    return y


def _expected(x: Values, windows: Windows) -> Values:
    """What drawing gives on average: Σ x² / Σ x."""
    y = np.zeros(_shape(x, windows), x.dtype)
    for position, within in _windows(x, windows):
        seen = x[(..., *within)]
        total, squares = np.sum(seen, _spatial(x)), np.sum(seen * seen, _spatial(x))
        y[(..., *position)] = np.where(total > 0, squares / total, 0)
    return y


def _drawn(x: Values, windows: Windows, random: np.random.Generator) -> Values:
    """The first element at which the running sum reaches a random share of the whole."""
    y = np.zeros(_shape(x, windows), x.dtype)
    for position, within in _windows(x, windows):
        seen = x[(..., *within)]
        if seen.size:
            flat = seen.reshape(*seen.shape[:2], prod(seen.shape[2:]))
            running = np.cumsum(flat, -1)
            reached = running >= random.random((*seen.shape[:2], 1)) * running[..., -1:]
            y[(..., *position)] = np.take_along_axis(flat, np.argmax(reached, -1)[..., np.newaxis], -1)[..., 0]
    return y


def _windows(x: Values, windows: Windows) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Every position of the output, and where its window lies in the input, without what is beyond that."""
    for position in np.ndindex(*integers(windows.output) or ()):
        axes = zip(position, windows.stride, windows.pad, integers(windows.kernel) or (), x.shape[2:], strict=True)
        bounds = [(i * stride - pad, kernel, size) for i, stride, pad, kernel, size in axes]
        yield position, tuple(slice(max(begin, 0), min(begin + kernel, size)) for begin, kernel, size in bounds)


def _shape(x: Values, windows: Windows) -> tuple[int, ...]:
    return (*x.shape[:2], *(integers(windows.output) or ()))


def _spatial(x: Values) -> tuple[int, ...]:
    return tuple(range(2, x.ndim))


MEANINGS: dict[type[Layer], Meaning] = {Pooling: pooling, NdPooling: pooling, Pooling3D: pooling, SPP: spp}
