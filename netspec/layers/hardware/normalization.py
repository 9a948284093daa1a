"""Normalisation with other layers in it, as the OpenCL branch, NVIDIA's and intel's forks have it.

Source: lrn_layer.cpp of the OpenCL branch; batch_norm_layer.cpp of NVIDIA's caffe; mkldnn_batch_norm_layer.cpp of
intel's.
"""

from collections.abc import Sequence
from enum import IntEnum
from math import prod
from typing import ClassVar

from netspec.layers.base import ONE, ZERO, Blob, CallSite, Field, FillerParameter, Refusal, Role, UInt
from netspec.layers.caffe.normalization import LRN, BatchNorm
from netspec.layers.caffe.pooling import Pooling
from netspec.layers.message import Engine
from netspec.layers.rewriting import Composite, Step, Unfolded
from netspec.problems.fields import InvalidValue
from netspec.shapes import Shape


class FusedPooling(IntEnum):
    """What is computed together with an LRN."""

    UNFUSED = 0
    FUSED_POOL_MAX = 1


class PooledLRN(Composite, LRN):
    """A pooling that follows in the same layer. The shape is then what it makes of the bottom."""

    edition: ClassVar = "opencl"
    inside: ClassVar = frozenset({"pooling_param"})

    fuse_type: FusedPooling = Field(
        default=FusedPooling.UNFUSED, description="FUSED_POOL_MAX is a Pooling in the same layer"
    )
    pooling_param: Pooling = Field(default=Pooling.model_construct(), description="the pooling of fuse_type")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = super().infer(site)
        if self.fuse_type is FusedPooling.UNFUSED:
            return (shape,)
        try:
            return self.pooling_param.infer(CallSite((shape,), 1, site.phase))
        except Refusal as refusal:
            refusal.fields = tuple(f"pooling_param.{name}" for name in refusal.fields)
            raise

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded | None:
        """The pooling as a layer of its own."""
        if self.fuse_type is FusedPooling.UNFUSED:
            return None
        unfused = self.model_copy(update={"fuse_type": FusedPooling.UNFUSED})
        pool = Step(self.pooling_param, (1,), tops, "pool")
        return Unfolded((Step(unfused, (0,), site.bottoms, itself=True), pool), fused=True)


class AffineBatchNorm(BatchNorm):
    """A weight and a bias behind the normalisation, and a ReLU behind these.

    With scale_bias of NVIDIA's fork or a filler for it, or use_weight_bias of intel's, y is multiplied by weight, and
    bias is added. NVIDIA's fork keeps averages instead of sums, and 1 as the factor by which they are divided; it sets
    lr_mult and decay_mult itself, 0 for what it keeps and 1 for weight and bias.
    Blobs: behind Caffe's three weight (C), bias (C).
    """

    edition: ClassVar = "nvidia"
    foldable: ClassVar = True
    ignored: ClassVar = {"engine": Engine}

    scale_bias: bool = Field(default=False, description="NVIDIA's fork: multiply by a weight and add a bias")
    scale_filler: FillerParameter = Field(default=ONE, description="NVIDIA's fork: how the weight begins")
    bias_filler: FillerParameter = Field(default=ZERO, description="how the bias begins")
    use_weight_bias: bool = Field(default=False, description="intel's fork: multiply by a weight, and add a bias")
    filler: FillerParameter = Field(default=ONE, description="intel's fork: how the weight begins")
    bias_term: bool = Field(default=True, description="intel's fork: whether a bias is added behind the weight")
    relu: bool = Field(default=False, description="intel's fork: y = max(y, 0) in the end")

    @property
    def affine(self) -> bool:
        return self.use_weight_bias or self._scaled

    @property
    def rectified(self) -> bool:
        return self.relu

    @property
    def _scaled(self) -> bool:
        """Whether NVIDIA's fork scales: a filler is enough to say so. intel's has a bias_filler, too, beside filler."""
        return self.scale_bias or self.has("scale_filler") or (self.has("bias_filler") and not self.has("filler"))

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        kept = super().blobs(site)
        if not self.affine:
            return kept
        channels = kept[0].shape
        if self._scaled:
            weight = Blob("weight", channels, self.scale_filler, Role.SCALE, multiplier=1.0)
            bias = Blob("bias", channels, self.bias_filler, Role.BIAS, multiplier=1.0)
            return (*(blob._replace(multiplier=0.0) for blob in kept), weight, bias)
        weight, bias = (
            Blob("weight", channels, self.filler, Role.SCALE),
            Blob("bias", channels, self.bias_filler, Role.BIAS),
        )
        return (*kept, weight, bias) if self.bias_term else (*kept, weight)

    def blob_order(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """NVIDIA's fork takes 1×C×1×1 for C. Until its version 0.15 the order was weight, bias, mean, variance, factor,
        which shows where the last has one value, and the first has more or the last is 1×1×1×1.

        Source: Net::CopyTrainedLayersFrom (net.cpp) of NVIDIA's caffe 0.16; batch_norm_layer.cpp of 0.15.
        """
        if not self._scaled or len(shapes) != 5:
            return None
        old = prod(shapes[4]) == 1 and (prod(shapes[0]) != 1 or len(shapes[4]) == 4)
        return (2, 3, 4, 0, 1) if old else (0, 1, 2, 3, 4)


class PartialBatchNorm(BatchNorm):
    """How many items are measured together."""

    edition: ClassVar = "intel"
    foldable: ClassVar = True

    stats_batch_size: UInt = Field(default=0, description="so many items; 0 is all; others are refused")

    @property
    def phased(self) -> bool:
        return bool(self.stats_batch_size) or super().phased

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        n, *_ = *site.bottoms[0], 0
        if self.stats_batch_size and not self.global_stats(site.phase) and n != self.stats_batch_size:
            raise Refusal(
                InvalidValue,
                f"BatchNorm measures whole batches, here of {n}, not {self.stats_batch_size} items at a time",
                fields=("stats_batch_size",),
                bottoms={0: ""},
                help="remove stats_batch_size",
            )
        return super().infer(site)
