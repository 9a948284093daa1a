"""Data that a layer of the net distorts, not the one that reads it."""

from typing import ClassVar

from netspec.arrays import Array, stop_gradient
from netspec.layers.base import CallSite, Elementwise, Refusal
from netspec.layers.fit import axes
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, show


class DataRandTransform(Elementwise):
    """Images as they are. What may be done to them by chance, the fork's layers say in fields that stand beside
    `name` and `type`, each of which is off unless written; netspec knows none of these.

    Shape: N×C×H×W with up to 3 channels, kept. No gradient.
    Source: data_rand_transform_layer.cpp and caffe.proto of naibaf7/caffe, April to July 2015.
    """

    edition: ClassVar = "naibaf7"
    in_place: ClassVar = False

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape = site.bottoms[0]
        if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] > 3):
            message = f"DataRandTransform takes images N×C×H×W with up to 3 channels, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(shape)))
        return (shape,)

    def formula(self, x: Array) -> Array:
        return stop_gradient(x)
