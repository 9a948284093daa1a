"""Layers that nets for faces are trained with: features and weights of length 1, and margins between classes.

Source: happynear's caffe-windows, which AMSoftmax and NormFace use.
"""

from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    full,
    linear,
    one_hot,
    reshape,
    sqrt,
    stop_gradient,
    take,
    total,
)
from netspec.layers.base import (
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Phase,
    Refusal,
    UInt,
    canonical_axis,
    checks,
)
from netspec.layers.caffe.linear import InnerProduct
from netspec.layers.fit import expect_size
from netspec.layers.losses import class_numbers, legacy, shaped
from netspec.layers.overwriting import SCATTERED
from netspec.layers.powers import power
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import CountMismatch
from netspec.shapes import Dim, Shape, product, show

TINY = 1e-6  # what is added to a sum of squares under the root


def distance(name: str) -> str:
    """Raises ValueError unless it is L1 or L2."""
    if name not in ("L1", "L2"):
        raise ValueError(f'must be L2 or L1, is "{name}"')
    return name


class CosineInnerProduct(InnerProduct, Formula):
    """InnerProduct with `normalize`: y = x·w / √(|w|² + 1e-6) + bias, with w the weights of an output.

    The gradient to the weights is that of x·w, as the fork has it. The fork also writes the weights of length 1 back
    into the blob; here the blob stays as it is, which gives the same y.
    Shape and blobs: as of InnerProduct. Source: inner_product_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"

    def called(self) -> str:
        return InnerProduct.type_name()

    def canonical(self) -> "CosineInnerProduct":
        return self

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.transpose:
            message = "InnerProduct with normalize has weights num_output×K, not transposed ones"
            raise Refusal(InvalidValue, message, fields=("transpose", "normalize"), help="remove transpose")
        return InnerProduct.infer(self, site)

    def formula(self, x: Array, weight: Array, bias: Array | None = None) -> Array:
        axis = canonical_axis(self.axis, x.shape, "axis")
        rows = shaped(x, (product(x.shape[:axis]), product(x.shape[axis:])))
        result = linear(rows, unit(weight))
        result = result if bias is None else result + align(bias, 1, 2)
        return shaped(result, (*x.shape[:axis], self.num_output))


class InnerDistance(Formula):
    """y[i, j] = Σ_k (x[i, k] − w[j, k])², or Σ_k |x[i, k] − w[j, k]| for L1.

    With `normalize` a weight of its own has length 1, as in InnerProduct. Bottoms: x, and if wanted the weights.
    Shape: S to S[:axis] + (num_output,), or how many items the second bottom has. Blob: without a second bottom the
    weight (num_output, K), K the product of S[axis:]. There is no bias, whatever bias_term says.
    Source: inner_distance_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "inner_distance_param"
    garbled: ClassVar = SCATTERED
    bottoms: ClassVar = Count(1, 3)
    ignored: ClassVar = {"bias_term": bool, "bias_filler": FillerParameter}

    num_output: UInt = Field(0, description="how many outputs there are, without a second bottom")
    weight_filler: FillerParameter = Field(ZERO, description="how the weights begin")
    axis: int = Field(1, description="the first axis of a row; negative counts from the end")
    transpose: bool = Field(False, description="the weight is kept as K×num_output; it is read as num_output×K")
    distance_type: str = Field("L2", description="L2, the sum of squares, or L1")
    normalize: bool = Field(False, description="whether the weights of each output have length 1")
    update_center_only: bool = Field(False, description="weights learn of their own class alone; not supported")

    @checks("distance_type")
    @staticmethod
    def _distance(name: str) -> str:
        return distance(name)

    def lacks(self, site: CallSite) -> str:
        return "update_center_only" if self.update_center_only or len(site.bottoms) > 2 else ""

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        x, *weight = site.bottoms
        if weight:
            return ()
        inputs = self._inputs(x)
        shape = (inputs, self.num_output) if self.transpose else (self.num_output, inputs)
        return (Blob("weight", shape, self.weight_filler),)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x = site.bottoms[0]
        axis, inputs = canonical_axis(self.axis, x, "axis"), self._inputs(x)
        if len(site.bottoms) == 1:
            if not self.num_output:
                message = "InnerDistance needs num_output, or a second bottom"
                raise Refusal(MissingField, message, fields=("num_output",))
            return ((*x[:axis], self.num_output),)
        weight = site.bottoms[1]
        canonical_axis(0, weight, "axis", 1)
        message = f"InnerDistance needs {inputs} numbers for each item of bottom 1; it has {product(weight[1:])}"
        expect_size(message, product(weight[1:]), inputs, (0, 1))
        return ((*x[:axis], weight[0]),)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * self._inputs(site.bottoms[0])

    def formula(self, x: Array, weight: Array, *_: Array) -> Array:
        axis, inputs = canonical_axis(self.axis, x.shape, "axis"), self._inputs(x.shape)
        rows = shaped(x, (product(x.shape[:axis]), 1, inputs))
        outputs = product(weight.shape) // inputs if self.transpose else weight.shape[0]
        table = shaped(weight, (outputs, inputs))
        table = unit(table) if self.normalize and weight.word == "parameter" else table
        difference = (rows - shaped(table, (1, outputs, inputs))).named("difference")
        size = difference**2 if self.distance_type == "L2" else absolute(difference)
        return shaped(total(size, (2,)), (*x.shape[:axis], outputs))

    def _inputs(self, x: Shape) -> Dim:
        return product(x[canonical_axis(self.axis, x, "axis") :])


