"""How alike two images are, for every displacement of one against the other."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from pydantic import Field, field_validator

from netspec.layers.base import Count, Layer, Positive, Refusal, Site, UInt, Wish
from netspec.layers.fit import axes, expect_equal
from netspec.layers.window import empty
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, product, show


class CorrelationType(IntEnum):
    MULTIPLY = 0
    SUBTRACT = 1


class Correlation(Layer):
    """y[n, d, i, j] = the mean of a·b, or for SUBTRACT of |a − b|, over windows of two images, the second displaced.

    The windows are kernel_size × kernel_size, over all channels. The displacements go from −r to r steps of stride_2,
    to the right first and then down, where r = max_displacement / stride_2, rounded down.
    Shape: two of N×C×H×W to N×(2·r + 1)²×H'×W', with H' = (H + 2·pad − 2·(max_displacement + (kernel_size − 1) / 2)) /
    stride_1, rounded up.
    Source: correlation_layer.cpp of FlowNet 2.0.
    """

    message: ClassVar = "correlation_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    pad: UInt = Field(default=0, description="what is added at all four sides of both images")
    kernel_size: Positive = Field(description="the side of the windows, an odd number")
    max_displacement: UInt = Field(description="how far the second image is displaced at most")
    stride_1: Positive = Field(default=1, description="the step of the window in the first image")
    stride_2: Positive = Field(default=1, description="the step between displacements")
    single_direction: int = Field(default=0, description="of Correlation1D; no effect here")
    do_abs: bool = Field(default=False, description="no effect in the fork, either")
    correlation_type: CorrelationType = Field(
        default=CorrelationType.MULTIPLY, description="MULTIPLY, or SUBTRACT for the absolute difference"
    )

    @field_validator("kernel_size")
    @classmethod
    def _odd(cls, kernel_size: int) -> int:
        if kernel_size % 2 == 0:
            raise ValueError("kernel_size has to be odd, so that a window has a middle")
        return kernel_size

    def infer(self, site: Site) -> tuple[Shape, ...]:
        shape = site.bottoms[0]
        for i, bottom in enumerate(site.bottoms):
            if len(bottom) != 4:
                raise Refusal(
                    BadDimensions,
                    f"Correlation takes two of N×C×H×W; {show(bottom)} has {axes(len(bottom))}",
                    bottoms={i: ""},
                )
        expect_equal("Correlation takes two images of one shape", site.bottoms, 1)
        return ((shape[0], (2 * self.steps + 1) ** 2, *(self._size(shape, axis) for axis in (2, 3))),)

    @property
    def steps(self) -> int:
        """How many displacements there are in one direction."""
        return self.max_displacement // self.stride_2

    def _size(self, shape: Shape, axis: int) -> Dim:
        border = self.max_displacement + (self.kernel_size - 1) // 2
        free = shape[axis] + 2 * self.pad - 2 * border
        size = -(-free // self.stride_1)
        if size < 1:
            raise empty(
                "Correlation",
                axis,
                f"({shape[axis]} + 2·{self.pad} − 2·{border}) / {self.stride_1}",
                size,
                "max_displacement",
                f"leaves a border of {border}",
                "use more padding, or a smaller max_displacement",
            )
        return size

    def wish(self, site: Site) -> Wish:
        return Wish.LAST

    def macs(self, site: Site, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * site.bottoms[0][1] * self.kernel_size**2
