"""Activations of forks that in TRAIN draw something by chance for every element."""

from math import inf, log
from typing import ClassVar

from netspec.layers.base import (
    CallSite,
    Field,
    Finite,
    LayoutPreference,
    Phase,
    Requirements,
    Shapes,
    SizeRequirement,
    Stochastic,
)
from netspec.layers.powers import power
from netspec.shapes import Shape


class Chance(Stochastic):
    """What they have in common: an input of any shape, which is kept."""

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms[:1]

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> dict[int, SizeRequirement]:
        return {0: tops[0]} if tops[0] else {}

    def random(self, site: CallSite) -> bool:
        return site.phase is Phase.TRAIN

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


class RReLU(Chance):
    """y = x where x > 0, else x / a: in TRAIN with an a for every element drawn between lb and ub, in TEST with a the
    same for all, (ub − lb) / (ln |ub| − ln |lb|).

    Shape: any, kept.
    Source: rrelu_layer.cpp of ducha-aiki/caffe.
    """

    edition: ClassVar = "ducha-aiki"
    message: ClassVar = "rrelu_param"

    lb: Finite = Field(default=5.0, description="the least a")
    ub: Finite = Field(default=10.0, description="the largest a")

    def consistent(self) -> None:
        if self.lb >= self.ub or not self.lb or not self.ub:
            raise ValueError("lb must be less than ub, and neither may be 0")

    def divisor(self) -> float:
        """a in TEST."""
        apart = log(abs(self.ub)) - log(abs(self.lb))
        return (self.ub - self.lb) / apart if apart else inf if self.lb < 0 < self.ub else self.ub


class SeLuDropout(Chance):
    """TRAIN: an element becomes alpha with probability p = dropout_ratio, and all are brought to the mean and variance
    that they had: y = a·x − a·p·alpha, with a = (q·(1 + alpha²·p))^(−1/2) and q = 1 − p. TEST: y = x.

    Shape: any, kept.
    Source: selu_dropout_layer.cpp of Synopsys' caffe, as soeaver's fork has it.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "selu_dropout_param"

    dropout_ratio: float = Field(default=0.1, gt=0, lt=1, description="p: the probability that an element is dropped")
    alpha: float = Field(default=-1.75809934, description="what a dropped element becomes")

    def factor(self) -> float:
        """a."""
        kept = 1 - self.dropout_ratio
        return power(kept * (1 + self.alpha * self.alpha * self.dropout_ratio), -0.5)
