"""Losses of forks: of flow, of affinities, of features and their centers. A loss is a scalar."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    equal,
    gather,
    maximum,
    minimum,
    one_hot,
    relu,
    reshape,
    sqrt,
    stop_gradient,
    total,
    where,
)
from netspec.layers.base import (
    ZERO,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Positive,
    PythonLayer,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    canonical_axis,
)
from netspec.layers.caffe.loss import EuclideanLoss, LossLayer
from netspec.layers.fit import counted, expect_equal, expect_size, needs_number
from netspec.layers.losses import class_numbers, expect_items, legacy, per_item, shaped
from netspec.layers.requirements import equal_needed, rows_needed
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import InvalidValue
from netspec.shapes import Dim, Shape, product, show


class L1Loss(LossLayer):
    """Σ |a − b| / N, or with one bottom Σ |a| / N, without what is no number.

    With l2_per_location the distance of the vectors of channels at each place, Σ sqrt(Σ_c d² + epsilon) / N. N is the
    batch size, or how many numbers there are for each channel. What is less than plateau counts as 0.
    Bottoms: a, and perhaps b, of the same shape, of up to four axes. Source: l1loss_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "l1_loss_param"
    bottoms: ClassVar = Count(1, 2)

    l2_per_location: bool = Field(False, description="the distance of vectors, not of numbers")
    l2_prescale_by_channels: bool = Field(False, description="l2_per_location: the mean of d², not the sum")
    normalize_by_num_entries: bool = Field(False, description="divide by how many numbers there are for each channel")
    epsilon: float = Field(1e-2, description="l2_per_location: what is added under the root")
    plateau: float = Field(0.0, description="differences of less than this count as 0")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms)

    def lacks(self, site: CallSite) -> str:
        counts = self.normalize_by_num_entries or self.l2_prescale_by_channels
        return needs_number(legacy(self, site.bottoms[0], 0)[1]) if counts else ""

    def formula(self, a: Array, b: Array | None = None) -> Array:
        if b is not None:
            expect_equal("L1Loss needs bottoms of equal shape", (a.shape, b.shape), 1)
        channels = legacy(self, a.shape, 0)[1]
        raw = a if b is None else (a - b).named("raw")
        number = equal(raw, raw).named("number")
        difference = where(number, raw, 0.0).named("difference")
        losses = (self._distances(difference) if self.l2_per_location else self._absolutes(difference)).named("losses")
        if not self.normalize_by_num_entries:
            return per_item(losses)
        entries = total(cast(number, DType.FLOAT), range(number.rank)) / _float(channels)
        return total(losses, range(losses.rank)) / entries

    def _absolutes(self, difference: Array) -> Array:
        size = where(difference > 0.0, difference, -difference)  # where it is 0 Caffe's gradient is −1
        return where(absolute(difference) >= self.plateau, size, 0.0) if self.plateau > 0 else size

    def _distances(self, difference: Array) -> Array:
        channels = legacy(self, difference.shape, 0)[1]
        square = difference**2
        if square.rank > 1:
            square = total(square, (1,), keepdims=True)
        if self.l2_prescale_by_channels:
            square = square / _float(channels)
        if self.plateau > 0:
            square = square.named("square")
            square = where(square >= self.plateau * self.plateau, square, 0.0)
        return sqrt(square + self.epsilon)


def _float(size: Dim) -> float:
    """A size in a formula; where it is not known the formula only gives shapes."""
    return float(size) if isinstance(size, int) else 1.0


