"""Filter."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.merge import Filter


def filter_(layer: Filter, place: Place) -> tuple[Code, ...]:
    *xs, selector = place.inputs
    flat = selector if len(place.input_shapes[-1]) == 1 else call("tf.reshape", selector, [-1])
    kept = place.let("kept", call("tf.not_equal", flat, 0.0))
    return tuple(call("tf.boolean_mask", x, kept) for x in xs)


EMITTERS: dict[type[Layer], Emitter] = {Filter: filter_}
