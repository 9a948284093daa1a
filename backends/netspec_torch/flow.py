"""Accum."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.flow import Accum


def accum(layer: Accum, place: Place) -> Code:
    output = place.output_shapes[0][2:]
    parts: list[Code] = []
    for x, shape in list(zip(place.inputs, place.input_shapes, strict=True))[: -1 if layer.have_reference else None]:
        if shape[2:] != output:
            x = call("F.interpolate", x, size=place.sizes(output), mode="bilinear", align_corners=True)
            x = place.let("sampled", x) if len(place.inputs) > 1 else x
        parts.append(x)
    return call("torch.cat", parts, 1) if len(parts) > 1 else parts[0]


EMITTERS: dict[type[Layer], Emitter] = {Accum: accum}
