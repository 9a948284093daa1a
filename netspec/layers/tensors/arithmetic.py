"""Layers of Synopsys' fork that compute each number from one or two others; two blobs stretch to each other."""

from math import log
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    arctangent,
    cast,
    clip,
    exp,
    floor,
    log_softmax,
    not_equal,
    rounded,
    sine,
    softplus,
    stop_gradient,
    tanh,
    where,
)
from netspec.layers.base import CallSite, Count, Elementwise, Field, Formula, Phase, canonical_axis
from netspec.layers.fit import expect_equal
from netspec.layers.losses import LOG_THRESHOLD, bounded
from netspec.layers.overwriting import GRADIENTS
from netspec.layers.tensors.channels import Broadcasting

LOWEST = log(LOG_THRESHOLD)


class Sub(Broadcasting):
    """a − b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: sub_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return a - b


class Div(Broadcasting):
    """a / b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: div_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return a / b


class FloorDiv(Broadcasting):
    """a / b, rounded down. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: floor_div_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return floor(a / b)


class FloorMod(Broadcasting):
    """a − floor(a / b)·b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: floor_mod_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return a - floor(a / b) * b


class Maximum(Broadcasting):
    """a where a > b, else b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: maximum_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return where(a > b, a, b)


class Minimum(Broadcasting):
    """a where a < b, else b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: minimum_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return where(a < b, a, b)


class NotEqual(Formula):
    """1 where a and b differ, else 0. The second bottom has the shape of the first, or is a scalar.

    Shape: that of the first bottom. Source: not_equal_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "not_equal_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False
    ignored: ClassVar = {"comparand": float}

    def formula(self, a: Array, b: Array) -> Array:
        if b.rank:
            expect_equal("NotEqual compares blobs of one shape, or a blob and a scalar", (a.shape, b.shape), 1)
        return cast(not_equal(a, b), DType.FLOAT)


class Softplus(Elementwise):
    """y = log(exp(x) + 1), elementwise.

    Shape: any, kept. Source: softplus_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return softplus(x)


class Softsign(Elementwise):
    """y = x / (1 + |x|), elementwise.

    Shape: any, kept. Source: softsign_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return x / (1 + where(x > 0.0, x, -x))


class Mish(Elementwise):
    """y = x·tanh(log(1 + exp(x))), elementwise.

    Shape: any, kept. In TRAIN the gradient is the forks': the slope at y, not at x.
    Source: mish_layer.cpp of ChenYingpeng/caffe-yolov3 and of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    overwrites: ClassVar = True

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        (x,) = xs
        if site.phase is Phase.TEST:
            return (x * tanh(softplus(x)),)
        y = stop_gradient(x * tanh(softplus(x))).named("value")
        soft = softplus(y).named("soft")
        gate = tanh(soft).named("gate")
        slope = y * (1 - gate**2) * (1 - exp(-soft)) + gate
        return (y + stop_gradient(slope) * (x - stop_gradient(x)),)


class HardTanh(Elementwise):
    """y = x between −1 and 1, else −1 or 1, elementwise.

    Shape: any, kept. Source: hard_tanh_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return clip(x, -1.0, 1.0)


class ScaledTanH(Elementwise):
    """y = alpha·tanh(beta·x), elementwise.

    Shape: any, kept. Source: scaled_tanh_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "scaled_tanh_param"

    alpha: float = Field(description="what the result is multiplied by")
    beta: float = Field(description="what x is multiplied by")

    def formula(self, x: Array) -> Array:
        return self.alpha * tanh(self.beta * x)


class LogSoftmax(Formula):
    """y = log(exp(x) / Σ exp(x)), the sum over one axis, and at least log(1e−20).

    Shape: any, kept. Source: log_softmax_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "log_softmax_param"

    axis: int = Field(1, description="the axis of the sum; negative counts from the end")

    def formula(self, x: Array) -> Array:
        return bounded(log_softmax(x, canonical_axis(self.axis, x.shape, "axis")), LOWEST)


class Sin(Elementwise):
    """y = sin(x), elementwise.

    Shape: any, kept. Source: sin_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    garbled: ClassVar = GRADIENTS

    def formula(self, x: Array) -> Array:
        return sine(x)


class Atan(Elementwise):
    """y = arctan(x), elementwise.

    Shape: any, kept. Source: atan_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return arctangent(x)


class Floor(Elementwise):
    """The largest whole number that is not above x, elementwise.

    Shape: any, kept. Source: floor_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return floor(x)


class Ceil(Elementwise):
    """The smallest whole number that is not below x, elementwise.

    Shape: any, kept. Source: ceil_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return -floor(-x)


class Round(Elementwise):
    """The nearest whole number, of two that are as near the even one, elementwise.

    Shape: any, kept. Source: round_layer.cpp of Synopsys' caffe, which has no gradient.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return rounded(x)
