"""Crop as it was in the first fully convolutional networks."""

from __future__ import annotations

from typing import ClassVar

from netspec.layers.base import CallSite, Count, Layer, Refusal
from netspec.layers.fit import axes
from netspec.problems.shapes import (
    BadDimensions,
    OutOfBounds,
)
from netspec.shapes import Shape, show


class AlignedCrop(Layer):
    """A part of the first bottom, as high and wide as the second, where that lies by the layers that made both.

    The V1 layer CROP, which has no fields. Shape: N×C of the first bottom, H×W of the second.
    Source: nets of longjon's fork, with which fully convolutional networks were first trained. Its crop_layer.cpp was
    not at hand, so that nothing is said of the offset.
    """

    edition: ClassVar = "fcn"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False
    unsupported: ClassVar = "its offset follows from the layers before it; write a Crop with an offset instead"

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"AlignedCrop takes N×C×H×W; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        x, reference = site.bottoms
        for axis in (2, 3):
            if reference[axis] > x[axis]:
                message = f"AlignedCrop cuts {reference[axis]} out of {x[axis]} on axis {axis}"
                raise Refusal(OutOfBounds, message, bottoms={0: "", 1: ""})
        return ((*x[:2], *reference[2:]),)
