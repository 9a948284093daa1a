"""Layers that pick items of blobs."""

from __future__ import annotations

from netspec.layers.base import Layer
from netspec.layers.caffe.merge import Filter
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def filter_(layer: Filter, place: Place) -> tuple[Values, ...]:
    *xs, selector = place.inputs
    chosen = selector.reshape(-1) != 0
    return tuple(x[chosen] for x in xs)


MEANINGS: dict[type[Layer], Meaning] = {Filter: filter_}
