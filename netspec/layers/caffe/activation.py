"""Layers that compute every element from that element alone."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    clip,
    elu,
    exp,
    full_like,
    leaky_relu,
    log,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
    where,
)
from netspec.layers.base import (
    Blob,
    CallSite,
    Elementwise,
    Field,
    FillerParameter,
    LayoutPreference,
    Phase,
    Refusal,
    Role,
    Stochastic,
    checks,
)
from netspec.layers.message import Engine
from netspec.layers.overwriting import GRADIENTS
from netspec.layers.powers import power
from netspec.layers.rewriting import Affine, Placement, Transparent
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, show


def affine(x: Array, scale: float, shift: float) -> Array:
    """scale·x + shift, as a person would write it: without the terms that do nothing."""
    if scale != 1:
        x = scale * x
    return x + shift if shift else x


class ReLU(Elementwise):
    """y = max(x, 0) + negative_slope·min(x, 0), elementwise.

    Shape: any, kept. At x = 0 the gradient is negative_slope.
    Source: Caffe's relu_layer.cpp.
    """

    message: ClassVar = "relu_param"
    ignored: ClassVar = {"engine": Engine}
    overwrites: ClassVar = True

    negative_slope: float = Field(default=0.0, description="the slope for x ≤ 0")

    def formula(self, x: Array) -> Array:
        return leaky_relu(x, self.negative_slope) if self.negative_slope else relu(x)


class PReLU(Elementwise):
    """y = x where x > 0, else weight·x, with a weight for each channel or one for all.

    Shape: N×C×…, at least two axes, kept. Blobs: weight (C), or () with channel_shared; it begins as 0.25.
    Source: Caffe's prelu_layer.cpp.
    """

    message: ClassVar = "prelu_param"
    overwrites: ClassVar = True

    filler: FillerParameter = Field(
        default=FillerParameter.model_construct({"value"}, value=0.25), description="how the slopes begin"
    )
    channel_shared: bool = Field(default=False, description="one slope for all channels")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (x,) = site.bottoms
        if len(x) < 2:
            raise Refusal(
                BadDimensions,
                f"PReLU needs at least two axes, N×C; its input {show(x)} has {len(x)}",
                bottoms={0: ""},
                help="use a ReLU with negative_slope where there are no channels",
            )
        return (x,)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = () if self.channel_shared else site.bottoms[0][1:2]
        return (Blob("weight", shape, self.filler, Role.SLOPE),)

    def formula(self, x: Array, weight: Array) -> Array:
        return where(x > 0.0, x, align(weight, 1, x.rank) * x)


class ELU(Elementwise):
    """y = x where x > 0, else alpha·(exp(x) − 1), elementwise.

    Shape: any, kept.
    Source: Caffe's elu_layer.cpp.
    """

    message: ClassVar = "elu_param"
    overwrites: ClassVar = True

    alpha: float = Field(default=1.0, description="minus the value that very negative inputs approach")

    def formula(self, x: Array) -> Array:
        return elu(x, self.alpha)


class Sigmoid(Elementwise):
    """y = 1 / (1 + exp(−x)), elementwise.

    Shape: any, kept.
    Source: Caffe's sigmoid_layer.cpp.
    """

    message: ClassVar = "sigmoid_param"
    ignored: ClassVar = {"engine": Engine}
    overwrites: ClassVar = True

    def formula(self, x: Array) -> Array:
        return sigmoid(x)


class TanH(Elementwise):
    """y = tanh(x), elementwise.

    Shape: any, kept.
    Source: Caffe's tanh_layer.cpp.
    """

    message: ClassVar = "tanh_param"
    ignored: ClassVar = {"engine": Engine}
    overwrites: ClassVar = True

    def formula(self, x: Array) -> Array:
        return tanh(x)


class AbsVal(Elementwise):
    """y = |x|, elementwise.

    Shape: any, kept. Caffe refuses it in place, since its gradient needs the sign of x.
    Source: Caffe's absval_layer.cpp.
    """

    in_place: ClassVar = False

    def formula(self, x: Array) -> Array:
        return absolute(x)


class BNLL(Elementwise):
    """y = log(1 + exp(x)), the binomial normal log likelihood, elementwise; softplus to everybody else.

    Shape: any, kept.
    Source: Caffe's bnll_layer.cpp.
    """

    garbled: ClassVar = GRADIENTS

    def formula(self, x: Array) -> Array:
        return softplus(x)


class Power(Affine, Elementwise):
    """y = (shift + scale·x)^power, elementwise.

    Shape: any, kept. Where scale·power is 0 the result is the constant 1 or shift^power, whatever x is, NaN included.
    Source: Caffe's power_layer.cpp.
    """

    message: ClassVar = "power_param"
    foldable: ClassVar = True

    power: float = Field(default=1.0, description="the exponent")
    scale: float = Field(default=1.0, description="what x is multiplied by")
    shift: float = Field(default=0.0, description="what is added before the power is taken")

    def overwritten(self, site: CallSite) -> str:
        """A constant gradient reads nothing."""
        return GRADIENTS if self.power not in (0, 1) and self.scale != 0 else ""

    def formula(self, x: Array) -> Array:
        if self.scale * self.power == 0:
            return full_like(x, 1.0 if self.power == 0 else power(self.shift, self.power))
        inner = affine(x, self.scale, self.shift)
        return inner if self.power == 1 else inner**self.power

    def placed(self, site: CallSite) -> Placement | None:
        return Placement(0, ()) if self.power == 1 and self.scale else None

    def shifts(self, site: CallSite) -> bool:
        return bool(self.shift)

    def terms(self, blobs: Sequence[Any]) -> tuple[Any, Any]:
        return self.scale, self.shift


class Exp(Elementwise):
    """y = base^(shift + scale·x), elementwise; base −1 stands for e.

    Shape: any, kept.
    Source: Caffe's exp_layer.cpp.
    """

    message: ClassVar = "exp_param"
    overwrites: ClassVar = True

    base: float = Field(default=-1.0, description="the base, above 0, or −1 for e")
    scale: float = Field(default=1.0, description="what x is multiplied by")
    shift: float = Field(default=0.0, description="what is added in the exponent")

    @checks("base")
    @staticmethod
    def _base(base: float) -> float:
        return _checked_base(base)

    def formula(self, x: Array) -> Array:
        unit = 1.0 if self.base == -1 else math.log(self.base)
        return exp(affine(x, unit * self.scale, unit * self.shift))


class Log(Elementwise):
    """y = log_base(shift + scale·x), elementwise; base −1 stands for e.

    Shape: any, kept.
    Source: Caffe's log_layer.cpp.
    """

    message: ClassVar = "log_param"
    garbled: ClassVar = GRADIENTS

    base: float = Field(default=-1.0, description="the base, above 0 and not 1, or −1 for e")
    scale: float = Field(default=1.0, description="what x is multiplied by")
    shift: float = Field(default=0.0, description="what is added before the logarithm is taken")

    @checks("base")
    @staticmethod
    def _base(base: float) -> float:
        if base == 1:
            raise ValueError("there is no logarithm to base 1")
        return _checked_base(base)

    def formula(self, x: Array) -> Array:
        y = log(affine(x, self.scale, self.shift))
        return y if self.base == -1 else y / math.log(self.base)


class Threshold(Elementwise):
    """y = 1 where x > threshold, else 0, elementwise. No gradient passes.

    Shape: any, kept.
    Source: Caffe's threshold_layer.cpp.
    """

    message: ClassVar = "threshold_param"

    threshold: float = Field(default=0.0, description="the value that x has to exceed")

    def formula(self, x: Array) -> Array:
        return cast(x > self.threshold, DType.FLOAT)


class Swish(Elementwise):
    """y = x·sigmoid(beta·x), elementwise.

    Shape: any, kept.
    Source: Caffe's swish_layer.cpp.
    """

    message: ClassVar = "swish_param"
    overwrites: ClassVar = True

    beta: float = Field(default=1.0, description="what x is multiplied by within the sigmoid")

    def formula(self, x: Array) -> Array:
        return silu(x) if self.beta == 1 else x * sigmoid(self.beta * x)


class Clip(Elementwise):
    """y = max(min, min(x, max)), elementwise. With min above max the result is min everywhere.

    Shape: any, kept.
    Source: Caffe's clip_layer.cpp.
    """

    message: ClassVar = "clip_param"
    garbled: ClassVar = GRADIENTS

    min: float = Field(description="the least value")
    max: float = Field(description="the largest value")

    def formula(self, x: Array) -> Array:
        return clip(x, self.min, self.max) if self.min <= self.max else full_like(x, self.min)


class Dropout(Transparent, Stochastic):
    """TRAIN: an element becomes 0 with probability dropout_ratio, else it is divided by 1 − dropout_ratio. TEST: y = x.

    Shape: any, kept.
    Source: Caffe's dropout_layer.cpp.
    """

    message: ClassVar = "dropout_param"
    overwrites: ClassVar = True
    foldable: ClassVar = True

    dropout_ratio: float = Field(default=0.5, gt=0, lt=1, description="the probability that an element becomes 0")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms[:1]

    @property
    def always(self) -> bool:
        """Whether elements are dropped in TEST, too."""
        return False

    @property
    def reduced(self) -> str:
        """Why all of this is multiplied by 1 − dropout_ratio; "" where it is not."""
        return ""

    def drops(self, phase: Phase) -> bool:
        return phase is Phase.TRAIN or self.always

    def random(self, site: CallSite) -> bool:
        return self.drops(site.phase)

    def transparent(self, site: CallSite) -> bool:
        return not self.drops(site.phase) and not self.reduced

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


def _checked_base(base: float) -> float:
    if base != -1 and not (base > 0 and math.isfinite(base)):
        raise ValueError("the base must be above 0, or −1 for e")
    return base
