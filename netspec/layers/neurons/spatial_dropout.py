"""Dropout of whole channels."""

from typing import ClassVar

from netspec.layers.base import CallSite, Field, Message, Phase, PythonLayer, Stochastic
from netspec.layers.losses import legacy
from netspec.shapes import Shape


class ChannelDropout(Stochastic):
    """What its kinds have in common."""

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        legacy(self, site.bottoms[0], 0)
        return site.bottoms[:1]

    def ratio(self) -> float:
        """The probability that a channel becomes 0."""
        raise NotImplementedError

    def drops(self, phase: Phase) -> bool:
        raise NotImplementedError

    def follows(self) -> bool:
        """Whether it drops in TRAIN and not in TEST."""
        raise NotImplementedError

    def factor(self, phase: Phase) -> float:
        """What x is multiplied by where no channel is dropped."""
        return 1.0

    def random(self, site: CallSite) -> bool:
        return self.drops(site.phase)


class DropoutParameter(Message):
    """The message of Dropout, which some forks read for SpatialDropout, too."""

    dropout_ratio: float = Field(0.5, gt=0, lt=1, description="the probability that a channel becomes 0")


class SpatialDropout(ChannelDropout):
    """TRAIN: a channel of an item becomes 0 with probability dropout_ratio, else it is divided by 1 − dropout_ratio.
    TEST: y = x.

    Shape: N×C×…, of up to four axes, kept.
    Source: spatial_dropout_layer.cpp of intel's fork, and of others; where it is of ENet's, a CPU mixes the numbers up.
    """

    edition: ClassVar = "intel"
    message: ClassVar = "spatial_dropout_param"

    dropout_ratio: float = Field(0.5, gt=0, lt=1, description="the probability that a channel becomes 0")
    sample_weights_test: bool = Field(False, description="ENet's fork: drop channels in TEST, too")
    dropout_param: DropoutParameter | None = Field(None, description="dropout_ratio where a fork reads it here")

    def ratio(self) -> float:
        own = self.dropout_param is None or self.has("dropout_ratio")
        return self.dropout_ratio if own or self.dropout_param is None else self.dropout_param.dropout_ratio

    def drops(self, phase: Phase) -> bool:
        return phase is Phase.TRAIN or self.sample_weights_test

    def follows(self) -> bool:
        return not self.sample_weights_test

    def deterministic(self) -> "SpatialDropout":
        return self.model_copy(update={"sample_weights_test": False})


class PythonSpatialDropout(PythonLayer, ChannelDropout):
    """As SpatialDropout, for which `phase` says by itself whether it drops; else x is divided by 1 − p all the same.

    Its gradient is that of what it computes; ENet's layer takes the channels of the last item for those of all items.
    Source: spatial_dropout.py of ENet's caffe-enet.
    """

    edition: ClassVar = "enet"
    python: ClassVar = ("spatial_dropout", "SpatialDropoutLayer")

    phase: str = Field("TRAIN", description="TRAIN for dropping channels")
    p: float = Field(gt=0, lt=1, description="the probability that a channel becomes 0")

    def ratio(self) -> float:
        return self.p

    def drops(self, phase: Phase) -> bool:
        return self.phase == "TRAIN"

    def follows(self) -> bool:
        return False

    def factor(self, phase: Phase) -> float:
        return 1.0 if self.drops(phase) else 1 / (1 - self.p)

    def deterministic(self) -> "PythonSpatialDropout":
        return self.model_copy(update={"phase": "TEST"})
