"""Activations of forks that learn: layers that compute every element from that element and parameters."""

from typing import ClassVar

from netspec.arrays import Array, align, relu, reshape, total
from netspec.layers.base import (
    Blob,
    CallSite,
    Elementwise,
    Field,
    FillerParameter,
    LayoutPreference,
    Positive,
    Refusal,
    Role,
)
from netspec.layers.fit import axes
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, product, show


class Learned(Elementwise):
    """What they have in common: an input of items and channels."""

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (x,) = site.bottoms
        if len(x) < 2:
            message = f"{self.type_name()} needs at least two axes, N×C; its input {show(x)} has {len(x)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(x)))
        return (x,)


def _constant(value: float) -> FillerParameter:
    return FillerParameter.model_construct({"value"}, value=value)


class EltwiseAffine(Learned):
    """y = weight·x + bias, with a weight and a bias for each channel or one for all.

    Shape: N×C×…, at least two axes, kept. Blobs: weight (C), bias (C), or () with channel_shared; they begin as 1.0001
    and 0.0001.
    Source: eltwise_affine_layer.cpp of ducha-aiki/caffe.
    """

    edition: ClassVar = "ducha-aiki"
    message: ClassVar = "eltwise_affine_param"

    slope_filler: FillerParameter = Field(default=_constant(1.0001), description="how the weights begin")
    bias_filler: FillerParameter = Field(default=_constant(0.0001), description="how the biases begin")
    channel_shared: bool = Field(default=False, description="one weight and one bias for all channels")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = () if self.channel_shared else site.bottoms[0][1:2]
        weight = Blob("weight", shape, self.slope_filler, Role.SCALE)
        return weight, Blob("bias", shape, self.bias_filler, Role.BIAS)

    def formula(self, x: Array, weight: Array, bias: Array) -> Array:
        return x * align(weight, 1, x.rank) + align(bias, 1, x.rank)


class APL(Learned):
    """Adaptive piecewise linear: y = max(x, 0) + Σ slope·max(offset − x, 0), a sum over `sums` hinges of the element.

    Shape: N×C×…, at least two axes, kept. Blobs: slope and offset, each 1×1×sums×K with K elements an item, of which
    the numbers of one element lie side by side.
    Source: apl_layer.cpp of forestagostinelli/Learned-Activation-Functions-Source.
    """

    edition: ClassVar = "learned-activations"
    message: ClassVar = "apl_param"
    ignored: ClassVar = {"save_mem": bool}

    sums: Positive = Field(description="how many hinges")
    slope_filler: FillerParameter | None = Field(
        default=None, description="how the slopes begin; not given: uniform within ±0.5 / sums"
    )
    offset_filler: FillerParameter | None = Field(
        default=None, description="how the offsets begin; not given: gaussian with a deviation of 0.5"
    )

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = (1, 1, self.sums, product(site.bottoms[0][1:]))
        bound = 0.5 / self.sums
        slopes = self.slope_filler or FillerParameter(type="uniform", min=-bound, max=bound)
        offsets = self.offset_filler or FillerParameter(type="gaussian", std=0.5)
        return Blob("slope", shape, slopes, Role.SLOPE), Blob("offset", shape, offsets, Role.BIAS)

    def formula(self, x: Array, slope: Array, offset: Array) -> Array:
        count = product(x.shape[1:])
        hinges = relu(reshape(offset, (1, count, self.sums)) - reshape(x, (x.shape[0], count, 1)))
        return relu(x) + reshape(total(reshape(slope, (1, count, self.sums)) * hinges, (2,)), x.shape)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST
