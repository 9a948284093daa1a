"""Convolutions of every channel by itself, as types of their own."""

from typing import ClassVar

from netspec.layers.base import (
    Blob,
    CallSite,
    Field,
    Positive,
    Role,
    UInt,
)
from netspec.layers.caffe.convolution import Convolution
from netspec.shapes import Shape


class DepthwiseConvolution(Convolution):
    """Convolution, by a program that is fast for `group: C`, where every channel is by itself.

    `group` is 1 unless it is written, as in Convolution: a layer without it sees all channels at once.
    Shape: as of Convolution. Blobs: weight (num_output, C/group, kernel…), bias (num_output).
    Source: depthwise_conv_layer.cpp of yonghenglh6.
    """

    edition: ClassVar = "depthwise"
    foldable: ClassVar = True


class ConvolutionDepthwise(Convolution):
    """Convolution of every channel by itself: there are as many groups as channels, and as many outputs.

    Shape: N×C×S… to N×C×S'…, S' as of Convolution. `group` and num_output have no effect.
    Blobs: weight (C, 1, kernel…), bias (C).
    Source: conv_dw_layer.cpp of shicai's fork.
    """

    edition: ClassVar = "depthwise"
    foldable: ClassVar = True

    num_output: UInt = Field(default=0, description="no effect here: as many as channels")
    group: Positive = Field(default=1, description="no effect here: as many as channels")

    def plain(self, site: CallSite) -> Convolution:
        """As a Convolution, with the groups and outputs that the channels ask for."""
        channels = site.bottoms[0][self.geometry(site).axis]
        count = max(channels, 1) if isinstance(channels, int) else 1
        return Convolution.model_construct(self.model_fields_set, **{**dict(self), "group": count, "num_output": count})

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        axis = self.geometry(site).axis
        tops = self.plain(site).infer(site)
        return tuple((*top[:axis], site.bottoms[0][axis], *top[axis + 1 :]) for top in tops)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        at = self.geometry(site)
        channels = site.bottoms[0][at.axis]
        return (
            Blob("weight", (channels, 1, *at.kernel), self.weight_filler),
            *((Blob("bias", (channels,), self.bias_filler, Role.BIAS),) if self.bias_term else ()),
        )
