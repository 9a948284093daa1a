"""Correlation of images."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.correlation import Correlation, Correlation1D, CorrelationType


def correlation(layer: Correlation, place: Place) -> Code:
    return call(
        place.helper("correlation"),
        *place.inputs,
        layer.kernel_size,
        layer.max_displacement,
        padding=layer.pad or None,
        stride=None if layer.stride_1 == 1 else layer.stride_1,
        step=None if layer.stride_2 == 1 else layer.stride_2,
        subtract=layer.correlation_type is CorrelationType.SUBTRACT or None,
    )


def correlation_1d(layer: Correlation1D, place: Place) -> Code:
    return call(
        place.helper("correlation_1d"),
        *place.inputs,
        layer.kernel_size,
        layer.max_displacement,
        layer.first,
        layer.displacements(),
        padding=layer.pad or None,
        stride=None if layer.stride_1 == 1 else layer.stride_1,
        step=None if layer.stride_2 == 1 else layer.stride_2,
        subtract=layer.correlation_type is CorrelationType.SUBTRACT or None,
    )


EMITTERS: dict[type[Layer], Emitter] = {Correlation: correlation, Correlation1D: correlation_1d}
