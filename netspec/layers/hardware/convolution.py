"""Convolutions with other layers in them, and how they are computed.

Source: the OpenCL branch for fuse_type, of which a ReLU behind the convolution is supported;
mkldnn_convolution_layer.cpp of intel's fork for relu; caffe.proto of NVIDIA's fork and of gnina for algorithms.
"""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Field, Layer, Made, Refusal
from netspec.layers.caffe.activation import ReLU
from netspec.layers.caffe.convolution import Convolution
from netspec.layers.extensions import shown
from netspec.layers.rewriting import Step, Unfolded, WeightAxes
from netspec.problems.fields import InvalidValue
from netspec.shapes import Shape


class FuseType(IntEnum):
    """What is computed together with a convolution, in place of the layers behind it."""

    UNFUSED = 0
    FUSED_CONV_MAX_POOLING_RELU = 1
    FUSED_CONV_RELU = 2
    FUSED_CONV_ELTWISE_RELU = 3
    FUSED_CONV_ELTWISE = 4
    FUSED_CONV_PRELU = 5
    FUSED_CONV_ELTWISE_PRELU = 6


class Fused(Made):
    """A convolution with more of other layers in it than netspec computes."""

    unsupported: ClassVar = "its fuse_type is not there yet; write the layers that it joins one by one"


class FusedConvolution(Convolution):
    """What follows a convolution in the same layer."""

    edition: ClassVar = "opencl"
    foldable: ClassVar = True
    inside: ClassVar = frozenset({"relu_param"})

    fuse_type: FuseType = Field(
        default=FuseType.UNFUSED, description="what follows in the same layer; FUSED_CONV_RELU is a ReLU"
    )
    relu_param: ReLU = Field(default=ReLU.model_construct(), description="the ReLU of fuse_type")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.fuse_type not in (FuseType.UNFUSED, FuseType.FUSED_CONV_RELU, FuseType.FUSED_CONV_PRELU):
            raise Refusal(
                InvalidValue,
                f"{self.type_name()} is not supported with fuse_type {self.fuse_type.name}",
                fields=("fuse_type",),
                help="write the layers that it joins one by one",
            )
        return super().infer(site)

    def weight_axes(self, site: CallSite) -> WeightAxes | None:
        return super().weight_axes(site) if self.fuse_type is FuseType.UNFUSED else None

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded | None:
        """What it computes with, as layers of their own."""
        if self.fuse_type is FuseType.UNFUSED:
            return super().unfolded(site, tops)
        bottoms = tuple(range(len(tops)))
        if self.fuse_type is not FuseType.FUSED_CONV_RELU:
            return Unfolded((Step(Fused(), bottoms, tops, itself=True),), fused=True)
        unfused = self.model_copy(update={"fuse_type": FuseType.UNFUSED})
        relus = (Step(self.relu_param, (i,), (top,), "relu") for i, top in enumerate(tops, len(tops)))
        return Unfolded((Step(unfused, bottoms, tops, itself=True), *relus), fused=True)


class RectifiedConvolution(Convolution):
    """A ReLU that follows in the same layer."""

    edition: ClassVar = "intel"
    foldable: ClassVar = True

    relu: bool = Field(default=False, description="a ReLU follows in the same layer")
    negative_slope: float = Field(default=0.0, description="the slope of that ReLU below 0")

    def canonical(self) -> Layer:
        if not self.relu:
            return super().canonical()
        slope = ReLU.model_construct({"negative_slope"}, negative_slope=self.negative_slope)
        fused = {"fuse_type": FuseType.FUSED_CONV_RELU, "relu_param": slope}
        kept = {name: value for name, value in self if name not in ("relu", "negative_slope")}
        given = self.model_fields_set - {"relu", "negative_slope"} | fused.keys()
        return shown(type(self).base_type(), kept | fused).model_construct(given, **kept | fused)


class Seeker(IntEnum):
    """How an algorithm of cuDNN is chosen. Older versions write the names in small letters."""

    GET = 0
    FINDEX = 1
    Get = 0
    FindEx = 1


class ConvolutionAlgorithm(Convolution):
    """Which algorithm computes a convolution."""

    edition: ClassVar = "nvidia"
    foldable: ClassVar = True
    ignored: ClassVar = {
        "conv_algorithm": str,
        "cudnn_convolution_algo_seeker": Seeker,
        "conv_algos_override": str,
        "cudnnConvolutionFwdAlgo": int,
        "cudnnConvolutionBwdDataAlgo": int,
        "cudnnConvolutionBwdFilterAlgo": int,
    }
