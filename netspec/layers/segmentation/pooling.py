"""Pooling with gaps in its windows. Source: pooling_layer.cpp and .cu of naibaf7/caffe."""

from functools import reduce
from operator import add
from typing import ClassVar

from netspec.arrays import Array, cut, maximum
from netspec.layers import retyped
from netspec.layers.base import CallSite, Field, Formula, Layer, LayoutPreference, Positive
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.window import spread
from netspec.shapes import Shape

WIDEST = 64  # how many elements of an axis a window may have in a formula


class GappedPooling(Pooling):
    """How far the elements of a window are apart."""

    edition: ClassVar = "naibaf7"

    dilation: tuple[Positive, ...] = Field(
        default=(), description="how far elements of a window are apart, once for all spatial axes, or for each"
    )

    def canonical(self) -> Layer:
        return retyped(self, "DilatedPooling") if any(d != 1 for d in self.dilation) else super().canonical()


class DilatedPooling(GappedPooling, Formula):
    """As Pooling, MAX or AVE, of windows whose elements are `dilation` apart.

    A window spans dilation·(kernel − 1) + 1 elements. Shape: as of Pooling. Only a stride of 1 without padding has a
    meaning here. Where several elements are the largest, the gradient is divided among them.
    Source: pooling_layer.cu of naibaf7/caffe, where the type is Pooling.
    """

    def canonical(self) -> Layer:
        return self

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return self.spanning(site).infer(site)

    def spanning(self, site: CallSite) -> Pooling:
        """A Pooling whose windows are as long as these."""
        gaps = self.gaps(site)
        kernel = () if self.global_pooling else self.over_axes("kernel_size", None, len(gaps))
        spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, gaps, strict=False))
        own = self.model_fields_set & Pooling.model_fields.keys() - {"kernel_h", "kernel_w"}
        kept = {name: getattr(self, name) for name in own}
        return Pooling.model_validate({**kept, "kernel_size": spans} if spans else kept)

    def gaps(self, site: CallSite) -> tuple[int, ...]:
        return spread(self.dilation, 1, max(len(site.bottoms[0]) - 2, 0), "dilation")

    def lacks(self, site: CallSite) -> str:
        axes = max(len(site.bottoms[0]) - 2, 0)
        if self.pool not in (PoolMethod.MAX, PoolMethod.AVE) or self.global_pooling or site.tops > 1:
            return "a dilation of windows other than those of MAX and AVE, with one top"
        if any(self.over_axes("pad", 0, axes)) or any(step != 1 for step in self.over_axes("stride", 1, axes)):
            return "a dilation with padding, or with a stride"
        widest = max(self.over_axes("kernel_size", None, axes), default=1)
        return f"windows of {widest} elements with gaps" if widest > WIDEST else ""

    def formula(self, x: Array) -> Array:
        site = CallSite((x.shape,))
        kernel, gaps = self.over_axes("kernel_size", None, x.rank - 2), self.gaps(site)
        for axis, (count, gap) in enumerate(zip(kernel, gaps, strict=True), 2):
            windows = x.shape[axis] - (count - 1) * gap
            parts = [cut(x, axis, i * gap, i * gap + windows) for i in range(count)]
            x = reduce(maximum if self.pool is PoolMethod.MAX else add, parts)
            x = x if self.pool is PoolMethod.MAX else x / count
        return x

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER
