"""Pooling as intel's fork has it. Source: pooling_layer.cpp of intel/caffe."""

from typing import ClassVar

from netspec.layers.base import Field, Layer
from netspec.layers.caffe.pooling import Pooling, PoolMethod, RoundMode
from netspec.layers.tensors.pooling import InsideMethod


class PaddedPooling(Pooling):
    """Whether AVE counts the padding."""

    edition: ClassVar = "intel"

    avg_include_pad: bool = Field(default=True, description="false makes AVE count elements alone")
    axis: int = Field(default=1, ge=1, le=1, description="the channel axis, which is 1")

    def canonical(self) -> Layer:
        if self.avg_include_pad or self.pool is not PoolMethod.AVE:
            return super().canonical()
        return self.model_copy(update={"pool": InsideMethod.AVE_EXC_PAD})


def without_windows_beyond(layer: Layer) -> tuple[Layer, str] | None:
    """A kernel of 1 leaves out a last window that would begin beyond the input, with padding or without."""
    if not isinstance(layer, Pooling) or layer.has("round_mode"):
        return None
    if {*layer.kernel_size, layer.kernel_h, layer.kernel_w} - {None} != {1}:
        return None
    return layer.model_copy(update={"round_mode": RoundMode.FLOOR}), "without windows of one element beyond the input"
