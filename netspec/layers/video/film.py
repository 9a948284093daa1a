"""Convolution and pooling of films, as C3D's fork of Caffe has them: one size for a frame, another one for time."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netspec.layers.base import Layer, Positive, Refusal, Site, UInt
from netspec.layers.caffe.convolution import BaseConvolution, Convolution, Deconvolution
from netspec.layers.caffe.data import ImageData
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.window import Sliding, spatial_axes
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible
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


class FilmConvolution(Temporal, BaseConvolution):
    """The message that a convolution of films and its adjoint share."""

    message: ClassVar = "convolution3d_param"

    group: Positive = Field(default=1, description="no effect here")
    filter_group: Positive = Field(
        default=1, description="how many parts of the outputs are computed one after the other; it divides num_output"
    )

    def settled(self) -> Layer:
        return super().settled() if self.group == 1 else self.model_copy(update={"group": 1}).settled()


class Convolution3D(FilmConvolution, Convolution):
    """Convolution of films: the kernel has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×num_output×L'×H'×W', as of Convolution.
    Blobs: weight (num_output, C, kernel_depth, kernel_size, kernel_size), bias (num_output).
    Source: convolution3d_layer.cpp of C3D, in whose first version the message is called convolution_param.
    """

    def infer(self, site: Site) -> tuple[Shape, ...]:
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


class Pooling3D(Temporal, Pooling):
    """Pooling of films: a window has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×C×L'×H'×W', as of Pooling, but no window is left out. A mean over a window that lies wholly
    beyond the padding is not a number. Where several elements of a window are the largest, the fork gives each the
    gradient; here one has it, as in Pooling.
    Source: pool3d_layer.cpp of C3D, in whose first version the message is called pooling_param.
    """

    message: ClassVar = "pooling3d_param"
    clips: ClassVar = False

    def variant(self) -> None:
        return None

    def infer(self, site: Site) -> tuple[Shape, ...]:
        if self.pool is not PoolMethod.AVE and any((*self.pad, self.temporal_pad)):
            raise Refusal(
                InvalidValue,
                f"Pooling3D pads for AVE alone, not for {self.pool.name}",
                fields=("pad", "temporal_pad", "pool"),
                help="remove the padding, or use AVE",
            )
        return super().infer(site)


class StoredFilms(ImageData):
    """The fields for films that C3D's image_data_param has."""

    new_length: UInt = Field(1, ge=1, description="how many frames at a time")
    use_image: bool = Field(False, description="whether frames lie in files of their own")
    show_data: int = Field(0, description="whether Caffe shows what it reads")
    use_temporal_jitter: bool = Field(False, description="whether the first frame is drawn by chance")
    sampling_rate: int = Field(1, description="every how many frames one is taken")
    use_label: bool = Field(True, description="whether the list has labels")
    mean_value: float = Field(0.0, description="what is subtracted where there is no mean_file")
    num_truth_channels: UInt = Field(1, description="how many channels of a file are truth, the last ones")
    use_byte_input: bool = Field(False, description="whether files have bytes, or floats")
    is_flow: bool = Field(False, description="whether truth is flow, which changes its sign where it is mirrored")
    truth_scale: float = Field(1.0, description="what truth is multiplied by")
    clip_min: float | None = Field(None, description="truth from here to clip_max becomes 0 to 1")
    clip_max: float = Field(0.0, description="where that ends")


class FilmData(StoredFilms):
    """Parts of films and their labels from a list: an input of the compiled model.

    Shape: batch_size × 3 × new_length × height × width, and batch_size; the sizes are crop_size, else new_height and
    new_width, else unknown.
    Source: video_data_layer.cpp of C3D, where the type is VIDEO_DATA; the second version has a VideoData.
    """

    def infer(self, site: Site) -> tuple[Shape, ...]:
        images, *labels = super().infer(site)
        return ((*images[:2], self.new_length, *images[2:]), *labels)
