"""Layers of Synopsys' fork that multiply matrices, or normalize, after TensorFlow, ONNX and PyTorch."""

from typing import ClassVar

from netspec.arrays import Array, absolute, align, matmul, mean, reshape, sqrt, total
from netspec.layers.base import ONE, ZERO, Blob, CallSite, Count, Field, Formula, Refusal, Role, canonical_axis
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import Dim, Shape, product, show, stretched


class MatMul(Formula):
    """The product of two matrices, for each position of the axes before them.

    Shape: …×M×K and …×K×N to …×M×N; of those transposed the last two the other way round.
    Source: matmul_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "matmul_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    transpose_a: bool = Field(False, description="whether the first matrix is transposed")
    transpose_b: bool = Field(False, description="whether the second matrix is transposed")

    def formula(self, a: Array, b: Array) -> Array:
        if a.rank != b.rank or a.rank < 2:
            raise Refusal(
                BadDimensions,
                f"MatMul takes two blobs of as many axes, at least 2: {show(a.shape)} and {show(b.shape)}",
                bottoms={0: axes(a.rank), 1: axes(b.rank)},
            )
        inner = a.shape[-2 if self.transpose_a else -1], b.shape[-1 if self.transpose_b else -2]
        expect_size(f"MatMul needs inner sizes that are equal: {inner[0]} and {inner[1]}", *inner, (0, 1))
        for i in range(a.rank - 2):
            message = f"MatMul needs equal sizes before the matrices: {a.shape[i]} and {b.shape[i]} on axis {i}"
            expect_size(message, a.shape[i], b.shape[i], (0, 1))
        return matmul(a, b, self.transpose_a, self.transpose_b)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * site.bottoms[0][-2 if self.transpose_a else -1]


class Gemm(Formula):
    """alpha·A·B + beta·C, of two matrices and what is added to their product.

    Shape: A of M×K, or K×M with transA, B of K×N, or N×K with transB, and C of M×N, M×1, 1×N or 1, to M×N.
    Source: gemm_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "gemm_param"
    bottoms: ClassVar = Count(3, 3)
    in_place: ClassVar = False

    alpha: float = Field(1.0, description="what the product is multiplied by")
    beta: float = Field(1.0, description="what C is multiplied by")
    transA: int = Field(0, ge=0, le=1, description="1: whether A is transposed")
    transB: int = Field(0, ge=0, le=1, description="1: whether B is transposed")

    def formula(self, a: Array, b: Array, c: Array) -> Array:
        for i, x in enumerate((a, b)):
            if x.rank != 2:
                message = f"Gemm multiplies matrices; {show(x.shape)} has {axes(x.rank)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""})
        inner = a.shape[0 if self.transA else 1], b.shape[1 if self.transB else 0]
        expect_size(f"Gemm needs inner sizes that are equal: {inner[0]} and {inner[1]}", *inner, (0, 1))
        y = matmul(a, b, bool(self.transA), bool(self.transB))
        one = c.rank == 1 and c.shape[0] == 1
        sizes = zip(c.shape, y.shape, strict=True) if c.rank == 2 else ()
        if not one and (c.rank != 2 or any(stretched(x, s) is None or (s == 1 and x != 1) for x, s in sizes)):
            raise Refusal(
                ShapeMismatch,
                f"Gemm adds {show(y.shape)}, or with sizes of 1, not {show(c.shape)}",
                bottoms={2: ""},
            )
        added = reshape(c, (1, 1)) if one else c
        y = y if self.alpha == 1 else self.alpha * y
        return y + (added if self.beta == 1 else self.beta * added)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * site.bottoms[0][0 if self.transA else 1]


class LayerNorm(Formula):
    """y = scale·(x − mean) / sqrt(variance + eps) + bias, with the mean and the variance of each item.

    Shape: any, kept. Blobs: scale and bias, of the shape of an item, unless elementwise_affine is false.
    Source: layer_norm_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "layer_norm_param"

    eps: float = Field(1e-5, description="what is added to the variance")
    elementwise_affine: bool = Field(True, description="whether there are scale and bias")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        item = site.bottoms[0][1:]
        return (
            (Blob("scale", item, ONE, Role.SCALE), Blob("bias", item, ZERO, Role.BIAS))
            if self.elementwise_affine
            else ()
        )

    def formula(self, x: Array, scale: Array | None = None, bias: Array | None = None) -> Array:
        canonical_axis(0, x.shape, "axis")
        over = tuple(range(1, x.rank))
        centered = (x - mean(x, over, keepdims=True)).named("centered") if over else x - x
        variance = mean(centered**2, over, keepdims=True) if over else centered**2
        y = centered / sqrt(variance + self.eps)
        if scale is None or bias is None:
            return y
        return y * align(scale, 1, x.rank) + align(bias, 1, x.rank)


class LpNormalization(Formula):
    """x / Σ |x| for p = 1, x / sqrt(Σ x²) for p = 2, the sum over one axis.

    Shape: any, kept. Source: lp_normalization_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "lp_normalization_param"

    axis: tuple[int, ...] = Field((), description="the axis; negative counts from the end")
    p: int = Field(2, ge=0, description="1 or 2")

    def formula(self, x: Array) -> Array:
        if self.p not in (1, 2):
            raise Refusal(InvalidValue, f"p is 1 or 2, not {self.p}", fields=("p",))
        if len(self.axis) != 1:
            raise Refusal(
                InvalidValue,
                f"LpNormalization is read with one axis; it has {len(self.axis)}",
                fields=("axis",) if self.axis else (),
                help="give axis once",
            )
        over = (canonical_axis(self.axis[0], x.shape, "axis"),)
        length = total(absolute(x), over, keepdims=True) if self.p == 1 else sqrt(total(x**2, over, keepdims=True))
        return x / length
