"""Layers of happynear's fork that treat the class of an item's label otherwise than the other classes, by distances."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    argmax,
    cast,
    concat,
    equal,
    exp,
    full,
    iota,
    largest,
    minimum,
    one_hot,
    relu,
    reshape,
    stop_gradient,
    take,
    total,
    where,
)
from netspec.layers.base import CallSite, Count, Field, Formula, Phase, Requirements, Shapes, SizeRequirement, UInt
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import expect_size, needs_number
from netspec.layers.losses import per_item, rows_and_labels, shaped
from netspec.layers.powers import power
from netspec.layers.requirements import rows_needed
from netspec.shapes import Dim, product, show


class GeneralContrastiveLoss(LossLayer):
    """(Σ |p| + Σ |q|) / N: p of the distance to an item's class, q of each distance to another class.

    p = positive_weight·d⁺, with d⁺ = d − positive_margin, from 0 to positive_outlier_thresh. q = negative_weight·d⁻ for
    d below negative_margin, else 0, with d⁻ = negative_margin − d, or e^−d with exp_negative_weight. Where the distance
    to the class is above positive_upper_bound, with positive_first q is 0, and the gradient of p is positive_weight.
    The gradients have the signs of the weights, also where these are below 0.
    Bottoms: distances N×…, of which an item's elements are its classes, and labels. Tops: the loss, and if wanted the
    means of d⁺ and of negative_margin − d, 2, which have no gradient.
    Source: general_constrastive_loss_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "general_contrastive_loss_param"
    tops: ClassVar = Count(1, 2)
    ignored: ClassVar = {"square": bool}

    positive_margin: float = Field(0.0, description="the distance to its class that an item may have")
    negative_margin: float = Field(1.0, description="the distance to other classes that it should have")
    positive_weight: float = Field(1.0, description="how much the distance to its class counts")
    negative_weight: float = Field(1.0, description="how much distances to other classes count")
    normalize_negative: float | None = Field(None, description="bounds the gradient of other classes; not supported")
    positive_outlier_thresh: float = Field(4.0, description="the most that the distance to its class counts")
    max_negative_only: bool = Field(False, description="only the nearest other class counts; not supported")
    max_positive_only: bool = Field(False, description="only one item's class counts; not supported")
    positive_first: bool = Field(False, description="other classes count for items that are near their own class")
    positive_upper_bound: float = Field(1.0, description="positive_first: how near")
    exp_negative_weight: bool = Field(False, description="other classes count by e^−d")
    add_intra_mae: bool = Field(False, description="a margin that training measures; not supported")
    max_negative_margin: float = Field(1.2, description="add_intra_mae: the largest such margin")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return rows_needed(bottoms, 1)

    def lacks(self, site: CallSite) -> str:
        unsupported = ("max_negative_only", "max_positive_only", "add_intra_mae")
        given = [name for name in unsupported if getattr(self, name)]
        given += ["normalize_negative"] if self.normalize_negative is not None else []
        return " and ".join(given) or (needs_number(product(site.bottoms[0][1:])) if site.tops > 1 else "")

    def formula(self, x: Array, label: Array) -> tuple[Array, Array]:
        rows, labels = rows_and_labels(self, x, label)
        n, classes = rows.shape
        own = take(rows, reshape(labels, (n, 1)), 1).named("own")
        near = minimum(relu(own - self.positive_margin), self.positive_outlier_thresh).named("near")
        other = (1 - one_hot(labels, classes)).named("other")
        inside = where(rows < self.negative_margin, other, 0.0).named("inside")
        gap = relu(self.negative_margin - rows).named("gap")
        far = ((exp(-rows) if self.exp_negative_weight else gap) * inside).named("far")
        guide = near
        if self.positive_first:
            far = where(own > self.positive_upper_bound, 0.0, far).named("far_of_near")
            guide = where(own > self.positive_upper_bound, stop_gradient(near) + (own - stop_gradient(own)), near)
        positive, negative = self.positive_weight, self.negative_weight
        loss = per_item(positive * guide) + per_item(negative * far)
        if positive < 0 or negative < 0:
            value = per_item(abs(positive) * near) + per_item(abs(negative) * far)
            loss = stop_gradient(value) + (loss - stop_gradient(loss))
        means = (per_item(near), per_item(gap * inside) / _float(classes - 1))
        return loss, stop_gradient(concat([reshape(each, (1,)) for each in means], 0))


