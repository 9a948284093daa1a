"""Accuracy of distances. Source: accuracy_layer.cpp of happynear's caffe-windows."""

from typing import ClassVar

from netspec.arrays import Array
from netspec.layers.base import Field
from netspec.layers.caffe.loss import Accuracy


class DistanceAccuracy(Accuracy):
    """Which scores are the best."""

    edition: ClassVar = "happynear"

    min_is_better: bool = Field(False, description="the smallest scores are the best, as distances")

    def ahead(self, scores: Array, own: Array) -> Array:
        return scores <= own if self.min_is_better else super().ahead(scores, own)
