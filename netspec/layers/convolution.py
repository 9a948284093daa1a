"""Convolution, its adjoint, and the rearrangement that Caffe computes both with. Any number of spatial axes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netspec.layers.base import (
    ANY_NUMBER,
    Blob,
    Engine,
    Positive,
    Refusal,
    Site,
    UInt,
    Wish,
    canonical_axis,
)
from netspec.layers.fit import expect_equal
from netspec.layers.weighted import Weighted
from netspec.layers.window import Geometry, Sliding, empty, spread, truncated
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Dim, Shape, product, show


class ConvolutionParameter(Weighted, Sliding):
    """The fields of Caffe's message, and what they come to at a site."""

    message: ClassVar = "convolution_param"

    dilation: tuple[Positive, ...] = Field(
        default=(), description="the step between a kernel's elements; 1 where not given"
    )
    group: Positive = Field(default=1, description="how many groups of channels are convolved apart")
    axis: int = Field(default=1, description="the channel axis; axes before it are batch axes, axes after it spatial")
    engine: Engine = Field(
        default=Engine.DEFAULT, description="which implementation Caffe uses; no effect on the result"
    )
    force_nd_im2col: bool = Field(
        default=False, description="makes Caffe use its general code on two axes; no effect on the result"
    )

    def geometry(self, site: Site) -> Geometry:
        """The kernel at a site, every spatial axis spelled out. Raises Refusal."""
        shape = site.bottoms[0]
        axis = canonical_axis(self.axis, shape, "axis")
        axes = len(shape) - axis - 1
        kernel = self.over_axes("kernel_size", None, axes)
        stride = self.over_axes("stride", 1, axes)
        pad = self.over_axes("pad", 0, axes, lone=True)
        dilation = spread(self.dilation, 1, axes, "dilation")
        return Geometry(axis, kernel, stride, pad, dilation)

    def _slide(self, shape: Shape, at: Geometry) -> tuple[Dim, ...]:
        """How often the kernel fits on each spatial axis. Raises Refusal."""
        sizes = tuple(truncated(free, stride) + 1 for free, stride in zip(at.free(shape), at.stride, strict=True))
        for i, size in enumerate(sizes):
            if size < 1:
                wide, stride, pad = shape[at.axis + 1 + i], at.stride[i], at.pad[i]
                raise empty(
                    self.type_name(),
                    at.axis + 1 + i,
                    f"({wide} + 2·{pad} − {at.spell(i)}) / {stride} + 1",
                    size,
                    self.kernel_field(i),
                    f"spans {at.extent[i]} of {wide + 2 * pad}",
                    "use a smaller kernel, more padding, or a larger input",
                )
        return sizes


class BaseConvolution(ConvolutionParameter):
    """What a convolution and its adjoint have in common."""

    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER
    same_count: ClassVar = True

    num_output: Positive = Field(description="how many channels the output has")

    def wish(self, site: Site) -> Wish:
        at = self.geometry(site)
        return Wish.LAST if at.axis == 1 and at.kernel else Wish.FIRST

    def _tops(self, site: Site, at: Geometry, sizes: tuple[Dim, ...]) -> tuple[Shape, ...]:
        return ((*site.bottoms[0][: at.axis], self.num_output, *sizes),) * len(site.bottoms)

    def _checked(self, site: Site) -> Geometry:
        """The geometry, once the groups have come out even and the bottoms alike. Raises Refusal."""
        at = self.geometry(site)
        channels = site.bottoms[0][at.axis]
        for what, size, fields in (
            ("input channels", channels, ("group",)),
            ("outputs", self.num_output, ("num_output", "group")),
        ):
            if size % self.group != 0:
                raise Refusal(
                    NotDivisible,
                    f"{size} {what} do not make {self.group} groups: {size} mod {self.group} = {size % self.group}",
                    fields=fields,
                    bottoms={0: ""},
                    help="choose a group that divides both the input channels and num_output",
                )
        for i in range(1, len(site.bottoms)):
            expect_equal(f"all bottoms of a {self.type_name()} need the same shape", site.bottoms, i)
        return at


