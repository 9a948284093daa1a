"""Layers that measure an element by others: by its neighbours, its channel or its axis."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import prod
from typing import ClassVar

from pydantic import Field, field_validator

from netspec.arrays import Array, mean, reshape, softmax, sqrt, stop_gradient
from netspec.layers.base import (
    ENGINE,
    ONE,
    ZERO,
    Blob,
    CallSite,
    Engine,
    FillerParameter,
    Formula,
    Layer,
    LayoutPreference,
    Made,
    Phase,
    Refusal,
    Role,
    UInt,
    canonical_axis,
)
from netspec.layers.caffe.pooling import Pooling
from netspec.layers.fit import axes
from netspec.layers.losses import SoftmaxParameter
from netspec.layers.overwriting import GRADIENTS
from netspec.layers.quantized import Quantized
from netspec.layers.unfolding import Step, Unfolded
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import AxisOutOfRange, BadDimensions
from netspec.shapes import Dim, Shape, product, show


class NormRegion(IntEnum):
    ACROSS_CHANNELS = 0
    WITHIN_CHANNEL = 1


class FusedPooling(IntEnum):
    """What the OpenCL branch computes together with an LRN."""

    UNFUSED = 0
    FUSED_POOL_MAX = 1


class LRN(Quantized):
    """y = x·(k + alpha/n·Σ x²)^(−beta), the sum over n = local_size neighbours, zeros beyond the border.

    ACROSS_CHANNELS: the neighbours are channels. WITHIN_CHANNEL: they are a square of n×n pixels, the divisor is n²
    everywhere, and k is 1 whatever is given.
    Shape: N×C×H×W, kept; with fuse_type FUSED_POOL_MAX what the pooling of pooling_param, which then follows, makes of
    it. Source: Caffe's lrn_layer.cpp; the OpenCL branch for fuse_type.
    """

    message: ClassVar = "lrn_param"
    garbled: ClassVar = "the top is (k + …)^(−beta) first, which is then multiplied by itself instead of by x"
    inside: ClassVar = frozenset({"pooling_param"})

    local_size: UInt = Field(
        default=5, description="n, an odd number: how many neighbours, or the side of their square"
    )
    alpha: float = Field(default=1.0, description="the factor of the mean square")
    beta: float = Field(default=0.75, description="the exponent")
    norm_region: NormRegion = Field(default=NormRegion.ACROSS_CHANNELS, description="where the neighbours are")
    k: float = Field(default=1.0, description="ACROSS_CHANNELS: what is added to the scaled mean square")
    engine: Engine = ENGINE
    fuse_type: FusedPooling = Field(
        default=FusedPooling.UNFUSED, description="OpenCL branch: FUSED_POOL_MAX is a Pooling in the same layer"
    )
    pooling_param: Pooling = Field(
        default=Pooling.model_construct(), description="OpenCL branch: the pooling of fuse_type"
    )

    def overwritten(self, site: CallSite) -> str:
        return self.garbled if self.norm_region is NormRegion.ACROSS_CHANNELS else GRADIENTS

    @field_validator("local_size")
    @classmethod
    def _odd(cls, local_size: int) -> int:
        if local_size % 2 == 0:
            raise ValueError("local_size has to be odd, with as many neighbours on either side")
        return local_size

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        if len(shape) != 4:
            raise Refusal(
                BadDimensions,
                f"LRN takes N×C×H×W; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to four axes with a Reshape",
            )
        if self.fuse_type is FusedPooling.UNFUSED:
            return (shape,)
        try:
            return self.pooling_param.infer(CallSite((shape,), 1, site.phase))
        except Refusal as refusal:
            refusal.fields = tuple(f"pooling_param.{name}" for name in refusal.fields)
            raise

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        square = self.norm_region is NormRegion.WITHIN_CHANNEL
        return product(site.bottoms[0]) * self.local_size ** (2 if square else 1)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded | None:
        """The pooling of the OpenCL branch as a layer of its own."""
        if self.fuse_type is FusedPooling.UNFUSED:
            return None
        unfused = self.model_copy(update={"fuse_type": FusedPooling.UNFUSED})
        pool = Step(self.pooling_param, (1,), tops, "pool")
        return Unfolded((Step(unfused, (0,), site.bottoms, itself=True), pool), fused=True)


class BatchNorm(Layer):
    """y = (x − mean) / sqrt(variance + eps), with a mean and a variance for each channel (axis 1); no scale, no bias.

    With use_global_stats (not given: in TEST) they are the blobs of these names divided by the blob factor, or 0 where
    that is 0. Otherwise they are the batch's, over the m elements of a channel, divided by m. The blobs change then:
    factor = f·factor + 1, mean = f·mean + the batch's, variance = f·variance + the batch's·m / (m − 1), where f is
    moving_average_fraction and the last quotient is left out for m = 1.
    With scale_bias of NVIDIA's fork or a filler for it, or use_weight_bias of intel's, y is then multiplied by weight,
    and bias is added. NVIDIA's fork keeps averages instead of sums, and 1 as the factor by which they are divided.
    Without add_eps_before_sqrt of Synopsys' fork y = (x − mean) / (sqrt(variance) + eps), with the fork's gradient, in
    which the deviation counts as deviation + eps.
    Shape: N×C×…, at least two axes, kept.
    Blobs: mean (C), variance (C), factor (1), which begin as 0 and are never learnt; weight (C), bias (C).
    Source: Caffe's batch_norm_layer.cpp; those of NVIDIA's and Synopsys' forks, and intel's
    mkldnn_batch_norm_layer.cpp.
    """

    message: ClassVar = "batch_norm_param"
    overwrites: ClassVar = True
    forks_blobs: ClassVar = {
        5: "a BatchNorm of NVIDIA's fork has a weight and a bias, too: say batch_norm_param { scale_bias: true }"
    }

    use_global_stats: bool | None = Field(
        default=None, description="use the blobs, not the batch; not given: in TEST alone"
    )
    moving_average_fraction: float = Field(default=0.999, description="how much of the blobs an update keeps")
    eps: float = Field(default=1e-5, description="what is added to the variance")
    scale_bias: bool = Field(default=False, description="NVIDIA's fork: multiply by a weight and add a bias")
    scale_filler: FillerParameter = Field(default=ONE, description="NVIDIA's fork: how the weight begins")
    bias_filler: FillerParameter = Field(default=ZERO, description="forks: how the bias begins")
    use_weight_bias: bool = Field(default=False, description="intel's fork: multiply by a weight, and add a bias")
    filler: FillerParameter = Field(default=ONE, description="intel's fork: how the weight begins")
    bias_term: bool = Field(default=True, description="intel's fork: whether a bias is added behind the weight")
    relu: bool = Field(default=False, description="intel's fork: y = max(y, 0) in the end")
    stats_batch_size: UInt = Field(
        default=0,
        description="intel's fork: how many items are measured together; 0 is all; others are refused",
    )
    add_eps_before_sqrt: bool = Field(
        default=True, description="Synopsys' fork: false adds eps to the deviation, not to the variance"
    )
    update_global_stats: bool = Field(
        default=True, description="Synopsys' fork: false leaves the blobs as they are; in TRAIN refused"
    )
    icnet: bool = Field(default=False, description="Synopsys' fork: no effect; saves memory")
    engine: Engine = ENGINE

    @property
    def affine(self) -> bool:
        """Whether a weight of its own multiplies the result."""
        return self.use_weight_bias or self._scaled

    @property
    def _scaled(self) -> bool:
        """Whether NVIDIA's fork scales: a filler is enough to say so. intel's has a bias_filler, too, beside filler."""
        return self.scale_bias or self.has("scale_filler") or (self.has("bias_filler") and not self.has("filler"))

    @property
    def phased(self) -> bool:
        return bool(self.stats_batch_size)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        if self.stats_batch_size and not self.global_stats(site.phase) and shape[0] != self.stats_batch_size:
            raise Refusal(
                InvalidValue,
                f"BatchNorm measures whole batches, here of {shape[0]}, not {self.stats_batch_size} items at a time",
                fields=("stats_batch_size",),
                bottoms={0: ""},
                help="remove stats_batch_size",
            )
        if len(shape) < 2:
            raise Refusal(
                AxisOutOfRange,
                f"BatchNorm needs at least two axes, N×C; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to N×C with a Reshape",
            )
        return (shape,)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        channels = site.bottoms[0][1:2]
        kept = (
            Blob("mean", channels, role=Role.MEAN, learnable=False),
            Blob("variance", channels, role=Role.VARIANCE, learnable=False),
            Blob("factor", (1,), role=Role.FACTOR, learnable=False),
        )
        if not self.affine:
            return kept
        weight = Blob("weight", channels, self.scale_filler if self._scaled else self.filler, Role.SCALE)
        bias = Blob("bias", channels, self.bias_filler, Role.BIAS)
        return (*kept, weight, bias) if self.bias_term or self._scaled else (*kept, weight)

    def blob_order(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """NVIDIA's fork takes 1×C×1×1 for C. Until its version 0.15 the order was weight, bias, mean, variance, factor,
        which shows where the last has one value, and the first has more or the last is 1×1×1×1.

        Source: Net::CopyTrainedLayersFrom (net.cpp) of NVIDIA's caffe 0.16; batch_norm_layer.cpp of 0.15.
        """
        if not self._scaled or len(shapes) != 5:
            return None
        old = prod(shapes[4]) == 1 and (prod(shapes[0]) != 1 or len(shapes[4]) == 4)
        return (2, 3, 4, 0, 1) if old else (0, 1, 2, 3, 4)

    def lacks(self, site: CallSite) -> str:
        if self.update_global_stats or site.phase is Phase.TEST or self.global_stats(site.phase):
            return super().lacks(site)
        return "without update_global_stats Synopsys' fork measures no variance in TRAIN"

    def global_stats(self, phase: Phase) -> bool:
        """Whether the blobs are used, rather than the batch measured."""
        return phase is Phase.TEST if self.use_global_stats is None else self.use_global_stats

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0])

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER

    def fused_with(self, behind: Layer, site: CallSite) -> Layer | None:
        """With a Scale that has a factor for each channel: what frameworks call batch normalisation."""
        from netspec.layers.caffe.linear import Scale  # which only compiling asks for

        if not isinstance(behind, Scale) or self.affine or self.relu:
            return None
        axis, shape = behind.placement(site)
        if axis != 1 or len(shape) != 1:
            return None
        return ScaledBatchNorm(norm=self, bias=len(behind.blobs(site)) == 2)


class ScaledBatchNorm(Made):
    """y = weight·BatchNorm(x) + bias, for each channel.

    Blobs: BatchNorm's three, then Scale's weight and, if it has one, its bias, each under the key it had.
    """

    norm: BatchNorm
    bias: bool

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms[:1]

    def global_stats(self, phase: Phase) -> bool:
        """Whether the blobs are used, rather than the batch measured."""
        return self.norm.global_stats(phase)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


class MVN(Formula):
    """y = (x − mean) / (sqrt(variance) + eps), over the plane of each channel, or with across_channels over each item.

    eps is added to the deviation, not to the variance, which is that of the population. The gradient is Caffe's, in
    which the deviation counts as deviation + eps, so that it is finite for a constant plane.
    Shape: up to four axes, missing ones added with size 1: N×C×H×W.
    Source: Caffe's mvn_layer.cpp.
    """

    message: ClassVar = "mvn_param"
    garbled: ClassVar = GRADIENTS

    normalize_variance: bool = Field(default=True, description="whether to divide by the deviation")
    across_channels: bool = Field(default=False, description="one mean and deviation for all channels of an item")
    eps: float = Field(default=1e-9, description="what is added to the deviation")
    add_eps_before_sqrt: bool = Field(default=False, description="Synopsys' fork: add eps to the variance instead")

    def overwritten(self, site: CallSite) -> str:
        return self.garbled if self.normalize_variance else ""

    def formula(self, x: Array) -> Array:
        if x.rank > 4:
            raise Refusal(
                BadDimensions,
                f"MVN takes at most four axes; its input {show(x.shape)} has {x.rank}",
                bottoms={0: ""},
                help="join the spatial axes with a Reshape",
            )
        if x.rank < 4:
            x = reshape(x, (*x.shape, *(1,) * (4 - x.rank)))
        over = (1, 2, 3) if self.across_channels else (2, 3)
        centred = (x - mean(x, over, keepdims=True)).named("centred")
        if not self.normalize_variance:
            return centred
        variance = mean(centred**2, over, keepdims=True).named("variance")
        if self.add_eps_before_sqrt:
            return centred / sqrt(variance + self.eps)
        # (deviation + eps)², of which only the variance is differentiated.
        rest = stop_gradient(self.eps * (2.0 * sqrt(variance) + self.eps))
        return centred / sqrt(variance + rest)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * (2 if self.normalize_variance else 1)


class Softmax(Quantized, Formula, SoftmaxParameter):
    """y = exp(x) / Σ exp(x), the sum over one axis.

    Shape: any, kept.
    Source: Caffe's softmax_layer.cpp.
    """

    message: ClassVar = "softmax_param"

    def formula(self, x: Array) -> Array:
        return softmax(x, canonical_axis(self.axis, x.shape, "axis"))