class GeneralTripletLoss(LossLayer):
    """Σ |negative_weight|·max(0, d⁺ + margin − d) / N, over the distances d of items to classes that are not theirs; d⁺
    is that to their own. The gradient of d⁺ is positive_weight / N if one of these counts, or with add_center_loss; it
    does not count them.

    With hardest_only the largest term of each item counts, the first of equal ones; with positive_first none of an item
    whose d⁺ is above positive_upper_bound, which then has the gradient of d⁺.
    Bottoms: distances N×…, of which an item's elements are its classes, and labels, and if wanted weights of items, N,
    which only the gradient counts. Tops: the loss, and if wanted the means of d⁺ and of d, 2, which have no gradient.
    Source: general_triplet_loss_layer.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "general_triplet_loss_param"
    bottoms: ClassVar = Count(2, 3)
    tops: ClassVar = Count(1, 2)

    margin: float = Field(0.2, description="how much nearer than other classes an item should be to its own")
    add_center_loss: bool = Field(True, description="whether d⁺ has a gradient where no other class counts")
    hardest_only: bool = Field(False, description="only the nearest other class counts")
    positive_first: bool = Field(False, description="other classes count for items that are near their own class")
    positive_upper_bound: float = Field(1.0, description="positive_first: how near")
    positive_weight: float = Field(1.0, description="the gradient of the distance to its class")
    negative_weight: float = Field(1.0, description="how much distances to other classes count")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {**rows_needed(bottoms, 1), **(rows_needed(bottoms, 2) if len(bottoms) > 2 else {})}

    def lacks(self, site: CallSite) -> str:
        if self.hardest_only and self.negative_weight <= 0:
            return "hardest_only with a negative_weight that is not above 0"
        return needs_number(product(site.bottoms[0][1:])) if site.tops > 1 else ""

    def formula(self, x: Array, label: Array, *weights: Array) -> tuple[Array, Array]:
        rows, labels = rows_and_labels(self, x, label)
        n, classes = rows.shape
        known = stop_gradient(rows).named("known")
        member = one_hot(labels, classes).named("member")
        own = total(member * known, (1,), keepdims=True).named("own")
        excess = (relu(own + self.margin - known) * (1 - member)).named("excess")
        counts = excess > 0
        if self.hardest_only:
            counts = counts & equal(argmax(excess, 1), align(iota(classes), 1, 2))
        if self.positive_first:
            counts = counts & (own <= self.positive_upper_bound)
        counts = cast(counts, DType.FLOAT).named("counts")
        loss = per_item(abs(self.negative_weight) * counts * excess)
        pulled = 1.0 if self.add_center_loss else cast(largest(counts, (1,), keepdims=True) > 0, DType.FLOAT)
        if self.positive_first and not self.add_center_loss:
            pulled = where(own > self.positive_upper_bound, 1.0, pulled)
        slope = (self.positive_weight * member * pulled - self.negative_weight * counts).named("slope")
        if weights:
            message = f"GeneralTripletLoss needs a weight for each item: {n}"
            expect_size(f"{message}, not {show(weights[0].shape)}", product(weights[0].shape), n, (0, 2))
            slope = slope * stop_gradient(reshape(weights[0], (n, 1)))
        pull = per_item(slope * rows).named("pull")
        apart = (per_item(known) - per_item(own)) / _float(classes - 1)
        means = concat([reshape(each, (1,)) for each in (per_item(own), apart)], 0)
        return loss + (pull - stop_gradient(pull)), means


class LabelSpecificRescale(Formula):
    """TRAIN: y = w·x for the class of the label, negative_weight·x for the others. TEST: y = x, but for rescale_test.

    w is positive_weight; in TRAIN with positive_weight_base it is positive_weight_base·(1 + gamma·i)^−power, between
    positive_weight_min and positive_weight_max where these are given. The fork counts passes in i; here it is
    iteration + 1 in every pass. With bias_fix y = w·x + 1 − w for the class, with power_on_positive y = ±|x|^w, with
    for_ip both only where x is above 0.
    Bottoms: x N×…, of which an item's elements are its classes, and labels. Tops: y, and if wanted w, 1.
    Source: label_specific_rescale.cpp of happynear's caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "label_specific_rescale_param"
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)
    ignored: ClassVar = {"positive_lower_bound": float, "negative_upper_bound": float}

    positive_weight: float = Field(1.0, description="the factor of the class of the label")
    negative_weight: float = Field(1.0, description="the factor of other classes")
    rescale_test: bool = Field(False, description="whether TEST rescales, too")
    for_ip: bool = Field(False, description="only what is above 0 is rescaled for the class of the label")
    positive_weight_base: float | None = Field(None, description="the factor at first, where it changes")
    gamma: float = Field(0.0, description="how fast it changes")
    power: float = Field(1.0, description="in which power it changes")
    positive_weight_min: float | None = Field(None, description="with positive_weight_base: the least factor")
    positive_weight_max: float | None = Field(None, description="with positive_weight_base: the largest factor")
    iteration: UInt = Field(0, description="how many passes there were before")
    bias_fix: bool = Field(False, description="whether what is 1 stays 1")
    power_on_positive: bool = Field(False, description="whether the factor is an exponent")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return rows_needed(bottoms, 1)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        rows, labels = rows_and_labels(self, x, label)
        weight = self.factor(site.phase)
        if site.phase is Phase.TEST and not self.rescale_test:
            return reshape(x, x.shape), full((1,), weight)
        n, classes = rows.shape
        own = take(rows, reshape(labels, (n, 1)), 1).named("own")
        here = (one_hot(labels, classes) > 0.5).named("here")
        return shaped(where(here, self._own(own, weight), rows * self.negative_weight), x.shape), full((1,), weight)

    def factor(self, phase: Phase) -> float:
        """w."""
        if self.positive_weight_base is None or phase is Phase.TEST:
            return self.positive_weight
        weight = self.positive_weight_base * power(1 + self.gamma * (self.iteration + 1), -self.power)
        weight = weight if self.positive_weight_min is None else max(weight, self.positive_weight_min)
        return weight if self.positive_weight_max is None else min(weight, self.positive_weight_max)

    def _own(self, own: Array, weight: float) -> Array:
        if weight == 1:
            return own * 1.0
        if self.power_on_positive:
            size = (absolute(own) ** weight).named("size")
            result = where(own < 0.0, -size, size)
        else:
            result = own * weight + (1 - weight) if self.bias_fix else own * weight
        return where(own > 0.0, result, own) if self.for_ip else result


def _float(size: Dim) -> float:
    """A size in a formula; where it is not known the formula only gives shapes."""
    return float(size) if isinstance(size, int) else 1.0
