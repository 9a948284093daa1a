"""Reshape as Synopsys' fork has it. Source: reshape_layer.cpp of Synopsys' caffe."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, pixel_shuffle
from netspec.layers.base import Field, Positive, Refusal, Requirements, Shapes, SizeRequirement
from netspec.layers.caffe.shape import Reshape
from netspec.layers.fit import axes
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import show


class PixelShuffle(Reshape):
    """With a pixelshuffler r above 1 it is another layer: N×(C·r²)×H×W to N×C×(H·r)×(W·r).

    The r² channels that lie together become a block of r×r, and no other field counts.
    """

    edition: ClassVar = "synopsys"

    pixelshuffler: Positive = Field(1, description="above 1 the side of the blocks that channels become")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        if self.pixelshuffler == 1:
            return super().size_requirements(bottoms, tops)
        return {0: SizeRequirement(tops[0].elements)} if tops[0] else {}

    def formula(self, x: Array) -> Array:
        return super().formula(x) if self.pixelshuffler == 1 else self._shuffled(x)

    def _shuffled(self, x: Array) -> Array:
        r = self.pixelshuffler
        if x.rank != 4:
            message = f"a pixelshuffler takes N×C×H×W; its input {show(x.shape)} has {axes(x.rank)}"
            raise Refusal(BadDimensions, message, fields=("pixelshuffler",), bottoms={0: ""})
        channels = x.shape[1]
        if channels % (r * r) != 0:
            message = (
                f"{channels} channels do not make blocks of {r}×{r}: {channels} mod {r * r} = {channels % (r * r)}"
            )
            raise Refusal(NotDivisible, message, fields=("pixelshuffler",), bottoms={0: ""})
        return pixel_shuffle(x, r)
