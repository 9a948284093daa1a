"""Upsampling by a mask."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.segmentation.resize import SegNetUpsample
from netspec.layers.segmentation.unpooling import Unpooling


def unpool(layer: SegNetUpsample | Unpooling, place: Place) -> Code:
    height, width = place.sizes(place.output_shapes[0][place.space])
    return call(place.helper("unpool"), *place.inputs, height=height, width=width)


EMITTERS: dict[type[Layer], Emitter] = {SegNetUpsample: unpool, Unpooling: unpool}
