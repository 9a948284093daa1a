"""A loss of forks in which what is predicted well counts less."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, exp, log_softmax, softmax, take
from netspec.layers.base import CallSite, Count, Field, Requirements, Shapes, SizeRequirement, canonical_axis
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.losses import (
    LOG_FLT_MIN,
    NormalizationMode,
    SoftmaxParameter,
    bounded,
    class_numbers,
    expect_items,
    expect_labels,
    normalized,
    with_size,
)
from netspec.layers.requirements import labels_needed
from netspec.layers.segmentation.loss import WeighingLossParameter


class FocalLoss(LossLayer):
    """−alpha·(1 − p)^gamma·log p, where p = softmax(x)[label], over the axis of the classes.

    Bottoms, tops and what the sum is divided by are those of SoftmaxWithLoss. Forks disagree about alpha where a net
    does not give it; then it has no meaning here.
    Source: focal_loss_layer.cpp of canteen-man/MobileNet-SSD-Focal-loss, and of other forks.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "focal_loss_param"
    tops: ClassVar = Count(1, 2)

    axis: int = Field(1, description="the axis of the classes, as softmax_param has it, too")
    alpha: float | None = Field(None, description="the factor of all losses")
    gamma: float = Field(2.0, ge=1, description="how much less predictions count that are right")
    softmax_param: SoftmaxParameter = Field(SoftmaxParameter.model_construct(), description="the axis of the classes")
    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(), description="which labels count, and the divisor"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, self.axis)

    def lacks(self, site: CallSite) -> str:
        rank = len(site.bottoms[0])
        if self.axis % rank != self.softmax_param.axis % rank:
            return f"axis {self.axis} beside axis {self.softmax_param.axis} of softmax_param"
        return "" if self.alpha is not None else "no alpha, about whose default forks disagree"

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        expect_items(self, x.shape, label.shape)
        axis = canonical_axis(self.axis, x.shape, "axis")
        expect_labels(self, x.shape, label.shape, axis)
        labels, valid = class_numbers(label, with_size(x.shape, axis, 1), self.loss_param.ignore_label)
        likelihood = take(log_softmax(x, axis).named("log_probability"), labels, axis).named("log_likelihood")
        alpha = 1.0 if self.alpha is None else self.alpha
        focus = (1 - exp(likelihood)) ** self.gamma
        losses = (-alpha * (focus * bounded(likelihood, LOG_FLT_MIN))).named("losses")
        loss = normalized(losses, valid, self.loss_param.mode(NormalizationMode.VALID), axis, self.loss_param.divisor)
        return (loss, softmax(x, axis)) if site.tops > 1 else (loss,)
