"""Convolution, its adjoint, and the rearrangement that Caffe computes both with. Any number of spatial axes."""

from typing import ClassVar

from netspec.layers.base import (
    ANY_NUMBER,
    Blob,
    CallSite,
    Field,
    LayoutPreference,
    Positive,
    Refusal,
    UInt,
    canonical_axis,
)
from netspec.layers.fit import expect_equal
from netspec.layers.message import Engine
from netspec.layers.overwriting import GRADIENTS, PRODUCT, SCATTERED
from netspec.layers.rewriting import Composite, Unfolded, WeightAxes
from netspec.layers.weighted import Weighted
from netspec.layers.window import Geometry, Sliding, empty, spread, truncated
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Dim, Shape, product, show


class ConvolutionParameter(Weighted, Sliding):
    """The fields of Caffe's message, and what they come to at a site."""

    message: ClassVar = "convolution_param"
    ignored: ClassVar = {"engine": Engine, "force_nd_im2col": bool}
    repeated_defaults: ClassVar = {**Sliding.repeated_defaults, "dilation": (1,)}

    dilation: tuple[Positive, ...] = Field(
        default=(), description="the step between a kernel's elements; 1 where not given"
    )
    group: Positive = Field(default=1, description="how many groups of channels are convolved apart")
    axis: int = Field(default=1, description="the channel axis; axes before it are batch axes, axes after it spatial")

    def geometry(self, site: CallSite) -> Geometry:
        """The kernel at a site, every spatial axis spelled out. Raises Refusal."""
        shape = site.bottoms[0]
        axis = canonical_axis(self.axis, shape, "axis")
        axes = len(shape) - axis - 1
        kernel = self.over_axes("kernel_size", None, axes)
        stride = self.over_axes("stride", 1, axes)
        at = Geometry(axis, kernel, stride, (0,) * axes, self.dilations(axes))
        pad, end = self.ends(shape[axis + 1 :], at.extent, stride, lone=True)
        return Geometry(axis, kernel, stride, pad, at.dilation, None if end == pad else end)

    def dilations(self, axes: int) -> tuple[int, ...]:
        """The dilation of each spatial axis. Raises Refusal."""
        return spread(self.dilation, 1, axes, "dilation")

    def _slide(self, shape: Shape, at: Geometry) -> tuple[Dim, ...]:
        """How often the kernel fits on each spatial axis. Raises Refusal."""
        sizes = tuple(truncated(free, stride) + 1 for free, stride in zip(at.free(shape), at.stride, strict=True))
        for i, size in enumerate(sizes):
            if size < 1:
                wide, stride, pad, end = shape[at.axis + 1 + i], at.stride[i], at.pad[i], at.behind[i]
                added = f"2·{pad}" if pad == end else f"{pad} + {end}"
                raise empty(
                    self.type_name(),
                    at.axis + 1 + i,
                    f"({wide} + {added} − {at.spell(i)}) / {stride} + 1",
                    size,
                    self.kernel_field(i),
                    f"spans {at.extent[i]} of {wide + pad + end}",
                    "use a smaller kernel, more padding, or a larger input",
                )
        return sizes


class BaseConvolution(Composite, ConvolutionParameter):
    """What a convolution and its adjoint have in common."""

    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER
    same_count: ClassVar = True
    garbled: ClassVar = "it writes over numbers that it, or its gradient, has still to read"

    num_output: Positive = Field(description="how many channels the output has")

    def overwritten(self, site: CallSite) -> str:
        """An item is copied before its result is written, but for 1×1 kernels (base_conv_layer.cpp, is_1x1_)."""
        at, (shape, *_) = self.geometry(site), site.bottoms
        if {*at.kernel, *at.stride} <= {1} and not any(at.pad):
            return PRODUCT
        item, result = product(shape[at.axis :]), product((self.infer(site)[0] or ())[at.axis :])
        return GRADIENTS if product(shape[: at.axis]) == 1 or result <= item else SCATTERED

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        at = self.geometry(site)
        return LayoutPreference.LAST if at.axis == 1 and at.kernel else LayoutPreference.FIRST

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded | None:
        """With another number of batch axes than one as the layer that has one, between two Reshapes."""
        at = self.geometry(site)
        if at.axis == 1 or not at.kernel:
            return None
        from netspec.layers.batch_axes import with_one_batch_axis  # which only compiling asks for

        return with_one_batch_axis(self.model_copy(update={"axis": 1}), at.axis, site, tops)

    def _tops(self, site: CallSite, at: Geometry, sizes: tuple[Dim, ...]) -> tuple[Shape, ...]:
        return ((*site.bottoms[0][: at.axis], self.num_output, *sizes),) * len(site.bottoms)

    def _checked(self, site: CallSite) -> Geometry:
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

    foldable: ClassVar = True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        at = self._checked(site)
        return self._tops(site, at, self._slide(site.bottoms[0], at))

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        at = self.geometry(site)
        return self.weight_and_bias(
            (self.num_output, site.bottoms[0][at.axis] // self.group, *at.kernel), self.num_output
        )

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return sum((product(top) for top in tops), start=0) * product(self.blobs(site)[0].shape[1:])

    def weight_axes(self, site: CallSite) -> WeightAxes | None:
        at = self.geometry(site)
        outputs, inputs, *kernel = self.blobs(site)[0].shape
        channels = site.bottoms[0][at.axis]
        view = (channels // inputs, outputs // (channels // inputs), inputs, *kernel)
        padded = any((*at.pad, *at.behind, *at.overhang(site.bottoms[0])))
        return WeightAxes(view, (0, 1), (0, 2), at.axis, at.axis, (channels,), padded)


class Deconvolution(BaseConvolution):
    """The adjoint of Convolution plus a bias: every input element adds weight, scaled by itself, into the output.

    What PyTorch calls a transposed convolution, without output padding.
    Shape: N…×C×S… to N…×num_output×S'…, with S' = stride·(S − 1) + dilation·(kernel − 1) + 1 − 2·pad.
    Blobs: weight (C, num_output/group, kernel…), bias (num_output).
    Source: Caffe's base_conv_layer.cpp and deconv_layer.cpp.
    """

    foldable: ClassVar = True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
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

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        at = self.geometry(site)
        return self.weight_and_bias(
            (site.bottoms[0][at.axis], self.num_output // self.group, *at.kernel), self.num_output
        )

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return sum((product(shape) for shape in site.bottoms), start=0) * product(self.blobs(site)[0].shape[1:])

    def weight_axes(self, site: CallSite) -> WeightAxes | None:
        """An output may be met by fewer elements at a border than elsewhere, as with padding."""
        at, (inputs, outputs, *kernel) = self.geometry(site), self.blobs(site)[0].shape
        view = (self.group, inputs // self.group, outputs, *kernel)
        return WeightAxes(view, (0, 2), (0, 1), at.axis, at.axis, (inputs,), padded=True)


class Im2col(ConvolutionParameter):
    """y[n, (c, k…), i…] = x[n, c, stride·i + dilation·k − pad]: the patches that a kernel sees, along the channels.

    Shape: N…×C×S… to N…×(C·kernel…)×S'…, S' as of Convolution; at least one spatial axis. The new channels come in the
    order channel, kernel row, kernel column. The fields about weights have no effect.
    Source: Caffe's im2col_layer.cpp.
    """

    garbled: ClassVar = SCATTERED

    num_output: UInt = Field(default=0, description="no effect here")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
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
