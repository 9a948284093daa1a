"""The layers that forks of Caffe call BN: batch normalisation with a factor and a bias of its own for each channel."""

from enum import IntEnum
from typing import ClassVar, TypeAlias

from netspec.arrays import Array, mean, sqrt
from netspec.layers.base import (
    ONE,
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Layer,
    LayoutPreference,
    Phase,
    Refusal,
    Role,
    checks,
)
from netspec.layers.fit import axes
from netspec.layers.message import Engine
from netspec.problems.fields import BlobCount, InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, product, show

Blobs: TypeAlias = tuple[Blob, ...]


class BNMode(IntEnum):
    LEARN = 0
    INFERENCE = 1


class SegNetBN(Formula):
    """y = scale·(x − mean) / sqrt(variance + 1e-9) + shift for each channel, of the batch in both phases.

    INFERENCE: y = scale·x + shift, for a net whose statistics have been worked into scale and shift.
    Shape: N×C×H×W, kept; with LEARN a second top has the mean and a third the variance, both 1×C×1×1.
    Blobs: scale (1×C×1×1), shift (1×C×1×1).
    Source: caffe-segnet's bn_layer.cpp.
    """

    edition: ClassVar = "segnet"
    message: ClassVar = "bn_param"
    overwrites: ClassVar = True
    tops: ClassVar = Count(1, 3)

    bn_mode: BNMode = Field(default=BNMode.LEARN, description="LEARN normalises by the batch, INFERENCE not at all")
    scale_filler: FillerParameter = Field(default=ZERO, description="how the scale begins")
    shift_filler: FillerParameter = Field(default=ZERO, description="how the shift begins")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = _statistics(site)
        return (
            Blob("scale", shape, self.scale_filler, Role.SCALE),
            Blob("shift", shape, self.shift_filler, Role.BIAS),
        )

    def formula(self, x: Array, scale: Array, shift: Array) -> tuple[Array, ...]:
        if self.bn_mode is BNMode.INFERENCE:
            return (scale * x + shift,)
        centre = mean(x, (0, 2, 3), keepdims=True).named("mean")
        centred = (x - centre).named("centred")
        variance = mean(centred**2, (0, 2, 3), keepdims=True).named("variance")
        return scale * centred / sqrt(variance + 1e-9) + shift, centre, variance

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        _expect_image(site)
        if site.tops > 1 and self.bn_mode is BNMode.INFERENCE:
            raise Refusal(
                BlobCount,
                "a BN that infers has one top; mean and variance belong to LEARN",
                fields=("bn_mode",),
                help="remove the further tops",
            )
        return (site.bottoms[0], _statistics(site), _statistics(site))[: site.tops]

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * (1 if self.bn_mode is BNMode.INFERENCE else 3)


class MovingBatchNorm(Layer):
    """What two forks have in common: moving averages beside a factor and a bias, four blobs of 1×C×1×1."""

    message: ClassVar = "bn_param"
    overwrites: ClassVar = True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        if len(shape) < 2:
            raise Refusal(
                BadDimensions,
                f"BN needs at least two axes, N×C; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to N×C×H×W with a Reshape",
            )
        return (shape,)

    def averages(self, phase: Phase) -> bool:
        """Whether the moving averages are used, rather than the batch measured."""
        raise NotImplementedError

    @property
    def added(self) -> float:
        """What is added to the variance."""
        raise NotImplementedError

    @property
    def kept(self) -> float | None:
        """How much of the averages stays when a batch enters them in TRAIN; None: no batch does."""
        raise NotImplementedError

    @property
    def batch_gradient(self) -> bool:
        """Whether the gradient takes mean and variance for the batch's even where they are the averages."""
        return False

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * 2

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER

    def _four(self, site: CallSite, factor: tuple[str, FillerParameter], added: tuple[str, FillerParameter]) -> Blobs:
        shape = _statistics(site)
        return (
            Blob(factor[0], shape, factor[1], Role.SCALE),
            Blob(added[0], shape, added[1], Role.BIAS),
            Blob("mean", shape, role=Role.MEAN, learnable=False),
            Blob("variance", shape, ONE if self.kept is None else ZERO, Role.VARIANCE, learnable=False),
        )


class PSPNetBN(MovingBatchNorm):
    """y = slope·(x − mean) / sqrt(variance + eps) + bias for each channel.

    In TEST, or if frozen, mean and variance are the blobs. Otherwise they are the batch's, over the m elements of a
    channel, divided by m, and enter the blobs: mean = momentum·mean + (1 − momentum)·the batch's, variance likewise.
    If not frozen, the gradient in TEST is as if mean and variance were the batch's, as in the fork.
    Shape: N×C×…, at least two axes, kept.
    Blobs: slope, bias, mean, variance, each 1×C×1×1. The last two begin as 0, but the variance as 1 if frozen, and are
    never learnt; frozen, the first two are not, either.
    Source: bn_layer.cpp of yjxiong's Caffe, which PSPNet and temporal segment networks use; that of Synopsys' fork,
    which does so with icnet, and else is SegNet's.
    """

    edition: ClassVar = "pspnet"
    ignored: ClassVar = {"engine": Engine}

    slope_filler: FillerParameter = Field(default=ZERO, description="how the slope begins")
    bias_filler: FillerParameter = Field(default=ZERO, description="how the bias begins")
    momentum: float = Field(default=0.9, description="how much of the moving averages an update keeps")
    eps: float = Field(default=1e-5, description="what is added to the variance")
    frozen: bool = Field(default=False, description="use the moving averages in TRAIN, too, and keep them as they are")
    icnet: bool = Field(default=True, description="Synopsys' fork: true for this layer")

    @checks("icnet")
    @staticmethod
    def _as_icnet(icnet: bool) -> bool:
        if not icnet:
            raise ValueError("must be true: without icnet a BN of Synopsys' fork is a SegNetBN")
        return icnet

    def averages(self, phase: Phase) -> bool:
        return self.frozen or phase is Phase.TEST

    @property
    def added(self) -> float:
        return self.eps

    @property
    def kept(self) -> float | None:
        return None if self.frozen else self.momentum

    @property
    def batch_gradient(self) -> bool:
        return not self.frozen

    def blobs(self, site: CallSite) -> Blobs:
        blobs = self._four(site, ("slope", self.slope_filler), ("bias", self.bias_filler))
        return tuple(blob._replace(learnable=False) for blob in blobs) if self.frozen else blobs


class HappynearBN(MovingBatchNorm):
    """y = scale·(x − mean) / sqrt(variance + var_eps) + shift for each channel.

    In TEST mean and variance are the blobs, unless moving_average or use_history_in_test is false. Otherwise they are
    the batch's, and in TRAIN enter the blobs, if those are not frozen: mean = (1 − decay)·mean + decay·the batch's,
    variance likewise, over the m elements of a channel, divided by m.
    Shape: N×C×…, at least two axes, kept.
    Blobs: scale, shift, mean, variance, each 1×C×1×1. The last two begin as 0, but the variance as 1 if frozen, and are
    never learnt.
    Source: bn_layer.cpp of happynear's caffe-windows, and the later one of SegStereo, with axis, frozen and
    use_history_in_test.
    """

    edition: ClassVar = "happynear"

    scale_filler: FillerParameter = Field(default=ZERO, description="how the scale begins")
    shift_filler: FillerParameter = Field(default=ZERO, description="how the shift begins")
    var_eps: float = Field(default=1e-10, description="what is added to the variance")
    decay: float = Field(default=0.95, description="how much of the moving averages an update replaces")
    moving_average: bool = Field(default=True, description="whether TEST uses the moving averages")
    use_history_in_test: bool = Field(default=True, description="the same, by another name")
    axis: int = Field(default=1, description="that of the channels; only 1 is supported")
    frozen: bool = Field(default=False, description="keep the moving averages as they are")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.axis != 1:
            raise Refusal(
                InvalidValue,
                f"BN is supported along axis 1, the channels, alone; axis is {self.axis}",
                fields=("axis",),
                help="bring the axis to place 1 with a Permute",
            )
        return super().infer(site)

    def averages(self, phase: Phase) -> bool:
        return phase is Phase.TEST and self.moving_average and self.use_history_in_test

    @property
    def added(self) -> float:
        return self.var_eps

    @property
    def kept(self) -> float | None:
        return None if self.frozen else 1 - self.decay

    def blobs(self, site: CallSite) -> Blobs:
        return self._four(site, ("scale", self.scale_filler), ("shift", self.shift_filler))


def _statistics(site: CallSite) -> Shape:
    """The shape of what there is for each channel."""
    return (1, site.bottoms[0][1], 1, 1)


def _expect_image(site: CallSite) -> None:
    (shape,) = site.bottoms
    if len(shape) != 4:
        raise Refusal(
            BadDimensions,
            f"BN takes N×C×H×W; its input {show(shape)} has {axes(len(shape))}",
            bottoms={0: ""},
            help="bring the input to four axes with a Reshape",
        )