class AffinityLoss(LossLayer):
    """Σ d² / 2N with d = prediction − label, less a gap on either side; of decoys only what is too good counts.

    A label below 0 is that of a decoy, which should not be predicted above its absolute; d is the excess, and penalty
    is added. A label of 0 does not count. With pseudohuber delta²·(sqrt(1 + (d / delta)²) − 1) takes the place of d².
    Both bottoms have the same number of elements. Source: affinity_loss_layer.cpp of gnina.
    """

    edition: ClassVar = "gnina"
    message: ClassVar = "affinity_loss_param"

    scale: float = Field(1.0, description="what the gradient is multiplied by")
    gap: float = Field(0.0, description="the width of the range without loss around the label")
    pseudohuber: bool = Field(False, description="a loss that grows less for large differences")
    delta: float = Field(2.0, description="pseudohuber: from which difference on")
    maxgrad: float = Field(0.0, description="the largest gradient; supported as 0, which is none")
    penalty: float = Field(0.0, description="what is added to the differences of decoys")
    ranklossmult: float = Field(0.0, description="how much an order of pairs counts; supported as 0")
    ranklossneg: bool = Field(False, description="which pairs are ordered; supported as false")
    fractional_gap: bool = Field(False, description="the gap grows with the difference; supported as false")
    diff_for_zero: float = Field(0.0, description="the gradient of examples without a label; supported as 0")
    weighted: bool = Field(False, description="a third bottom holds weights; supported as false")

    bottoms: ClassVar = Count(2, 3)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_items(self, *site.bottoms[:2])
        a, b = site.bottoms[:2]
        message = f"AffinityLoss needs a label for each prediction: {counted(a)} and {counted(b)}"
        expect_size(message, product(a), product(b), (0, 1))
        return ((),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        for name in ("maxgrad", "ranklossmult", "ranklossneg", "fractional_gap", "diff_for_zero", "weighted"):
            if getattr(self, name):
                raise Refusal(NoMeaning, f"AffinityLoss is not supported with {name}", fields=(name,))
        prediction, label = xs[0], stop_gradient(shaped(xs[1], xs[0].shape)).named("label")
        gap = self.gap / 2
        error = prediction - label
        if gap:
            raw = error.named("raw")
            error = where(raw < 0.0, minimum(raw + gap, 0.0), maximum(raw - gap, 0.0))
        error = error.named("error")
        excess = relu(prediction + label + (self.penalty - gap)) if self.penalty != gap else relu(prediction + label)
        excess = where(prediction > -label, excess, 0.0).named("excess")
        difference = where(label > 0.0, error, where(label < 0.0, excess, 0.0)).named("difference")
        losses = difference**2
        if self.pseudohuber:  # the same, without a difference that small numbers are lost in
            losses = losses / (1 + sqrt(1 + (difference / self.delta) ** 2))
        loss = per_item(losses) / 2
        if self.scale != 1:
            loss = loss.named("value")
            loss = stop_gradient(loss) + self.scale * (loss - stop_gradient(loss))
        return (loss,)


class CenterLoss(LossLayer):
    """Σ |x − center of the class of x|² / 2N, with N the batch size.

    Bottoms: features, N×…, of which the axes from `axis` on are one row, and labels, N. The centers move towards the
    features of their classes: to a center goes the gradient Σ (center − x) / (n + 1), over the n items of its class,
    times the loss weight, which Caffe leaves out. Blobs: center (num_output, K), K the product of S[axis:].
    Source: center_loss_layer.cpp of ydwen/caffe-face.
    """

    edition: ClassVar = "caffe-face"
    message: ClassVar = "center_loss_param"

    num_output: Positive = Field(description="how many classes there are")
    center_filler: FillerParameter = Field(ZERO, description="how the centers begin")
    axis: int = Field(1, description="the first axis of a row; negative counts from the end")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return rows_needed(bottoms, 1)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, label = site.bottoms
        expect_items(self, x, label)
        axis = canonical_axis(self.axis, x, "axis")
        if product(label) != product(x[:axis]):
            raise Refusal(
                InvalidValue,
                f"CenterLoss needs a label for each row of {show(x)}: {product(x[:axis])}, not {product(label)}",
                fields=("axis",) if self.has("axis") else (),
                bottoms={0: "", 1: ""},
            )
        return ((),)

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        x = site.bottoms[0]
        return (
            Blob("center", (self.num_output, product(x[canonical_axis(self.axis, x, "axis") :])), self.center_filler),
        )

    def formula(self, x: Array, label: Array, center: Array) -> Array:
        axis = canonical_axis(self.axis, x.shape, "axis")
        n = product(x.shape[:axis])
        rows = shaped(x, (n, product(x.shape[axis:])))
        labels, _ = class_numbers(label, (n,), None)
        apart = (rows - gather(stop_gradient(center), labels)).named("apart")
        loss = per_item(apart**2) / 2
        # As large as 0, but with Caffe's gradient to the centers.
        items = total(one_hot(labels, self.num_output), (0,)).named("items")
        weights = align(1 / (gather(items, labels) + 1), 0, 2)
        pull = total(stop_gradient(-apart) * weights * gather(center, labels), (0, 1)).named("pull")
        return loss + (pull - stop_gradient(pull))


class PythonEuclideanLoss(PythonLayer, EuclideanLoss):
    """As EuclideanLoss, of Caffe's example of a layer written in Python; a vector of one number, not a scalar. It
    counts in the loss only with a loss_weight.

    Source: examples/pycaffe/layers/pyloss.py of Caffe.
    """

    edition: ClassVar = "pycaffe"
    python: ClassVar = ("pyloss", "EuclideanLossLayer")
    loss: ClassVar = False

    def formula(self, a: Array, b: Array) -> Array:
        return reshape(super().formula(a, b), (1,))


class ChannelNorm(Formula):
    """The length of the vector of channels at each place: sqrt(Σ_c x²).

    Shape: N×C×… to N×1×…. The gradient divides by the length + 1e−9, so that it is finite at 0.
    Source: channel_norm_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    in_place: ClassVar = False

    def formula(self, x: Array) -> Array:
        canonical_axis(1, x.shape, "axis")
        square = total(x**2, (1,), keepdims=True).named("square")
        length = stop_gradient(sqrt(square)).named("length")
        return length + (square - stop_gradient(square)) / (2 * (length + 1e-9))
