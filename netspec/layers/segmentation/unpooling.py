"""The inverse of pooling, as DeconvNet has it."""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Layer, LayoutPreference, Positive, Refusal, UInt
from netspec.layers.fit import axes, expect_equal
from netspec.problems.fields import MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, show


class UnpoolMethod(IntEnum):
    MAX = 0
    AVE = 1
    TILE = 2


class Unpooling(Layer):
    """The inverse of MAX pooling: y is 0 but for y[…, mask[i]] = x[i], the second bottom being the mask of a Pooling.

    Shape: N×C×H×W to N×C×unpool_h×unpool_w, or N×C×unpool_size×unpool_size. That has to be what Pooling read, by whose
    elements the mask counts. Other methods, and MAX without a mask, have no meaning here: the program adds the former
    to what was there before. Where a place is named twice in a plane, the last element that names it is there.
    Source: unpooling_layer.cpp of HyeonwooNoh/caffe.
    """

    edition: ClassVar = "deconvnet"
    message: ClassVar = "unpooling_param"
    bottoms: ClassVar = Count(1, 2)
    in_place: ClassVar = False
    ignored: ClassVar = dict.fromkeys(("kernel_size", "kernel_h", "kernel_w", "stride", "stride_h", "stride_w"), UInt)

    unpool: UnpoolMethod = Field(UnpoolMethod.MAX, description="MAX; AVE and TILE have no meaning here")
    unpool_size: Positive | None = Field(None, description="the height and width of the top")
    unpool_h: Positive | None = Field(None, description="the height, with unpool_w")
    unpool_w: Positive | None = Field(None, description="the width, with unpool_h")
    pad: UInt = Field(0, le=0, description="0")
    pad_h: UInt = Field(0, le=0, description="0")
    pad_w: UInt = Field(0, le=0, description="0")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape, *mask = site.bottoms
        for i, bottom in enumerate(site.bottoms):
            if len(bottom) != 4:
                message = f"Unpooling takes N×C×H×W and a mask of that shape, not {show(bottom)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(bottom)))
        if mask:
            message = f"the mask of Unpooling, {show(mask[0])}, needs the shape of what it places, {show(shape)}"
            expect_equal(message, site.bottoms, 1)
        return ((*shape[:2], *self._size()),)

    def _size(self) -> tuple[int, int]:
        pair, names = (self.unpool_h, self.unpool_w), ("unpool_size", "unpool_h", "unpool_w")
        if self.unpool_size is not None and pair == (None, None):
            return self.unpool_size, self.unpool_size
        if self.unpool_size is not None or None in pair:
            message = "Unpooling needs unpool_size, or both unpool_h and unpool_w"
            raise Refusal(MissingField, message, fields=names, help="give the height and width that Pooling read")
        return pair[0] or 1, pair[1] or 1

    def lacks(self, site: CallSite) -> str:
        if self.unpool is not UnpoolMethod.MAX:
            return f"unpooling by {self.unpool.name} adds to what was there before"
        return "" if len(site.bottoms) > 1 else "unpooling without the mask of a Pooling"

    def indices(self, site: CallSite) -> dict[int, Dim]:
        height, width = self._size()
        return {1: height * width}

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST
