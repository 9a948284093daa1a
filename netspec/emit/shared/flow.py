"""Layers of FlowNet 2.0 that sample images."""

from __future__ import annotations

import math

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.flow import Downsample, FillParameter, FlowWarp


def flow_warp(layer: FlowWarp, place: Place) -> Code:
    fill = math.nan if layer.fill_value is FillParameter.NOT_A_NUMBER else None
    return call(place.helper("flow_warp"), *place.inputs, fill=fill)


def downsample(layer: Downsample, place: Place) -> Code:
    (x, *_), output = place.inputs, place.output_shapes[0][place.space]
    if place.input_shapes[0][place.space] == output:
        return x
    height, width = place.sizes(output)
    return call(place.helper("downsample"), x, height=height, width=width)


EMITTERS: dict[type[Layer], Emitter] = {FlowWarp: flow_warp, Downsample: downsample}
