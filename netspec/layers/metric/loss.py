"""EuclideanLoss as a layer in Python."""

from __future__ import annotations

from typing import ClassVar

from netspec.arrays import (
    Array,
    reshape,
)
from netspec.layers.caffe.loss import EuclideanLoss


class PythonEuclideanLoss(EuclideanLoss):
    """As EuclideanLoss, of Caffe's example of a layer written in Python; a vector of one number, not a scalar. It
    counts in the loss only with a loss_weight.

    Source: examples/pycaffe/layers/pyloss.py of Caffe.
    """

    python: ClassVar = ("pyloss", "EuclideanLossLayer")
    loss: ClassVar = False

    def formula(self, a: Array, b: Array) -> Array:
        return reshape(super().formula(a, b), (1,))
