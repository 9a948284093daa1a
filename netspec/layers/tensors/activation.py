"""Activations of Synopsys' fork that Caffe has in part. Source: relu_layer.cpp of Synopsys' caffe."""

from typing import ClassVar

from netspec.arrays import Array, maximum, minimum, relu6
from netspec.layers.base import Field
from netspec.layers.caffe.activation import ReLU


class BoundedReLU(ReLU):
    """Bounds of the result."""

    edition: ClassVar = "synopsys"

    relu6: bool = Field(default=False, description="y is at most 6")
    maximum: float = Field(default=0.0, description="y is at most this, if above 0")
    minimum: float = Field(default=0.0, description="y is at least this, if not 0")

    def formula(self, x: Array) -> Array:
        y = super().formula(x)
        if self.relu6 and not (self.negative_slope or 0 < self.maximum < 6):
            y = relu6(x)
        elif self.relu6 or self.maximum > 0:
            y = minimum(y, min(([6.0] if self.relu6 else []) + ([self.maximum] if self.maximum > 0 else [])))
        return maximum(y, self.minimum) if self.minimum else y
