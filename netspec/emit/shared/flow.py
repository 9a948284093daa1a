"""FlowWarp."""

from __future__ import annotations

import math

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.flow import FillParameter, FlowWarp


def flow_warp(layer: FlowWarp, place: Place) -> Code:
    fill = math.nan if layer.fill_value is FillParameter.NOT_A_NUMBER else None
    return call(place.helper("flow_warp"), *place.inputs, fill=fill)


EMITTERS: dict[type[Layer], Emitter] = {FlowWarp: flow_warp}
