"""A distance of which a bottom says how much each element counts."""

from typing import ClassVar

from netspec.arrays import Array, mean, stop_gradient
from netspec.layers.base import Count
from netspec.layers.caffe.loss import EuclideanLoss, LossLayer
from netspec.layers.fit import counted, expect_size
from netspec.layers.losses import expect_count, expect_items, shaped
from netspec.shapes import product


class ScaledEuclideanLoss(LossLayer):
    """Σ (s·(a − b))² / 2M, with M the number of elements: an EuclideanLoss with scales s as third bottom.

    All have the same number of elements. The gradient is the fork's, ±s·(a − b) / M, where that of the value has s²; it
    goes to both bottoms, none to the scales. Source: euclidean_loss_layer.cpp of naibaf7/caffe.
    """

    edition: ClassVar = "naibaf7"
    bottoms: ClassVar = Count(3, 3)

    def called(self) -> str:
        return EuclideanLoss.type_name()

    def formula(self, a: Array, b: Array, scale: Array) -> Array:
        expect_items(self, a.shape, b.shape)
        expect_count(self, a.shape, b.shape)
        message = f"{self.called()} needs a scale for each element: {counted(a.shape)} and {counted(scale.shape)}"
        expect_size(message, product(a.shape), product(scale.shape), (0, 2))
        difference = (a - shaped(b, a.shape)).named("difference")
        scaled = stop_gradient(shaped(scale, a.shape) * difference).named("scaled")
        everything = range(a.rank)
        return mean(scaled**2, everything) / 2 + mean(scaled * (difference - stop_gradient(difference)), everything)
