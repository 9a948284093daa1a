"""Convolution with a window written as a shape."""

from typing import ClassVar, Literal

from netspec.layers.base import CallSite, Field, Layer, Positive, Refusal, UInt
from netspec.layers.caffe.convolution import BaseConvolution, Convolution, Deconvolution
from netspec.layers.window import Shaped, Sliding, spatial_axes
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Shape


class NdConvolution(Shaped, Convolution):
    """Convolution, whose kernel, stride and pad are written as shapes: kernel_shape { dim: 3 dim: 3 dim: 3 }.

    Shape: as of Convolution; the first `dim` is for the first spatial axis.
    Blobs: weight (num_output, C/group, kernel…), bias (num_output).
    Source: ndconv_layer.cpp of video-caffe and of temporal segment networks.
    """

    edition: ClassVar = "video-caffe"
    foldable: ClassVar = True


class Temporal(Sliding):
    """The fields for time; those for height and width are as ever."""

    kernel_depth: Positive = Field(default=1, description="how many frames the window has")
    temporal_stride: Positive = Field(default=1, description="the step of the window in time")
    temporal_pad: UInt = Field(default=0, description="how many frames are added before and behind")

    def over_axes(
        self, field: Literal["kernel_size", "stride", "pad"], default: int | None, axes: int, lone: bool = False
    ) -> tuple[int, ...]:
        if axes != 3:
            raise Refusal(
                BadDimensions,
                f"{self.called()} takes N×C×frames×H×W; its input has {spatial_axes(axes)}",
                bottoms={0: ""},
                help="bring the input to five axes with a Reshape",
            )
        match field:
            case "kernel_size":
                time = self.kernel_depth
            case "stride":
                time = self.temporal_stride
            case "pad":
                time = self.temporal_pad
        return (time, *super().over_axes(field, default, 2, lone))


class FilmConvolution(Temporal, BaseConvolution):
    """The message that a convolution of films and its adjoint share."""

    message: ClassVar = "convolution3d_param"

    group: Positive = Field(default=1, description="no effect here")
    filter_group: Positive = Field(
        default=1, description="how many parts of the outputs are computed one after the other; it divides num_output"
    )

    def canonical(self) -> Layer:
        return super().canonical() if self.group == 1 else self.model_copy(update={"group": 1}).canonical()


class Convolution3D(FilmConvolution, Convolution):
    """Convolution of films: the kernel has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×num_output×L'×H'×W', as of Convolution.
    Blobs: weight (num_output, C, kernel_depth, kernel_size, kernel_size), bias (num_output).
    Source: convolution3d_layer.cpp of C3D, in whose first version the message is called convolution_param.
    """

    edition: ClassVar = "c3d"
    foldable: ClassVar = True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.num_output % self.filter_group:
            raise Refusal(
                NotDivisible,
                f"{self.num_output} outputs do not make {self.filter_group} parts: "
                f"{self.num_output} mod {self.filter_group} = {self.num_output % self.filter_group}",
                fields=("filter_group", "num_output"),
                help="remove filter_group, which has no effect on the result",
            )
        return super().infer(site)


class Deconvolution3D(FilmConvolution, Deconvolution):
    """The adjoint of Convolution3D plus a bias.

    Shape: N×C×L×H×W to N×num_output×L'×H'×W', as of Deconvolution.
    Blobs: weight (C, num_output, kernel_depth, kernel_size, kernel_size), bias (num_output).
    Source: deconvolution3d_layer.cpp of C3D, in whose first version the message is called convolution_param; the second
    still looks for bias_term there, and so has a bias always.
    """

    edition: ClassVar = "c3d"
    foldable: ClassVar = True
