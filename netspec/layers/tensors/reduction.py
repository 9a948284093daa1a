"""Reductions of Synopsys' fork that Caffe has in part. Source: argmax_layer.cpp of Synopsys' caffe."""

from typing import ClassVar

from netspec.arrays import Array, descending
from netspec.layers.base import Field
from netspec.layers.caffe.reduction import ArgMax


class ArgMin(ArgMax):
    """The least elements instead of the largest."""

    edition: ClassVar = "synopsys"

    min_first: bool = Field(False, description="the smallest elements, smallest first, the first of equal ones first")

    def order(self, rows: Array, axis: int) -> Array:
        return descending(-rows, axis) if self.min_first else super().order(rows, axis)
