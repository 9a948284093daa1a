"""Accum."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.flow import Accum
from netspec.net import Layout
from netspec_tensorflow.arguments import sizes


def accum(layer: Accum, place: Place) -> Code:
    last = place.layout is Layout.CHANNELS_LAST
    axes, channels = ((1, 2), 3) if last else ((2, 3), 1)
    output = sizes(tuple(place.output_shapes[0][axis] for axis in axes))
    parts: list[Code] = []
    for x, shape in list(zip(place.inputs, place.input_shapes, strict=True))[: -1 if layer.have_reference else None]:
        for axis, before, after in zip(axes, sizes(tuple(shape[axis] for axis in axes)), output, strict=True):
            if before != after:
                step = (before - 1) / (after - 1)
                x = place.let("sampled", call(place.helper("linear"), x, axis=axis, size=after, scale=step))
        parts.append(x)
    return call("tf.concat", parts, channels) if len(parts) > 1 else parts[0]


EMITTERS: dict[type[Layer], Emitter] = {Accum: accum}
