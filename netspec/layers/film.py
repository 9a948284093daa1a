"""Convolution and pooling of films, as C3D's fork of Caffe has them: one size for a frame, another one for time."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netspec.layers.base import Positive, Refusal, Site, UInt
from netspec.layers.convolution import Convolution, Deconvolution
from netspec.layers.data import ImageData
from netspec.layers.pooling import Pooling
from netspec.layers.window import Sliding, spatial_axes
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape


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


class Convolution3D(Temporal, Convolution):
    """Convolution of films: the kernel has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×num_output×L'×H'×W', as of Convolution.
    Blobs: weight (num_output, C, kernel_depth, kernel_size, kernel_size), bias (num_output).
    Source: convolution3d_layer.cpp of C3D.
    """

    v1: ClassVar = "CONVOLUTION3D"
    v0: ClassVar = ""
    v0_fields: ClassVar = {}

    filter_group: Positive = Field(default=1, description="how many filters are computed at a time; no effect here")


class Deconvolution3D(Temporal, Deconvolution):
    """The adjoint of Convolution3D plus a bias.

    Shape: N×C×L×H×W to N×num_output×L'×H'×W', as of Deconvolution.
    Blobs: weight (C, num_output, kernel_depth, kernel_size, kernel_size), bias (num_output).
    Source: deconvolution3d_layer.cpp of C3D.
    """

    v1: ClassVar = "DECONVOLUTION3D"

    filter_group: Positive = Field(default=1, description="how many filters are computed at a time; no effect here")


class Pooling3D(Temporal, Pooling):
    """Pooling of films: a window has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×C×L'×H'×W', as of Pooling.
    Source: pooling3d_layer.cpp of C3D.
    """

    v1: ClassVar = "POOLING3D"
    v0: ClassVar = ""
    v0_fields: ClassVar = {}


class FilmData(ImageData):
    """Parts of films and their labels from a list: an input of the compiled model.

    Shape: batch_size × 3 × new_length × height × width, and batch_size; the sizes are crop_size, else new_height and
    new_width, else unknown.
    Source: video_data_layer.cpp of C3D, where the type is VIDEO_DATA.
    """

    v1: ClassVar = "VIDEO_DATA"
    v0: ClassVar = ""
    v0_fields: ClassVar = {}

    new_length: UInt = Field(1, ge=1, description="how many frames at a time")
    use_image: bool = Field(True, description="whether frames lie in files of their own")
    show_data: bool = Field(False, description="whether Caffe shows what it reads")
    use_temporal_jitter: bool = Field(False, description="whether the first frame is drawn by chance")
    sampling_rate: UInt = Field(1, description="every how many frames one is taken")
    use_label: bool = Field(True, description="whether the list has labels")

    def infer(self, site: Site) -> tuple[Shape, ...]:
        images, *labels = super().infer(site)
        return ((*images[:2], self.new_length, *images[2:]), *labels)
