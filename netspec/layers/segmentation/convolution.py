"""Convolution with holes: what DeepLab called the dilation, before Caffe had it. Source: caffe.proto of DeepLab."""

from typing import ClassVar

from netspec.layers.base import Field, Positive, Refusal
from netspec.layers.caffe.convolution import ConvolutionParameter
from netspec.layers.window import spatial_axes, spread
from netspec.problems.fields import InvalidValue


class Holes(ConvolutionParameter):
    """The dilation under the names that it had first."""

    edition: ClassVar = "deeplab"
    foldable: ClassVar = True

    hole: tuple[Positive, ...] = Field(default=(), description="another name of dilation")
    hole_h: Positive | None = Field(default=None, description="the vertical dilation with hole_w")
    hole_w: Positive | None = Field(default=None, description="the horizontal dilation with hole_h")

    def dilations(self, axes: int) -> tuple[int, ...]:
        if not (self.hole or self.hole_h or self.hole_w):
            return super().dilations(axes)
        given = tuple(name for name in ("dilation", "hole", "hole_h", "hole_w") if self.has(name))
        both = given in (("hole_h", "hole_w"), ("hole_w", "hole_h"))
        if (len(given) > 1 and not both) or (both and axes != 2) or given in (("hole_h",), ("hole_w",)):
            raise Refusal(
                InvalidValue,
                f"the dilation is given by {' and '.join(given)}, on {spatial_axes(axes)}",
                fields=given,
                help="write dilation once for all spatial axes, or once for each",
            )
        return (self.hole_h or 1, self.hole_w or 1) if both else spread(self.hole, 1, axes, "hole")
