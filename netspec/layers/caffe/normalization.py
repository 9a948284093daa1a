"""Layers that measure an element by others: by its neighbours, its channel or its axis."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, ClassVar

from netspec.arrays import Array, mean, reshape, softmax, sqrt, stop_gradient
from netspec.layers.base import (
    Blob,
    CallSite,
    Field,
    Formula,
    Layer,
    LayoutPreference,
    Made,
    Phase,
    Refusal,
    Role,
    UInt,
    canonical_axis,
    checks,
)
from netspec.layers.fit import axes
from netspec.layers.losses import SoftmaxParameter
from netspec.layers.message import Engine
from netspec.layers.overwriting import GRADIENTS
from netspec.layers.rewriting import Affine, Fusible, Placement
from netspec.problems.shapes import AxisOutOfRange, BadDimensions
from netspec.shapes import Dim, Shape, product, show


class NormRegion(IntEnum):
    ACROSS_CHANNELS = 0
    WITHIN_CHANNEL = 1


class LRN(Layer):
    """y = x·(k + alpha/n·Σ x²)^(−beta), the sum over n = local_size neighbours, zeros beyond the border.

    ACROSS_CHANNELS: the neighbours are channels. WITHIN_CHANNEL: they are a square of n×n pixels, the divisor is n²
    everywhere, and k is 1 whatever is given.
    Shape: N×C×H×W, kept; other numbers of spatial axes follow the same rule. Source: Caffe's lrn_layer.cpp.
    """

    message: ClassVar = "lrn_param"
    garbled: ClassVar = "the top is (k + …)^(−beta) first, which is then multiplied by itself instead of by x"
    ignored: ClassVar = {"engine": Engine}

    local_size: UInt = Field(
        default=5, description="n, an odd number: how many neighbours, or the side of their square"
    )
    alpha: float = Field(default=1.0, description="the factor of the mean square")
    beta: float = Field(default=0.75, description="the exponent")
    norm_region: NormRegion = Field(default=NormRegion.ACROSS_CHANNELS, description="where the neighbours are")
    k: float = Field(default=1.0, description="ACROSS_CHANNELS: what is added to the scaled mean square")

    def overwritten(self, site: CallSite) -> str:
        return self.garbled if self.norm_region is NormRegion.ACROSS_CHANNELS else GRADIENTS

    @checks("local_size")
    @staticmethod
    def _odd(local_size: int) -> int:
        if local_size % 2 == 0:
            raise ValueError("local_size has to be odd, with as many neighbours on either side")
        return local_size

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        across = self.norm_region is NormRegion.ACROSS_CHANNELS
        if len(shape) < 2 or (not across and len(shape) not in (3, 4, 5)):
            raise Refusal(
                BadDimensions,
                f"LRN takes {'N×C and spatial axes' if across else 'N×C and up to three spatial axes'}; its input "
                f"{show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to N×C×H×W with a Reshape",
            )
        return (shape,)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        within = self.norm_region is NormRegion.WITHIN_CHANNEL
        return product(site.bottoms[0]) * self.local_size ** (len(site.bottoms[0]) - 2 if within else 1)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST


class BatchNorm(Fusible, Affine):
    """y = (x − mean) / sqrt(variance + eps), with a mean and a variance for each channel (axis 1); no scale, no bias.

    With use_global_stats (not given: in TEST) they are the blobs of these names divided by the blob factor, or 0 where
    that is 0. Otherwise they are the batch's, over the m elements of a channel, divided by m. The blobs change then:
    factor = f·factor + 1, mean = f·mean + the batch's, variance = f·variance + the batch's·m / (m − 1), where f is
    moving_average_fraction and the last quotient is left out for m = 1.
    Shape: N×C×…, at least two axes, kept.
    Blobs: mean (C), variance (C), factor (1), which begin as 0 and are never learnt.
    Source: Caffe's batch_norm_layer.cpp.
    """

    message: ClassVar = "batch_norm_param"
    overwrites: ClassVar = True
    foldable: ClassVar = True

    use_global_stats: bool | None = Field(
        default=None, description="use the blobs, not the batch; not given: in TEST alone"
    )
    moving_average_fraction: float = Field(default=0.999, description="how much of the blobs an update keeps")
    eps: float = Field(default=1e-5, description="what is added to the variance")

    @property
    def affine(self) -> bool:
        """Whether a weight of its own multiplies the result, and perhaps a bias is added."""
        return False

    @property
    def rectified(self) -> bool:
        """Whether what is below 0 becomes 0 in the end."""
        return False

    @property
    def eps_inside(self) -> bool:
        """Whether eps is added to the variance, not to the deviation."""
        return True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
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
        return (
            Blob("mean", channels, role=Role.MEAN, learnable=False),
            Blob("variance", channels, role=Role.VARIANCE, learnable=False),
            Blob("factor", (1,), role=Role.FACTOR, learnable=False),
        )

    def global_stats(self, phase: Phase) -> bool:
        """Whether the blobs are used, rather than the batch measured."""
        return phase is Phase.TEST if self.use_global_stats is None else self.use_global_stats

    def updates(self, phase: Phase) -> bool:
        return not self.global_stats(phase)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0])

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER

    def fused_with(self, behind: Layer, site: CallSite) -> Layer | None:
        """With a Scale that has a factor for each channel: what frameworks call batch normalisation."""
        from netspec.layers.caffe.linear import Scale  # which only compiling asks for

        if not isinstance(behind, Scale) or self.affine or self.rectified:
            return None
        axis, shape = behind.placement(site)
        if axis != 1 or len(shape) != 1:
            return None
        return ScaledBatchNorm(norm=self, bias=len(behind.blobs(site)) == 2)

    def placed(self, site: CallSite) -> Placement | None:
        fixed = self.global_stats(site.phase) and not self.rectified
        return Placement(1, site.bottoms[0][1:2]) if fixed else None

    def terms(self, blobs: Sequence[Any]) -> tuple[Any, Any]:
        """A factor of 0, which an untrained file has, makes mean and variance 0."""
        mean, variance, factor, *rest = blobs
        share = 1 / factor if factor.any() else 0.0
        variance = variance * share
        weight = 1 / ((variance + self.eps) ** 0.5 if self.eps_inside else variance**0.5 + self.eps)
        scale, bias = *rest, *(1.0, 0.0)[len(rest) :]
        return weight * scale, bias - mean * share * weight * scale


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
        return centred / self.deviation(variance)

    def deviation(self, variance: Array) -> Array:
        """What the numbers are divided by."""
        # (deviation + eps)², of which only the variance is differentiated.
        rest = stop_gradient(self.eps * (2.0 * sqrt(variance) + self.eps))
        return sqrt(variance + rest)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * (2 if self.normalize_variance else 1)


class Softmax(Formula, SoftmaxParameter):
    """y = exp(x) / Σ exp(x), the sum over one axis.

    Shape: any, kept.
    Source: Caffe's softmax_layer.cpp.
    """

    message: ClassVar = "softmax_param"

    def formula(self, x: Array) -> Array:
        return softmax(x, canonical_axis(self.axis, x.shape, "axis"))
