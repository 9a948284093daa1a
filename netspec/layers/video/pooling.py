"""Pooling with a window written as a shape."""

from typing import ClassVar, Literal

from netspec.layers.base import CallSite, Field, Positive, Refusal, UInt
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.video.convolution import Temporal
from netspec.layers.window import Ends, Shaped
from netspec.problems.fields import InvalidValue
from netspec.shapes import Shape


class NdPooling(Shaped, Pooling):
    """Pooling, whose kernel, stride and pad are written as shapes: kernel_shape { dim: 2 dim: 2 dim: 2 }.

    Shape: as of Pooling; the first `dim` is for the first spatial axis.
    Source: cudnn_ndpooling_layer.cpp of video-caffe and of temporal segment networks.
    """

    edition: ClassVar = "video-caffe"


class Pooling3D(Temporal, Pooling):
    """Pooling of films: a window has kernel_depth frames, of kernel_size × kernel_size.

    Shape: N×C×L×H×W to N×C×L'×H'×W', as of Pooling, but no window is left out. A mean over a window that lies wholly
    beyond the padding is not a number. Where several elements of a window are the largest, the fork gives each the
    gradient; here one has it, as in Pooling. In P3D, whose fields for time are kernel_l, stride_l and pad_l, MAX may
    pad, and then a last window that would begin beyond the padding is left out.
    Source: pool3d_layer.cpp of C3D, in whose first version the message is called pooling_param; pooling3d_layer.cpp of
    ZhaofanQiu/pseudo-3d-residual-networks.
    """

    edition: ClassVar = "c3d"
    message: ClassVar = "pooling3d_param"
    clips: ClassVar = False

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.pool is not PoolMethod.AVE and any((*self.pad, self.temporal_pad)):
            raise Refusal(
                InvalidValue,
                f"Pooling3D pads for AVE alone, not for {self.pool.name}",
                fields=("pad", "temporal_pad", "pool"),
                help="remove the padding, or use AVE",
            )
        return super().infer(site)


class LengthPooling(Pooling3D):
    """P3D's fields for time."""

    edition: ClassVar = "p3d"
    clips: ClassVar = True

    kernel_l: Positive | None = Field(default=None, description="P3D: how many frames the window has")
    stride_l: Positive | None = Field(default=None, description="P3D: the step of the window in time")
    pad_l: UInt | None = Field(default=None, description="P3D: how many frames are added before and behind")

    def over_axes(
        self, field: Literal["kernel_size", "stride", "pad"], default: int | None, axes: int, lone: bool = False
    ) -> tuple[int, ...]:
        own = {"kernel_size": self.kernel_l, "stride": self.stride_l, "pad": self.pad_l}[field]
        time, *rest = super().over_axes(field, default, axes, lone)
        return (time if own is None else own, *rest)

    def ends(self, space: Shape, extent: tuple[int, ...], stride: tuple[int, ...], lone: bool) -> Ends:
        """The same at both ends: a pad_l is not that of Synopsys' fork, which is the padding on the left."""
        pad = self.over_axes("pad", 0, len(space), lone)
        return pad, pad

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return super(Pooling3D, self).infer(site)
