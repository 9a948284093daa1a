"""A loss of pairs: which items of two halves of a batch should have codes that are alike."""

from typing import ClassVar

from netspec.arrays import Array, DType, align, cast, equal, matmul, sigmoid, softplus, stop_gradient, total, where
from netspec.layers.base import CallSite, Count, Field, Refusal, canonical_axis
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import expect_size
from netspec.layers.losses import shaped
from netspec.layers.message import Engine
from netspec.problems.fields import InvalidValue
from netspec.shapes import Dim, Shape, product


class PairwiseLoss(LossLayer):
    """The mean of log(1 + eᵖ) − s·p over pairs of an item i of one half and j of the other, p = sigmoid_param·xᵢ·yⱼ.

    s is 1 where the items share a label, else 0; such pairs count class_num times. Pairs whose labels have a product
    below 0, or not below the number of labels, are unknown and do not count.
    Bottoms: codes N×…, their labels N×L of ones and zeros, and codes and labels of the other half, of the same shapes.
    The gradient is twice l_lambda times that of the mean, whatever the loss weight; with continous_similarity 4·c times
    that, where c = (lᵢ·lⱼ)² / (lᵢ·lᵢ · lⱼ·lⱼ), or 0.25 where that is 0.
    Source: pairwise_loss_layer.cu of HashNet.
    """

    edition: ClassVar = "hashnet"
    message: ClassVar = "pairwise_param"
    inside: ClassVar = frozenset({"sigmoid_param"})
    bottoms: ClassVar = Count(4, 4)
    ignored: ClassVar = {"engine": Engine, "q_threshold": float, "q_gamma": float}

    axis: int = Field(1, description="the axis behind the items; only 1 is one that the rest of the layer knows")
    l_threshold: float = Field(
        -1.0,
        description="the p from which on p stands for log(1 + eᵖ); below 0 it does nowhere",
    )
    l_lambda: float = Field(1.0, description="what multiplies the gradient; the loss is 0 where it is not above 0")
    class_num: float = Field(1.0, description="how often a pair of items that are alike counts")
    sigmoid_param: float = Field(1.0, description="what multiplies the products of codes")
    continous_similarity: bool = Field(False, description="whether the gradient counts how much the labels are alike")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, shape in enumerate(site.bottoms):
            canonical_axis(0, shape, "axis", i)
        if canonical_axis(self.axis, site.bottoms[0], "axis") != 1:
            raise Refusal(InvalidValue, f"axis must be 1, is {self.axis}: each item has a code", fields=("axis",))
        codes, labels, *others = ((shape[0], product(shape[1:])) for shape in site.bottoms)
        items = codes[0]
        for i, (rows, numbers) in enumerate((labels, *others), 1):
            of, wanted = (1, labels[1]) if i % 2 else (0, codes[1])
            expect_size(f"PairwiseLoss needs as many items in each bottom: {items} and {rows}", items, rows, (0, i))
            what = f"{'labels' if i % 2 else 'codes'} of one length in both halves: {wanted} and {numbers}"
            expect_size(f"PairwiseLoss needs {what}", wanted, numbers, (of, i))
        return ((),)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        codes, labels, *_ = site.bottoms
        return codes[0] * (product(codes) + product(labels))

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        x, label, y, other = (shaped(blob, (blob.shape[0], product(blob.shape[1:]))) for blob in xs)
        label, other = stop_gradient(label).named("label"), stop_gradient(other).named("other_label")
        shared = matmul(label, other, transpose_b=True).named("shared")
        known = ((shared >= 0) & (shared < label.shape[1])).named("known")
        alike = (known & (shared > 0)).named("alike")
        count = where(known, where(alike, abs(self.class_num), 1.0), 0.0).named("count")
        p = (self.sigmoid_param * matmul(x, y, transpose_b=True)).named("p")
        fixed, one = stop_gradient(p).named("fixed"), cast(alike, DType.FLOAT).named("one")
        losses = (softplus(fixed) - one * fixed).named("losses")
        if self.l_threshold >= 0:
            losses = where(fixed >= self.l_threshold, fixed * (1 - one), losses)
        number = total(count, (0, 1)).named("counted")
        number = where(number > 0, number, 1.0).named("number")
        loss = total(count * losses, (0, 1)) / number if self.l_lambda > 0 else 0 * total(fixed, (0, 1))
        slope = 2 * self.l_lambda * (sigmoid(fixed) - one)
        if self.continous_similarity:
            slope = 4 * slope * self._similarity(shared, label, other)
        weight = count if self.class_num >= 0 else where(known, where(alike, self.class_num, 1.0), 0.0)
        slope = (weight * slope).named("slope")
        pull = (total(slope * p, (0, 1)) / number).named("pull")
        return (loss + (pull - stop_gradient(pull)),)

    def _similarity(self, shared: Array, label: Array, other: Array) -> Array:
        """The square of the labels' cosine."""
        own, others = (total(x * x, (1,)) for x in (label, other))
        own, others = (
            where(equal(own, 0.0), 1.0, own).named("own"),
            where(equal(others, 0.0), 1.0, others).named("others"),
        )
        similarity = (shared * shared / (align(own, 0, 2) * align(others, 1, 2))).named("similarity")
        return where(equal(similarity, 0.0), 0.25, similarity)
