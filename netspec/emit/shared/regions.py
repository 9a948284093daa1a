"""ROIPooling and PSROIPooling."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.regions import PSROIPooling, ROIPooling


def roi_pooling(layer: ROIPooling, place: Place) -> Code:
    size = place.spelling.row((layer.pooled_h, layer.pooled_w))
    scale = None if layer.spatial_scale == 1 else layer.spatial_scale
    context = layer.pad_ratio or None
    return call(place.helper("roi_pool"), *place.inputs, output_size=size, spatial_scale=scale, pad_ratio=context)


def psroi_pooling(layer: PSROIPooling, place: Place) -> Code:
    return call(
        place.helper("psroi_pool"),
        *place.inputs,
        output_dim=layer.output_dim,
        group_size=layer.group_size,
        spatial_scale=layer.spatial_scale,
    )


EMITTERS: dict[type[Layer], Emitter] = {ROIPooling: roi_pooling, PSROIPooling: psroi_pooling}
