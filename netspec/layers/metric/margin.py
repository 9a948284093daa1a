"""An inner product with a margin between the angles of classes, as sphereface trains with."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    cast,
    full,
    linear,
    one_hot,
    reshape,
    sqrt,
    take,
    total,
)
from netspec.layers.base import (
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Positive,
    Refusal,
    canonical_axis,
)
from netspec.layers.losses import class_numbers, shaped
from netspec.layers.overwriting import PRODUCT
from netspec.layers.powers import power
from netspec.problems.shapes import CountMismatch
from netspec.shapes import Dim, Shape, product, show


class MarginType(IntEnum):
    SINGLE = 0
    DOUBLE = 1
    TRIPLE = 2
    QUADRUPLE = 3


class MarginInnerProduct(Formula):
    """y = |x|·cos θ, with θ the angle of x and the weights of a class; for the label's class |x|·ψ(θ), which is less.

    ψ(θ) falls like cos(m·θ) on the first of m parts of [0, π], and goes on falling on the others. m is from 1 (SINGLE,
    where ψ(θ) = cos θ) to 4 (QUADRUPLE). It is mixed with cos θ: (ψ(θ) + λ·cos θ) / (1 + λ), where
    λ = max(base·(1 + gamma·i)^(−power), lambda_min).
    sphereface counts passes in i; here it is that of the first, iteration + 1, in every pass. Its gradients are not
    those of this function: that to x is brought to a length, that to the weights is the one of x·weight.
    Bottoms: x, and labels, one for each row. Shape: S to S[:axis] + (num_output,); a second top holds λ, 1.
    Blobs: weight (num_output, K), K the product of S[axis:]; only its direction matters.
    Source: margin_inner_product_layer.cpp of wy1iu/sphereface.
    """

    edition: ClassVar = "sphereface"
    message: ClassVar = "margin_inner_product_param"
    garbled: ClassVar = PRODUCT
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)

    num_output: Positive = Field(description="how many classes there are")
    type: MarginType = Field(MarginType.SINGLE, description="m: SINGLE, DOUBLE, TRIPLE or QUADRUPLE")
    weight_filler: FillerParameter = Field(ZERO, description="how the weights begin")
    axis: int = Field(1, description="the first axis of a row; negative counts from the end")
    base: float = Field(1.0, description="λ at first")
    gamma: float = Field(0.0, description="how fast λ falls")
    power: float = Field(1.0, description="in which power λ falls")
    iteration: int = Field(0, ge=0, description="how many passes there were before")
    lambda_min: float = Field(0.0, description="the least λ")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, label = site.bottoms
        axis = canonical_axis(self.axis, x, "axis")
        if product(label) != product(x[:axis]):
            rows = product(x[:axis])
            raise Refusal(
                CountMismatch,
                f"MarginInnerProduct needs {rows} labels, one for each row of {show(x)}, not {product(label)}",
                bottoms={0: "", 1: ""},
            )
        return ((*x[:axis], self.num_output), (1,))[: site.tops]

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        return (Blob("weight", (self.num_output, self._inputs(site)), self.weight_filler),)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * self._inputs(site)

    def formula(self, x: Array, label: Array, weight: Array) -> tuple[Array, Array]:
        axis = canonical_axis(self.axis, x.shape, "axis")
        n, bound = product(x.shape[:axis]), self.mix()
        rows = shaped(x, (n, product(x.shape[axis:])))
        direction = (weight / sqrt(total(weight**2, (1,), keepdims=True))).named("direction")
        result = scores = linear(rows, direction).named("scores")
        if self.type is not MarginType.SINGLE:
            labels, _ = class_numbers(label, (n,), None)
            own = take(scores, reshape(labels, (n, 1)), 1).named("own")
            length = sqrt(total(rows**2, (1,), keepdims=True)).named("length")
            falling = self._falling((own / length).named("cosine")).named("falling")
            change = ((length * falling - own) / (1 + bound)).named("change")
            result = scores + one_hot(labels, self.num_output) * change
        return shaped(result, (*x.shape[:axis], self.num_output)), full((1,), bound)

    def mix(self) -> float:
        """λ."""
        return max(self.base * power(1 + self.gamma * (self.iteration + 1), -self.power), self.lambda_min)

    def _falling(self, cosine: Array) -> Array:
        """ψ, of the cosine."""
        square = (cosine**2).named("square")
        match self.type:
            case MarginType.DOUBLE:
                return 2 * _sign(cosine) * square - 1
            case MarginType.TRIPLE:
                outer = _sign(absolute(cosine) - 0.5).named("outer")
                return outer * (4 * square * cosine - 3 * cosine) + _sign(cosine) * (1 + outer) - 2
            case _:
                sign = _sign(cosine).named("sign")
                part = (sign * _sign(2 * square - 1)).named("part")
                return part * (8 * square**2 - 8 * square + 1) + 2 * sign + part - 3

    def _inputs(self, site: CallSite) -> Dim:
        x = site.bottoms[0]
        return product(x[canonical_axis(self.axis, x, "axis") :])


def _sign(x: Array) -> Array:
    """1, 0 or −1. No gradient passes."""
    return cast(x > 0.0, DType.FLOAT) - cast(x < 0.0, DType.FLOAT)
