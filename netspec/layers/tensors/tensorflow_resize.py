"""Resizing as TensorFlow does it, which Synopsys' fork of Caffe has taken over, with TensorFlow's order of axes."""

from fractions import Fraction
from typing import ClassVar

from netspec.layers.base import CallSite, Field, Refusal, UInt
from netspec.layers.segmentation.resize import Method, Resize, Sampling, times
from netspec.layers.tensors.quantized import Quantized
from netspec.problems.fields import InvalidValue
from netspec.shapes import Dim

FORMATS = {"NHWC": (1, 2), "NCHW": (2, 3), "NCHWD": (2, 3, 4)}


class TensorFlowResize(Resize):
    """What the two layers have in common."""

    in_place: ClassVar = False

    align_corners: bool = Field(default=False, description="whether the corners of input and output coincide")
    data_format: str = Field(default="NHWC", description="the order of axes: NHWC or NCHW")
    output_height: UInt = Field(default=0, description="the output's height")
    output_width: UInt = Field(default=0, description="the output's width")
    scale_height: float = Field(
        default=1.0, ge=0, allow_inf_nan=False, description="where output_height is not given: how many times as high"
    )
    scale_width: float = Field(
        default=1.0, ge=0, allow_inf_nan=False, description="where output_width is not given: how many times as wide"
    )
    half_pixel_centers: bool = Field(
        default=False, description="whether the middles of input and output coincide, not their first elements"
    )

    def space(self) -> tuple[int, ...]:
        return FORMATS.get(self.data_format, FORMATS["NCHW"])

    def centred(self) -> bool:
        return self.half_pixel_centers

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        if self.align_corners and self.centred():
            raise Refusal(
                InvalidValue,
                "either the corners coincide or the middles of pixels count, not both",
                fields=("align_corners", "half_pixel_centers", "pytorch_half_pixel"),
                help="set one of them to false",
            )
        outputs: list[Dim] = []
        for axis, name in zip(self.space(), ("height", "width", "depth"), strict=False):
            given = self.has(f"output_{name}")
            size = site.bottoms[0][axis]
            output = getattr(self, f"output_{name}") if given else times(size, getattr(self, f"scale_{name}"))
            outputs.append(output)
        return tuple(outputs)

    def scale(self, size: int, output: int) -> Fraction:
        """How far apart in the input two neighbours of the output look."""
        return Fraction(size - 1, output - 1) if self.align_corners and output > 1 else Fraction(size, output)


class ResizeBilinear(Quantized, TensorFlowResize):
    """Bilinear interpolation at i·S / S', or with align_corners at i·(S − 1) / (S' − 1), or between middles.

    Shape: N×H×W×C to N×H'×W'×C, for NCHW and NCHWD likewise; H' is output_height, or H·scale_height rounded down.
    Source: resize_bilinear_layer.cpp of Synopsys' fork, after TensorFlow's operator of that name.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "resize_bilinear_param"

    data_format: str = Field(default="NHWC", description="the order of axes: NHWC, NCHW, or NCHWD of volumes")
    pytorch_half_pixel: bool = Field(
        default=False, description="as half_pixel_centers, but a single element is the first one"
    )
    output_depth: UInt = Field(default=0, description="NCHWD: the output's depth")
    scale_depth: float = Field(
        default=1.0, ge=0, allow_inf_nan=False, description="where output_depth is not given: how many times as deep"
    )

    def centred(self) -> bool:
        return self.half_pixel_centers or self.pytorch_half_pixel

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        scale = self.scale(size, output)
        if self.pytorch_half_pixel and output == 1:
            return Sampling(0, size, output, Fraction(0))
        return Sampling(0, size, output, scale, (scale - 1) / 2 if self.centred() else Fraction(0))


class ResizeNearestNeighbor(TensorFlowResize):
    """The element at i·S / S', rounded down, or with align_corners at i·(S − 1) / (S' − 1), rounded.

    With half_pixel_centers it is that at (i + 1/2)·S / S', rounded down.
    Shape: N×H×W×C to N×H'×W'×C, for NCHW likewise; H' is output_height, or H·scale_height rounded down.
    Source: resize_nearest_neighbor_layer.cpp of Synopsys' fork, after TensorFlow's operator of that name.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "resize_nearest_neighbor_param"

    def method(self) -> Method:
        return Method.NEAREST

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        scale = self.scale(size, output)
        shift = scale / 2 if self.half_pixel_centers else Fraction(int(self.align_corners), 2)
        return Sampling(0, size, output, scale, shift)
