"""Products with weights that are bounded, or of length 1. Source: layers of happynear's caffe-windows."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netspec.arrays import Array, maximum, minimum, stop_gradient
from netspec.layers import retyped
from netspec.layers.base import Layer
from netspec.layers.caffe.linear import InnerProduct, Scale


class NormalizedInnerProduct(InnerProduct):
    """Whether it is a CosineInnerProduct."""

    edition: ClassVar = "happynear"

    normalize: bool = Field(default=False, description="the weights of each output have length 1")

    def canonical(self) -> Layer:
        return retyped(self, "CosineInnerProduct") if self.normalize else super().canonical()


class BoundedScale(Scale):
    """The weight counts as the nearest number between two; its gradient is as without them.

    The fork also writes that number back, which gives the same y.
    """

    edition: ClassVar = "happynear"

    min_value: float | None = Field(default=None, description="the least weight")
    max_value: float | None = Field(default=None, description="the largest weight")

    def factor(self, weight: Array) -> Array:
        low, high = self.min_value, self.max_value
        if low is None and high is None:
            return weight
        kept = weight if low is None else maximum(weight, low)
        kept = kept if high is None else minimum(kept, high)
        return weight + stop_gradient(kept - weight)
