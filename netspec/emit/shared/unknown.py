"""Layers of types that netspec does not know, as sub-modules of classes to be filled in."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.unknown import Unknown


def unknown(layer: Unknown, place: Place) -> Code:
    stub = place.gathered.stub(layer.class_name, place.members.reserved)
    construct = stub.add(place.node, place.input_shapes, place.output_shapes, layer.values, place.spelling.precision)
    blobs = (param.blob.name for param in place.node.blobs)
    return call(place.module(construct, *blobs, stateful=True), *place.inputs)


EMITTERS: dict[type[Layer], Emitter] = {Unknown: unknown}
