"""A plugin of native layers with parameters: a sub-module in PyTorch, parameters of the module itself in TensorFlow."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Place
from netspec.layers.base import Blob, CallSite, Count, FillerParameter, Layer, Positive, Refusal, Role
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, product, show


class Dense(Layer):
    """y = x·weightᵀ + bias."""

    message: ClassVar = "dense_param"
    in_place: ClassVar = False

    units: Positive = Field(description="how many outputs")
    filler: FillerParameter = Field(FillerParameter(type="xavier"), description="how the weight begins")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (x,) = site.bottoms
        if len(x) != 2:
            raise Refusal(BadDimensions, f"Dense takes N×K, not {show(x)}", fields=("units",), bottoms={0: ""})
        return ((x[0], self.units),)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        weight = Blob("weight", (self.units, site.bottoms[0][1]), self.filler)
        return weight, Blob("bias", (self.units,), role=Role.BIAS)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Any:
        return product(tops[0]) * site.bottoms[0][1]


class Halves(Layer):
    """The two halves of the channels, as two tops."""

    tops: ClassVar = Count(2, 2)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        n, channels, *rest = site.bottoms[0]
        return ((n, channels // 2, *rest),) * 2


def dense_in_torch(layer: Dense, place: Place) -> Code:
    sizes = place.input_shapes[0][1], layer.units
    return call(place.module(call("nn.Linear", *sizes), "weight", "bias"), place.inputs[0])


def dense_in_tensorflow(layer: Dense, place: Place) -> Code:
    return binary("+", call("tf.matmul", place.inputs[0], place.parameter(0, (1, 0), "kernel")), place.parameter(1))


def halves_in_torch(layer: Halves, place: Place) -> Code:
    """One value that is a tuple of both tops."""
    return call("torch.chunk", place.inputs[0], 2, 1)


def halves_in_tensorflow(layer: Halves, place: Place) -> Code:
    return call("tf.split", place.inputs[0], 2, 1)


LAYERS = [Dense, Halves]
EMITTERS = {
    "torch": {Dense: dense_in_torch, Halves: halves_in_torch},
    "tensorflow": {Dense: dense_in_tensorflow, Halves: halves_in_tensorflow},
}