def unit(weight: Array) -> Array:
    """The rows brought to length 1, with the gradient of the rows as they are."""
    length = sqrt(total(weight**2, (1,), keepdims=True) + TINY).named("length")
    return (weight + stop_gradient(weight / length - weight)).named("unit")


class HappynearNormalize(Formula):
    """y = x / √(Σ x² + 1e-6), or x / (Σ |x| + 1e-6) for L1, the sum over channels.

    Tops: y N×C×H×W, and if wanted the length by which it is divided, N×1×H×W; axes that x has not have the size 1. No
    gradient passes through the length without bp_norm.
    Source: normalize_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "normalize_param"
    tops: ClassVar = Count(1, 2)
    in_place: ClassVar = False
    ignored: ClassVar = {"fix_gradient": bool}

    normalize_type: str = Field("L2", description="L2 or L1")
    bp_norm: bool = Field(False, description="whether there is a gradient of the second top")

    @checks("normalize_type")
    @staticmethod
    def _norm(name: str) -> str:
        return distance(name)

    def formula(self, x: Array) -> tuple[Array, Array]:
        x = shaped(x, legacy(self, x.shape, 0))
        if self.normalize_type == "L2":
            length = sqrt(total(x**2, (1,), keepdims=True) + TINY)
        else:
            length = total(absolute(x), (1,), keepdims=True) + TINY
        length = length.named("length")
        return x / length, length if self.bp_norm else stop_gradient(length)


class ChannelScale(Formula):
    """y = scale·x, with a factor for each position: the norm that was taken from features, given back.

    Bottoms: x N×C×H×W, of up to four axes, and N·H·W factors. Shape: that of x.
    The gradients to x and to the factors are those of scale·x also where do_forward is false and y = x; without
    do_backward_feature the gradient to x is that of y = x, without do_backward_scale there is none to the factors.
    Source: channel_scale_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "channel_scale_param"
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)

    do_forward: bool = Field(True, description="whether x is scaled at all")
    do_backward_feature: bool = Field(True, description="whether the gradient to x is scaled")
    do_backward_scale: bool = Field(True, description="whether the factors have a gradient")
    global_scale: bool = Field(False, description="one factor for all, which training measures; not supported")
    max_global_scale: float = Field(1000.0, description="the greatest such factor")
    min_global_scale: float = Field(0.0, description="the least such factor")
    init_global_scale: float = Field(1.0, description="such a factor at first")

    def lacks(self, site: CallSite) -> str:
        return "global_scale" if self.global_scale or site.tops > 1 else ""

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, scale = site.bottoms
        n, _, *space = legacy(self, x, 0)
        wanted = product((n, *space))
        message = f"ChannelScale needs {wanted} factors, one for each position of {show(x)}; it has {product(scale)}"
        expect_size(message, product(scale), wanted, (0, 1))
        return (x, (1,))[: site.tops]

    def formula(self, x: Array, scale: Array) -> Array:
        n, _, *space = legacy(self, x.shape, 0)
        factor = shaped(scale, (n, 1, *space)[: x.rank])
        if self.do_forward and self.do_backward_feature:
            return x * (factor if self.do_backward_scale else stop_gradient(factor))
        y = stop_gradient(x * factor if self.do_forward else x)
        y = y + (x - stop_gradient(x)) * (stop_gradient(factor) if self.do_backward_feature else 1.0)
        return y + stop_gradient(x) * (factor - stop_gradient(factor)) if self.do_backward_scale else y


class LabelSpecificAdd(Formula):
    """TRAIN: y = x, but for the class of the label x + bias, where that was above −bias. TEST: y = x.

    With bias_base, bias = bias_base + (1 + bias_gamma·i)^bias_power − 1, between bias_min and bias_max. The fork counts
    passes in i; here it is `iteration` in every pass.
    Bottoms: x N×…, of which an item's elements are its classes, and labels, one for each item. Tops: y, and if wanted
    bias, 1, which is 0 in TEST. The gradient is that of y = x.
    Source: label_specific_add.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "label_specific_add_param"
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)
    ignored: ClassVar = {"transform_test": bool}

    bias: float = Field(0.0, description="what is added to the class of the label; below 0 for a margin")
    bias_base: float = Field(0.0, description="the bias at first, where it changes")
    bias_gamma: float = Field(0.0, description="how fast it changes")
    bias_power: float = Field(1.0, description="in which power it changes")
    bias_min: float = Field(0.0, description="with bias_base: the least bias")
    bias_max: float = Field(0.0, description="with bias_base: the greatest bias")
    iteration: UInt = Field(0, description="how many passes there were before")

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        canonical_axis(0, x.shape, "axis")
        n, bias = x.shape[0], self.added()
        if product(label.shape) != n:
            message = f"LabelSpecificAdd needs {n} labels, one for each item of {show(x.shape)}, not"
            raise Refusal(CountMismatch, f"{message} {product(label.shape)}", bottoms={0: "", 1: ""})
        if site.phase is Phase.TEST:
            return reshape(x, x.shape), full((1,), 0.0)
        classes = product(x.shape[1:])
        rows = shaped(x, (n, classes))
        labels, _ = class_numbers(label, (n,), None)
        own = take(rows, reshape(labels, (n, 1)), 1).named("own")
        change = (cast(own > -bias, DType.FLOAT) * bias).named("change")
        return shaped(rows + one_hot(labels, classes) * change, x.shape), full((1,), bias)

    def added(self) -> float:
        """What is added to the class of the label."""
        if not self.has("bias_base"):
            return self.bias
        changed = self.bias_base + power(1 + self.bias_gamma * self.iteration, self.bias_power) - 1
        return min(max(changed, self.bias_min), self.bias_max)
