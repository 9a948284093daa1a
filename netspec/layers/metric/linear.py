"""Products with weights that are bounded, or of length 1. Source: layers of happynear's caffe-windows."""

from typing import ClassVar

from netspec.arrays import Array, align, linear, maximum, minimum, stop_gradient, transpose
from netspec.layers import retyped
from netspec.layers.base import Count, Field, FillerParameter, Formula, Layer, Refusal, UInt, canonical_axis
from netspec.layers.caffe.linear import InnerProduct, Scale
from netspec.layers.fit import expect_size
from netspec.layers.losses import shaped
from netspec.layers.overwriting import PRODUCT
from netspec.problems.fields import BlobCount
from netspec.shapes import product


class NormalizedInnerProduct(InnerProduct):
    """Whether it is a CosineInnerProduct."""

    edition: ClassVar = "happynear"
    foldable: ClassVar = True

    normalize: bool = Field(default=False, description="the weights of each output have length 1")

    def canonical(self) -> Layer:
        return retyped(self, "CosineInnerProduct") if self.normalize else super().canonical()


class BottomInnerProduct(Formula):
    """y = weight·x + bias, over all axes from `axis` on taken as one: an InnerProduct with its weight as bottom.

    A third is the bias.

    Shape: S to S[:axis] + (N,), with N the number of items of the weight. That has N·K numbers, K the product of
    S[axis:], and is read as (N, K), or as (K, N) with `transpose`; the bias has N. With two bottoms bias_term has to be
    false: the fork then makes a bias, and reads another.
    Source: inner_product_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "inner_product_param"
    bottoms: ClassVar = Count(2, 3)
    garbled: ClassVar = PRODUCT
    ignored: ClassVar = {
        "num_output": UInt,
        "weight_filler": FillerParameter,
        "bias_filler": FillerParameter,
        "normalize": bool,
    }

    bias_term: bool = Field(default=True, description="whether the third bottom is added to every output")
    axis: int = Field(default=1, description="the first axis of what is multiplied; negative counts from the end")
    transpose: bool = Field(default=False, description="the weight is kept as K×N")

    def called(self) -> str:
        return InnerProduct.type_name()

    def formula(self, x: Array, weight: Array, *bias: Array) -> Array:
        if self.bias_term and not bias:
            raise Refusal(
                BlobCount,
                "InnerProduct with its weights as second bottom takes its bias as third",
                fields=("bias_term",),
                help="give a third bottom, or write bias_term: false",
            )
        axis = canonical_axis(self.axis, x.shape, "axis")
        inputs, outputs = product(x.shape[axis:]), weight.shape[0] if weight.shape else 1
        message = f"InnerProduct needs a weight for each input of each output: {inputs}·{outputs} = {inputs * outputs}"
        expect_size(message, product(weight.shape), inputs * outputs, (0, 1))
        if self.transpose:
            table = transpose(shaped(weight, (inputs, outputs)), (1, 0))
        else:
            table = shaped(weight, (outputs, inputs))
        result = linear(shaped(x, (product(x.shape[:axis]), inputs)), table)
        if self.bias_term:
            message = f"InnerProduct needs a bias for each of {outputs} outputs"
            expect_size(message, product(bias[0].shape), outputs, (1, 2))
            result = result + align(shaped(bias[0], (outputs,)), 1, 2)
        return shaped(result, (*x.shape[:axis], outputs))


class BoundedScale(Scale):
    """The weight counts as the nearest number between two; its gradient is as without them.

    The fork also writes that number back, which gives the same y.
    """

    edition: ClassVar = "happynear"

    min_value: float | None = Field(default=None, description="the least weight")
    max_value: float | None = Field(default=None, description="the largest weight")

    def factor(self, weight: Array) -> Array:
        low, high = self.min_value, self.max_value
        if low is None and high is None:
            return weight
        kept = weight if low is None else maximum(weight, low)
        kept = kept if high is None else minimum(kept, high)
        return weight + stop_gradient(kept - weight)
