"""Crop as it was in the first fully convolutional networks."""

from typing import ClassVar

from netspec.arrays import Array, cut
from netspec.layers.base import Count, Formula, Refusal
from netspec.layers.fit import axes
from netspec.problems.shapes import (
    BadDimensions,
    OutOfBounds,
)
from netspec.shapes import show


class AlignedCrop(Formula):
    """A part of the first bottom, as high and wide as the second, where that lies by the layers that made both.

    The V1 layer CROP, which has no fields. From each bottom the first bottoms of layers lead back to a blob that both
    come from; convolutions, poolings and crops on the way say where an element lies, and the two ways have to differ by
    whole elements. So a window's middle lies over its element: one of kernel k and padding p begins (k − 1)/2 − p
    elements farther in. The second bottom gives its shape alone, so no gradient reaches it.
    Shape: N×C of the first bottom, H×W of the second.
    Source: crop_layer.cpp and coords.hpp of longjon's fork, with which fully convolutional networks were first trained.
    """

    edition: ClassVar = "fcn"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    _offset = (0, 0)

    def at(self, offset: tuple[int, int]) -> "AlignedCrop":
        """The layer in a net that says where it crops, vertically and horizontally: no field does."""
        made = self.model_copy()
        object.__setattr__(made, "_offset", offset)
        return made

    @property
    def offset(self) -> tuple[int, int]:
        return self._offset

    def formula(self, x: Array, reference: Array) -> Array:
        for i, shape in enumerate((x.shape, reference.shape)):
            if len(shape) != 4:
                message = f"{self.type_name()} takes N×C×H×W; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        for axis, offset in zip((2, 3), self._offset, strict=True):
            size, has = reference.shape[axis], x.shape[axis]
            if offset + size > has:
                beginning = f" from {offset} on" if offset else ""
                message = f"{self.type_name()} cuts {size} out of {has} on axis {axis}{beginning}"
                raise Refusal(OutOfBounds, message, bottoms={0: "", 1: ""})
            if offset or size != has:
                x = cut(x, axis, offset, offset + size)
        return x


class AutoCrop(AlignedCrop):
    """A part of the first bottom, as high and wide as the second, where that lies by the layers that made both: as
    AlignedCrop.

    Shape: N×C of the first bottom, H×W of the second. Source: auto_crop_layer.cpp of yun-liu/RCF.
    """

    edition: ClassVar = "rcf"