class Convolution(BaseConvolution):
    """y[n, o] = bias[o] + Σ weight[o, c, k…]·x[n, c, stride·i + dilation·k − pad], over the channels c of o's group.

    Cross-correlation, as everywhere in deep learning: the kernel is not flipped. Bottoms are of one shape, use the same
    weights, and have a top each.
    Shape: N…×C×S… to N…×num_output×S'…, with S' = (S + 2·pad − (dilation·(kernel − 1) + 1)) / stride + 1, rounded
    towards zero; any number of batch axes (those before `axis`) and of spatial ones, also none.
    Blobs: weight (num_output, C/group, kernel…), bias (num_output).
    Source: Caffe's base_conv_layer.cpp and conv_layer.cpp.
    """

    v1: ClassVar = "CONVOLUTION"
    v0: ClassVar = "conv"
    v0_fields: ClassVar = {
        "num_output": "num_output",
        "biasterm": "bias_term",
        "weight_filler": "weight_filler",
        "bias_filler": "bias_filler",
        "pad": "pad",
        "kernelsize": "kernel_size",
        "group": "group",
        "stride": "stride",
    }

    def infer(self, site: Site) -> tuple[Shape, ...]:
        at = self._checked(site)
        return self._tops(site, at, self._slide(site.bottoms[0], at))

    def blobs(self, site: Site) -> tuple[Blob, ...]:
        at = self.geometry(site)
        return self.weight_and_bias(
            (self.num_output, site.bottoms[0][at.axis] // self.group, *at.kernel), self.num_output
        )

    def macs(self, site: Site, tops: tuple[Shape, ...]) -> Dim:
        return sum((product(top) for top in tops), start=0) * product(self.blobs(site)[0].shape[1:])


class Deconvolution(BaseConvolution):
    """The adjoint of Convolution plus a bias: every input element adds weight, scaled by itself, into the output.

    What PyTorch calls a transposed convolution, without output padding.
    Shape: N…×C×S… to N…×num_output×S'…, with S' = stride·(S − 1) + dilation·(kernel − 1) + 1 − 2·pad.
    Blobs: weight (C, num_output/group, kernel…), bias (num_output).
    Source: Caffe's base_conv_layer.cpp and deconv_layer.cpp.
    """

    v1: ClassVar = "DECONVOLUTION"

    def infer(self, site: Site) -> tuple[Shape, ...]:
        at = self._checked(site)
        sizes: list[Dim] = []
        for i, size in enumerate(site.bottoms[0][at.axis + 1 :]):
            sizes.append(at.stride[i] * (size - 1) + at.extent[i] - 2 * at.pad[i])
            if sizes[i] < 1:
                raise empty(
                    self.type_name(),
                    at.axis + 1 + i,
                    f"{at.stride[i]}·({size} − 1) + {at.spell(i)} − 2·{at.pad[i]}",
                    sizes[i],
                    "pad" if self.pad else ("pad_h", "pad_w")[i],
                    f"takes away {2 * at.pad[i]}",
                    "use less padding: here pad makes the output smaller",
                )
        return self._tops(site, at, tuple(sizes))

    def blobs(self, site: Site) -> tuple[Blob, ...]:
        at = self.geometry(site)
        return self.weight_and_bias(
            (site.bottoms[0][at.axis], self.num_output // self.group, *at.kernel), self.num_output
        )

    def macs(self, site: Site, tops: tuple[Shape, ...]) -> Dim:
        return sum((product(shape) for shape in site.bottoms), start=0) * product(self.blobs(site)[0].shape[1:])


class Im2col(ConvolutionParameter):
    """y[n, (c, k…), i…] = x[n, c, stride·i + dilation·k − pad]: the patches that a kernel sees, along the channels.

    Shape: N…×C×S… to N…×(C·kernel…)×S'…, S' as of Convolution; at least one spatial axis. The new channels come in the
    order channel, kernel row, kernel column. The fields about weights have no effect.
    Source: Caffe's im2col_layer.cpp.
    """

    v1: ClassVar = "IM2COL"
    v0: ClassVar = "im2col"

    num_output: UInt = Field(default=0, description="no effect here")

    def infer(self, site: Site) -> tuple[Shape, ...]:
        at = self.geometry(site)
        (shape,) = site.bottoms
        if not at.kernel:
            raise Refusal(
                BadDimensions,
                f"Im2col needs an axis after axis {at.axis}; its input {show(shape)} has none",
                fields=("axis",),
                bottoms={0: ""},
                help="set axis to that of the channels, before the spatial axes",
            )
        return ((*shape[: at.axis], shape[at.axis] * product(at.kernel), *self._slide(shape, at)),)
