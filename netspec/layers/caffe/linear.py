"""Layers that multiply by weights or add them: a matrix, a table, a factor or a bias along some axes."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from netspec.arrays import Array, align
from netspec.layers.base import (
    ONE,
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Layer,
    Positive,
    Refusal,
    Requirements,
    Role,
    Shapes,
    SizeRequirement,
    canonical_axis,
)
from netspec.layers.fit import axes
from netspec.layers.overwriting import PRODUCT
from netspec.layers.rewriting import Affine, Placement, WeightAxes
from netspec.layers.weighted import Weighted
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Dim, Shape, mismatch, product, show


class InnerProduct(Weighted):
    """y = weight·x + bias, over all axes from `axis` on taken as one, in C order.

    Shape: S to S[:axis] + (num_output,).
    Blobs: weight (num_output, K), or (K, num_output) with `transpose`, K the product of S[axis:]; bias (num_output).
    Source: Caffe's inner_product_layer.cpp.
    """

    message: ClassVar = "inner_product_param"
    garbled: ClassVar = PRODUCT
    foldable: ClassVar = True

    num_output: Positive = Field(description="how many outputs there are")
    axis: int = Field(default=1, description="the first axis of what is multiplied; negative counts from the end")
    transpose: bool = Field(default=False, description="the weights are kept as K×num_output")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        return ((*shape[: canonical_axis(self.axis, shape, "axis")], self.num_output),)

    def unmeasured(self, tops: int) -> tuple[Shape | None, ...]:
        return ((UNKNOWN, self.num_output) if self.axis == 1 else None,)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        inputs = self.inputs(site)
        weight = (inputs, self.num_output) if self.transpose else (self.num_output, inputs)
        return self.weight_and_bias(weight, self.num_output)

    def inputs(self, site: CallSite) -> Dim:
        """How many inputs each output has: K."""
        (shape,) = site.bottoms
        return product(shape[canonical_axis(self.axis, shape, "axis") :])

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * self.inputs(site)

    def weight_axes(self, site: CallSite) -> WeightAxes | None:
        (shape,) = site.bottoms
        axis, weight = canonical_axis(self.axis, shape, "axis"), self.blobs(site)[0].shape
        outputs, inputs = (1, 0) if self.transpose else (0, 1)
        return WeightAxes(weight, (outputs,), (inputs,), axis, axis, shape[axis:], padded=False)


class Embed(Weighted):
    """y = weight[int(x)] + bias: a row of the table for every index.

    Shape: S to S + (num_output,). Indices run from 0 to input_dim − 1, which Caffe does not check, and get no gradient.
    Blobs: weight (input_dim, num_output), bias (num_output).
    Source: Caffe's embed_layer.cpp.
    """

    message: ClassVar = "embed_param"
    garbled: ClassVar = "rows are written over indices that it has still to read"

    num_output: Positive = Field(description="the length of a row")
    input_dim: Positive = Field(description="how many rows there are")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        shape = tops[0].shape if tops and tops[0] is not None else None
        return {0: SizeRequirement.of(shape[:-1])} if shape else {}

    def overwritten(self, site: CallSite) -> str:
        return "" if self.num_output == 1 or product(site.bottoms[0]) == 1 else self.garbled

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((*site.bottoms[0], self.num_output),)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        return self.weight_and_bias((self.input_dim, self.num_output), self.num_output)

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {0: self.input_dim}


class Scale(Affine, Formula):
    """y = x·weight (+ bias), the weight standing along the axes of x from `axis` on.

    With two bottoms the second is the weight. It has to have the sizes of x exactly: sizes of 1 do not stretch.
    Shape: that of the first bottom. Blobs: weight S[axis : axis + num_axes], which begins as 1 and is absent with two
    bottoms; bias, with bias_term, of the same shape.
    Source: Caffe's scale_layer.cpp.
    """

    message: ClassVar = "scale_param"
    overwrites: ClassVar = True
    foldable: ClassVar = True
    bottoms: ClassVar = Count(1, 2)

    axis: int = Field(default=1, description="the first axis of x that the weight has; negative counts from the end")
    num_axes: int = Field(
        default=1, ge=-1, description="one bottom: how many axes it has; −1 is all to the end, 0 a scalar"
    )
    filler: FillerParameter = Field(
        default=ONE, description="how the weight begins: where not given as 1, where empty as 0"
    )
    bias_term: bool = Field(default=False, description="whether a bias is added")
    bias_filler: FillerParameter = Field(default=ZERO, description="how the bias begins")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        _, shape = self.placement(site)
        weight = Blob("weight", shape, self.filler, Role.SCALE)
        bias = Blob("bias", shape, self.bias_filler, Role.BIAS)
        return (*((weight,) if len(site.bottoms) == 1 else ()), *((bias,) if self.bias_term else ()))

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.placement(site)
        return site.bottoms[:1]

    def placement(self, site: CallSite) -> tuple[int, Shape]:
        """The first axis of the weight, and its shape. Raises Refusal."""
        return _placement(self, self.axis, self.num_axes, site)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        axis, _ = self.placement(site)
        x, weight, *bias = *xs, *blobs
        y = x * align(self.factor(weight), axis, x.rank)
        return (y + align(bias[0], axis, x.rank) if bias else y,)

    def factor(self, weight: Array) -> Array:
        """What x is multiplied by."""
        return weight

    def placed(self, site: CallSite) -> Placement | None:
        return Placement(*self.placement(site)) if len(site.bottoms) == 1 else None

    def shifts(self, site: CallSite) -> bool:
        return self.bias_term

    def terms(self, blobs: Sequence[Any]) -> tuple[Any, Any]:
        weight, bias = *blobs, *(() if self.bias_term else (0.0,))
        return weight, bias

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0])


class Bias(Affine, Formula):
    """y = x + bias, the bias standing along the axes of x from `axis` on.

    With two bottoms the second is the bias. It has to have the sizes of x exactly: sizes of 1 do not stretch.
    Shape: that of the first bottom. Blobs: bias S[axis : axis + num_axes], absent with two bottoms.
    Source: Caffe's bias_layer.cpp.
    """

    message: ClassVar = "bias_param"
    overwrites: ClassVar = True
    foldable: ClassVar = True
    bottoms: ClassVar = Count(1, 2)

    axis: int = Field(default=1, description="the first axis of x that the bias has; negative counts from the end")
    num_axes: int = Field(
        default=1, ge=-1, description="one bottom: how many axes it has; −1 is all to the end, 0 a scalar"
    )
    filler: FillerParameter = Field(default=ZERO, description="how the bias begins")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        if len(site.bottoms) == 2:
            return ()
        return (Blob("bias", self.placement(site)[1], self.filler, Role.BIAS),)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.placement(site)
        return site.bottoms[:1]

    def placement(self, site: CallSite) -> tuple[int, Shape]:
        """The first axis of the bias, and its shape. Raises Refusal."""
        return _placement(self, self.axis, self.num_axes, site)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        axis, _ = self.placement(site)
        x, bias = *xs, *blobs
        return (x + align(bias, axis, x.rank),)

    def placed(self, site: CallSite) -> Placement | None:
        return Placement(*self.placement(site)) if len(site.bottoms) == 1 else None

    def terms(self, blobs: Sequence[Any]) -> tuple[Any, Any]:
        (bias,) = blobs
        return 1.0, bias


def scale_along(place: Placement) -> Scale:
    """y = x·weight + bias, both of which lie so in x."""
    given = {"axis": place.axis, "num_axes": len(place.shape), "bias_term": True}
    return Scale.model_construct(set(given), **given)


def _placement(layer: Layer, axis: int, num_axes: int, site: CallSite) -> tuple[int, Shape]:
    """Where a factor or a bias stands in x: its first axis, and its shape. Raises Refusal."""
    shape, *second = site.bottoms
    if second == [()]:
        return 0, ()
    start = canonical_axis(axis, shape, "axis")
    if not second:
        end = len(shape) if num_axes == -1 else start + num_axes
        if end > len(shape):
            raise Refusal(
                BadDimensions,
                f"{layer.type_name()} covers axes {start} to {end - 1} of {show(shape)}, which has {axes(len(shape))}",
                fields=("num_axes", "axis"),
                bottoms={0: ""},
                help=f"use num_axes: {len(shape) - start}, or −1 for all axes from axis {start} on",
            )
        return start, shape[start:end]
    other = second[0]
    covered = shape[start : start + len(other)]
    if (fault := mismatch(covered, other)) is not None:
        what = f"axis {start + fault}: {covered[fault]} and {other[fault]}" if fault >= 0 else ""
        raise Refusal(
            ShapeMismatch,
            f"the second bottom of {layer.type_name()}, {show(other)}, has to match the first, {show(shape)}, "
            f"from axis {start} on",
            fields=("axis",),
            bottoms={0: "", 1: ""},
            label=what or f"{axes(len(other))} do not fit in {len(covered)}",
            help="choose the axis at which the sizes are equal; sizes of 1 do not stretch",
        )
    return start, other
