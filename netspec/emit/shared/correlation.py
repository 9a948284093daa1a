"""Correlation of images."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.flow.correlation import Correlation, Correlation1D, CorrelationType


def correlation(layer: Correlation, place: Place) -> Code:
    return _correlation("correlation", layer, place)


def correlation_1d(layer: Correlation1D, place: Place) -> Code:
    return _correlation("correlation_1d", layer, place, first=layer.first, count=layer.displacements())


def _correlation(helper: str, layer: Correlation, place: Place, **displacements: Argument) -> Code:
    return call(
        place.helper(helper),
        *place.inputs,
        kernel_size=layer.kernel_size,
        max_displacement=layer.max_displacement,
        **displacements,
        padding=layer.pad or None,
        stride_1=None if layer.stride_1 == 1 else layer.stride_1,
        stride_2=None if layer.stride_2 == 1 else layer.stride_2,
        subtract=layer.correlation_type is CorrelationType.SUBTRACT or None,
    )


EMITTERS: dict[type[Layer], Emitter] = {Correlation: correlation, Correlation1D: correlation_1d}
