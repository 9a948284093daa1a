"""Losses that weigh classes, and divide otherwise. Source: softmax_loss_layer.cpp of caffe-segnet and
caffe-segnet-cudnn5 for the weights of classes; caffe.proto of intel's fork for the other fields."""

from typing import ClassVar

from netspec.arrays import Array, DType, align, cast, gather, maximum, one_hot, total, vector
from netspec.layers.base import Field, Layer, Refusal, checks
from netspec.layers.caffe.loss import SoftmaxWithLoss
from netspec.layers.losses import LossParameter
from netspec.problems.fields import EntryCount
from netspec.shapes import Dim


class WeighingLossParameter(LossParameter):
    """Which predictions count for how much, in forks."""

    pre_fixed_normalizer: float = Field(default=1.0, description="intel's fork: the divisor of PRE_FIXED")
    label_smoothing: float = Field(default=0.0, description="intel's fork: not supported, except 0, which is none")
    weight_by_label_freqs: bool = Field(
        default=False,
        description="SegNet's fork, SoftmaxWithLoss: weigh classes by class_weighting, or where that is not given by "
        "1 / how many labels of the batch they have",
    )
    class_weighting: tuple[float, ...] = Field(
        default=(), description="SegNet's fork, with weight_by_label_freqs: the weight of each class"
    )

    @checks("label_smoothing")
    @staticmethod
    def _unsmoothed(label_smoothing: float) -> float:
        if label_smoothing:
            raise ValueError(f"label_smoothing is supported as 0 alone, is {label_smoothing}")
        return label_smoothing

    @property
    def divisor(self) -> float:
        return self.pre_fixed_normalizer


class WeighingLoss(Layer):
    """The message with these fields."""

    edition: ClassVar = "segnet"

    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(), description="which predictions count, and the divisor"
    )


class WeighingSoftmaxWithLoss(SoftmaxWithLoss):
    """Likewise; predictions are weighed by their labels."""

    edition: ClassVar = "segnet"

    loss_param: WeighingLossParameter = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
        WeighingLossParameter.model_construct(), description="which labels count, and the divisor"
    )

    def weighed(self, losses: Array, labels: Array, valid: Array | None, classes: Dim) -> Array:
        if not self.loss_param.weight_by_label_freqs:
            return losses
        return losses * self._weights(labels, valid, classes)

    def _weights(self, labels: Array, valid: Array | None, classes: Dim) -> Array:
        """What each prediction counts by its label."""
        weights = self.loss_param.class_weighting
        if weights:
            if len(weights) != classes:
                raise Refusal(
                    EntryCount,
                    f"there are {classes} classes and {len(weights)} weights for them",
                    fields=("loss_param.class_weighting",),
                    bottoms={0: ""},
                    help="give one class_weighting for each class",
                )
            return gather(vector(weights), labels)
        members = one_hot(labels, classes)
        if valid is not None:
            members = members * align(cast(valid, DType.FLOAT), 0, members.rank)
        return 1 / maximum(gather(total(members, range(labels.rank)).named("label_counts"), labels), 1.0)
