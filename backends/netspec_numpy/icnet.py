"""ICNetSubgraph: window by window, then element by element."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.segmentation.icnet import LEVELS, ICNetSubgraph
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def pyramid(layer: ICNetSubgraph, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    y = x.copy()
    for kernel, stride in LEVELS:
        rows, columns = (_means(x.shape[axis], kernel[axis - 2], stride[axis - 2]) for axis in (2, 3))
        y += np.einsum("hy,ncyx,wx->nchw", rows, x, columns)
    return (y,)


def _means(size: int, kernel: int, stride: int) -> Values:
    """What each element of an axis counts for each of its output."""
    count = -((kernel - size) // stride) + 1
    windows = np.zeros((count, size))
    for i in range(count):
        inside = windows[i, i * stride : i * stride + kernel]
        inside[:] = 1 / len(inside)
    places = np.linspace(0, count - 1, size) if size > 1 else np.zeros(1)
    between = np.array([[max(0.0, 1 - abs(place - i)) for i in range(count)] for place in places])
    return between @ windows


MEANINGS: dict[type[Layer], Meaning] = {ICNetSubgraph: pyramid}
