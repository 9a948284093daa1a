"""Layers that bring blobs together, take them apart, or pick items of them."""

from __future__ import annotations

from netspec.emit.code import Code, binary, method, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.merge import Filter


def filter_(layer: Filter, place: Place) -> tuple[Code, ...]:
    *xs, selector = place.inputs
    row = selector if len(place.input_shapes[-1]) == 1 else method(selector, "flatten")
    chosen = place.let("chosen", binary("!=", row, 0))
    return tuple(subscript(x, chosen) for x in xs)


EMITTERS: dict[type[Layer], Emitter] = {Filter: filter_}
