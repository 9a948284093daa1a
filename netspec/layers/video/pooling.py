"""Pooling with a window written as a shape."""

from __future__ import annotations

from typing import ClassVar

from netspec.layers.base import CallSite, Refusal
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.video.convolution import Temporal
from netspec.layers.window import Shaped
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
    gradient; here one has it, as in Pooling.
    Source: pool3d_layer.cpp of C3D, in whose first version the message is called pooling_param.
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
