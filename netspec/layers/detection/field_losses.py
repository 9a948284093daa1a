"""Losses of MS-CNN and Cascade R-CNN: what each cell of a map says of the fields around it.

Source: detection_loss_layer.cpp and .cu of zhaoweicai/mscnn; detection_group_loss_layer.cpp of zhaoweicai/cascade-rcnn.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self, TypeAlias

from netspec.arrays import (
    Array,
    DType,
    cast,
    clip,
    concat,
    cut,
    equal,
    flip,
    floor,
    insert_axis,
    largest,
    log_softmax,
    matrix,
    maximum,
    minimum,
    not_equal,
    one_hot,
    reshape,
    stop_gradient,
    take,
    total,
    transpose,
    where,
)
from netspec.arrays.functions import native
from netspec.layers.base import Above0, CallSite, Count, Field, Layer, Positive, Refusal, Stochastic, UInt
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.detection.detection import smooth
from netspec.layers.detection.field_boxes import Regressing, bounds, field_differences, fields_of
from netspec.layers.detection.selection import ranks
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import LEAST, LOG_FLT_MIN, LossParameter, bounded, held
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Shape, integers, show

Ranges: TypeAlias = tuple[tuple[float, float], ...]
BOX = 4  # numbers of a box: x and y of its middle, width and height


class Cells(NamedTuple):
    """What is said of the P = fields·H·W places of each item, and what should be.

    scores N×C×P, said N×4×P; label N×P, overlap N×P and wanted N×4×P, as it should be said.
    """

    scores: Array
    said: Array
    label: Array
    overlap: Array
    wanted: Array


class FieldLoss(Stochastic, Regressing, LossLayer):
    """What both losses have in common."""

    bg_threshold: float = Field(0.5, description="a place without an object counts if its IoU is less")
    bg_multiple: UInt = Field(4, description="how many places without an object count for each with one")
    objectness: bool = Field(False, description="whether all objects are of one class")
    pos_neg_weighted: bool = Field(
        False, description="whether places with an object, and without one, count bg_multiple times as much, together"
    )
    cls_num: Positive = Field(description="how many classes there are, background among them")
    lambda_: float = Field(1.0, alias="lambda", description="the weight of boxes")
    loss_param: LossParameter = Field(
        LossParameter.model_construct(), description="places with ignore_label are left out"
    )

    def cells(
        self,
        scores: Array,
        said: Array,
        truth: Array,
        fields: Sequence[tuple[float, float]],
        stride: int,
        limits: tuple[float, float] | None,
    ) -> Cells:
        """From maps N×fields×…×H×W. limits: those of `bounds`, within which what is said is taken."""
        scores, said, truth = (cast(x, DType.WIDE) for x in (scores, said, stop_gradient(truth)))
        boxes = field_differences(cut(truth, 2, 1, 1 + BOX), matrix(fields, DType.WIDE), float(stride))
        said = _side_by_side(said)
        if limits is not None:
            said = held(self._within(said, limits), said)
        label = cast(_side_by_side(cut(truth, 2, 0, 1)), DType.INT)
        n, _, places = label.shape
        label = reshape(minimum(label, 1) if self.objectness else label, (n, places)).named("label")
        overlap = reshape(_side_by_side(cut(truth, 2, 1 + BOX, 2 + BOX)), (n, places)).named("overlap")
        wanted = _side_by_side(self.said(boxes, 2)).named("wanted")
        return Cells(_side_by_side(scores).named("scores"), said.named("said"), label, overlap, wanted)

    def _within(self, said: Array, limits: tuple[float, float]) -> Array:
        """What is said, within limits of x and y, and of width and height, which the fork normalizes by the mean of the
        two means, and the root of the product of the two deviations."""
        mean, deviation = self.bbox_reg_param.normal()
        parts = list[Array]()
        for i, limit in enumerate(limits):
            middle, scale = (mean[2 * i] + mean[2 * i + 1]) / 2, math.sqrt(deviation[2 * i] * deviation[2 * i + 1])
            parts.append(clip(cut(said, 1, 2 * i, 2 * i + 2), (-limit - middle) / scale, (limit - middle) / scale))
        return concat(parts, 1)

    def summed(self, cells: Cells, positive: Array, negative: Array, smoothed: bool, weight: Array | None) -> Array:
        """The loss and the part of it that boxes have, 1×1×1×2. positive, negative: which places with and without an
        object count, N×P; weight: how much those with one do."""
        own = cast(positive, DType.WIDE).named("positive")
        other = cast(negative, DType.WIDE).named("negative")
        own_weight = own if weight is None else own * weight
        other_weight = other
        if self.pos_neg_weighted:
            share, samples = 1 / (1 + self.bg_multiple), (total(own, (0, 1)) + total(other, (0, 1))).named("samples")
            own_weight = own_weight * (share * samples / _or_one(total(own_weight, (0, 1)).named("own_sum")))
            other_weight = other * ((1 - share) * samples / _or_one(total(other, (0, 1)).named("other_sum")))
        ignored = self.loss_param.ignore_label
        label = cells.label
        if ignored is not None:
            valid = cast(not_equal(label, ignored), DType.WIDE).named("valid")
            own, other = own * valid, other * valid
            own_weight, other_weight = own_weight * valid, other_weight * valid
            label = where(not_equal(label, ignored), label, 0)
        likelihood = take(log_softmax(cells.scores, 1), insert_axis(label, 1), 1)
        losses = reshape(-bounded(likelihood, LOG_FLT_MIN), label.shape).named("losses", LEAST)
        classes = total((own_weight + other_weight) * losses, (0, 1))
        classes = classes / _or_one((total(own, (0, 1)) + total(other, (0, 1))).named("counted"))
        difference = (cells.said - cells.wanted).named("difference")
        apart = smooth(difference) if smoothed else difference**2 / 2
        boxes = total(insert_axis(own, 1) * apart, (0, 1, 2)) / _or_one((BOX * total(own, (0, 1))).named("numbers"))
        boxes = (boxes if self.lambda_ == 1 else self.lambda_ * boxes).named("box_loss")
        both = [reshape(x, (1, 1, 1, 1)) for x in (classes + boxes, stop_gradient(boxes))]
        return cast(concat(both, 3), DType.FLOAT)


def _or_one(x: Array) -> Array:
    """What to divide by, where nothing is divided by 0."""
    return where(equal(x, 0.0), 1.0, x)


def _side_by_side(x: Array) -> Array:
    """Maps N×fields×C×H×W as N×C×P, field by field."""
    n, count, channels, height, width = x.shape
    return reshape(transpose(x, (0, 2, 1, 3, 4)), (n, channels, count * height * width))


def _last_first(x: Array) -> Array:
    """As `ranks`, of equal ones from the last."""
    return cast(flip(ranks(flip(x, 1)), 1), DType.WIDE)


class MSCNNDetectionLoss(FieldLoss):
    """How far a map of scores and boxes is from what it should say: the loss and the part of it that boxes have,
    1×1×1×2.

    Bottoms: N×(cls_num + 4)×H×W, scores of the classes, the background first, then what is said of boxes; and N×6×H×W,
    as ImageGtData has them: class, x and y of the middle, width and height, IoU. The mean of −log softmax over places
    that count, plus lambda times the mean of smooth(difference) over all numbers of boxes. What is said of boxes is
    taken within the limits of field_xyr and field_whr, but not for the gradient.
    All places with an object count, and some without one, whose IoU is below bg_threshold: with sample_mode bootstrap,
    of each class those with the best scores, bg_multiple times as many as an item has objects of it, or 4, of equal
    scores the last; with random, those that as many draws meet; with mixture half of either; else all.
    The gradient is that of the first number; Caffe adds both to the loss that it tells.
    Source: detection_loss_layer.cu of zhaoweicai/mscnn. What the .cpp multiplies weights by without a single object
    differs by mistake, and gives no numbers without a place that counts.
    """

    message: ClassVar = "detection_loss_param"

    coord_num: UInt = Field(4, ge=4, le=4, description="how many numbers a box has")
    field_h: Positive = Field(description="the height of the field, in pixels")
    field_w: Positive = Field(description="its width")
    downsample_rate: Positive = Field(description="how far cells are apart, in pixels")
    bb_smooth: bool = Field(True, description="whether differences of boxes count smoothly, or by their squares")
    field_whr: Above0 = Field(2.0, description="up to how much larger or smaller than its field a box may be")
    field_xyr: Above0 = Field(2.0, description="a box is moved by at most its field's size divided by this")
    sample_mode: str = Field("random", description="which places without an object count: bootstrap, random, mixture")
    iou_weighted: bool = Field(False, description="whether places with an object count as much as their IoU is")

    def random(self, site: CallSite) -> bool:
        return self.sample_mode in ("random", "mixture")

    def deterministic(self) -> Self:
        return self.model_copy(update={"sample_mode": "bootstrap"})

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, truth = site.bottoms
        expect_maps(self, site)
        message = (
            f"DetectionLoss needs scores of {self.cls_num} classes and {BOX} numbers of boxes: not {x[1]} channels"
        )
        expect_size(message, x[1], self.cls_num + BOX, (0,))
        expect_size(f"DetectionLoss needs maps N×{BOX + 2}×H×W of what should be said", truth[1], BOX + 2, (1,))
        expect_one_class(self, self.cls_num, self.objectness)
        return ((1, 1, 1, 2),)

    def ranges(self, site: CallSite) -> Mapping[int, Ranges]:
        fields = [(float(self.field_w), float(self.field_h))]
        return {1: truth_ranges(site.bottoms[1], self.cls_num, fields, self.downsample_rate)}

    def formula(self, x: Array, truth: Array) -> Array:
        self.infer(CallSite((x.shape, truth.shape)))
        scores, said = cut(x, 1, 0, self.cls_num), cut(x, 1, self.cls_num, self.cls_num + BOX)
        scores, said, truth = (insert_axis(each, 1) for each in (scores, said, truth))
        fields, limits = [(float(self.field_w), float(self.field_h))], bounds(self.field_xyr, self.field_whr)
        cells = self.cells(scores, said, truth, fields, self.downsample_rate, limits)
        positive = not_equal(cells.label, 0).named("object")
        candidate = (equal(cells.label, 0) & (cells.overlap < self.bg_threshold)).named("candidate")
        weight = cells.overlap if self.iou_weighted else None
        return self.summed(cells, positive, self._chosen(cells, positive, candidate), self.bb_smooth, weight)

    def _chosen(self, cells: Cells, positive: Array, candidate: Array) -> Array:
        """Which places without an object count."""
        share = 0.5 if self.sample_mode == "mixture" else 1.0
        found = list[Array]()
        if self.sample_mode in ("random", "mixture"):
            objects = total(cast(positive, DType.WIDE), (1,)).named("objects")
            draws = maximum(floor(objects * (self.bg_multiple * share)), 4.0 * (self.cls_num - 1)).named("draws")
            met = native("drawn", cells.overlap, draws, shape=candidate.shape, dtype=DType.BOOL)
            found.append(candidate & met.named("met"))
        if self.sample_mode in ("bootstrap", "mixture"):
            n, classes, places = cells.scores.shape
            lists = n * (classes - 1)
            best = where(insert_axis(candidate, 1), cut(stop_gradient(cells.scores), 1, 1, classes), -math.inf)
            place = _last_first(reshape(best, (lists, places))).named("place")
            counts = cut(total(cast(one_hot(cells.label, classes), DType.WIDE), (1,)), 1, 1, classes)
            number = maximum(floor(counts * (self.bg_multiple * share)), 4.0).named("number")
            hard = cast(place < reshape(number, (lists, 1)), DType.INT)
            found.append(candidate & (largest(reshape(hard, (n, classes - 1, places)), (1,)) > 0))
        if not found:
            return candidate
        return _either(*found) if len(found) > 1 else found[0].named("chosen")


def _either(a: Array, b: Array) -> Array:
    return (cast(a, DType.INT) + cast(b, DType.INT) > 0).named("chosen")


class DetectionGroupLoss(FieldLoss):
    """How far maps of scores and boxes are from what they should say: the loss and the part of it that boxes have,
    1×1×1×2.

    Bottoms, for F fields: scores N·F×cls_num×H×W, the background first; what is said of boxes, N·F×4×H×W; and N·F×6×H×W
    as DetectionData has them: class, x and y of the middle, width and height, IoU. The mean of −log softmax over places
    that count, plus lambda times the mean of smooth(difference) over all numbers of boxes, or of its square by half.
    With both field_xyr and field_whr what is said of boxes is taken within these limits, but not for the gradient; the
    fork changes its bottom so, too, which others then read.
    Of an item's places with an object all count, and without one bg_multiple times as many or min_num_neg; or with a
    batch_size so many of both, as far as there are. Those without an object have an IoU below bg_threshold, and are, by
    neg_mining_type, drawn (random), those that look most like an object (bootstrap), of equal ones the last, or half of
    either (mixture). Where there are more objects than count, some are drawn.
    The gradient is that of the first number; Caffe adds both to the loss that it tells.
    Source: detection_group_loss_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "cascade-rcnn"
    message: ClassVar = "detection_group_loss_param"
    bottoms: ClassVar = Count(3, 3)
    explicit_presence: ClassVar = frozenset({"field_whr", "field_xyr"})

    field_h: tuple[UInt, ...] = Field((), description="the height of each field, in pixels")
    field_w: tuple[UInt, ...] = Field((), description="its width")
    stride: Positive = Field(description="how far cells are apart, in pixels")
    field_whr: Above0 = Field(4.0, description="up to how much larger or smaller than its field a box may be")
    field_xyr: Above0 = Field(0.25, description="a box is moved by at most its field's size divided by this")
    neg_mining_type: str = Field("random", description="which places without an object count")
    neg_ranking_type: str = Field("conf_loss", description="bootstrap: by the loss, or by the probability (conf_prob)")
    min_num_neg: int = Field(5, description="how many places without an object count at least")
    batch_size: int = Field(-1, description="how many places of an item count; −1: see above")
    bbox_loss_type: str = Field("Smooth_L1", description="Smooth_L1, or Euclidean_L2")

    def random(self, site: CallSite) -> bool:
        return self.neg_mining_type != "bootstrap" or self.batch_size > 0

    def deterministic(self) -> Self:
        return self.model_copy(update={"neg_mining_type": "bootstrap", "batch_size": -1})

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_maps(self, site)
        fields = len(fields_of(self, self.field_h, self.field_w))
        expect_groups(self, site, fields, self.cls_num)
        words = {
            "neg_mining_type": ("random", "bootstrap", "mixture"),
            "neg_ranking_type": ("conf_loss", "conf_prob"),
            "bbox_loss_type": ("Smooth_L1", "Euclidean_L2"),
        }
        for name, known in words.items():
            if getattr(self, name) not in known:
                message = f"{name} is {' or '.join(known)}, not {getattr(self, name)!r}"
                raise Refusal(InvalidValue, message, fields=(name,))
        if self.batch_size < -1 or not self.batch_size:
            message = f"batch_size is a number of places, or −1, not {self.batch_size}"
            raise Refusal(InvalidValue, message, fields=("batch_size",))
        expect_one_class(self, self.cls_num, self.objectness)
        return ((1, 1, 1, 2),)

    def ranges(self, site: CallSite) -> Mapping[int, Ranges]:
        fields = fields_of(self, self.field_h, self.field_w)
        return {2: truth_ranges(site.bottoms[2], self.cls_num, fields, self.stride)}

    def formula(self, scores: Array, said: Array, truth: Array) -> Array:
        self.infer(CallSite((scores.shape, said.shape, truth.shape)))
        fields = fields_of(self, self.field_h, self.field_w)
        limited = self.has("field_xyr") and self.has("field_whr")
        scores, said, truth = (grouped(each, len(fields)) for each in (scores, said, truth))
        limits = bounds(self.field_xyr, self.field_whr) if limited else None
        cells = self.cells(scores, said, truth, fields, self.stride, limits)
        positive = (cells.label > 0).named("object")
        candidate = (equal(cells.label, 0) & (cells.overlap < self.bg_threshold)).named("candidate")
        objects = total(cast(positive, DType.WIDE), (1,), keepdims=True).named("objects")
        if self.batch_size > 0:
            most = math.floor(self.batch_size / (1 + self.bg_multiple) + 0.5)
            objects = minimum(objects, float(most)).named("chosen_objects")
            positive = (positive & (_drawn_places(cells, positive) < objects)).named("chosen_object")
            number = self.batch_size - objects
        else:
            number = maximum(objects * self.bg_multiple, float(self.min_num_neg))
        negative = self._chosen(cells, candidate, number.named("number"))
        return self.summed(cells, positive, negative, self.bbox_loss_type == "Smooth_L1", None)

    def _chosen(self, cells: Cells, candidate: Array, number: Array) -> Array:
        """Which places without an object count, `number` of each item at most."""
        if self.neg_mining_type == "random":
            return (candidate & (_drawn_places(cells, candidate) < number)).named("chosen")
        hard = number if self.neg_mining_type == "bootstrap" else floor(number / 2 + 0.5).named("hard_number")
        hard = candidate & (_last_first(where(candidate, self._like_an_object(cells), -math.inf)) < hard)
        if self.neg_mining_type == "bootstrap":
            return hard.named("chosen")
        hard = hard.named("hard")
        rest = (candidate & equal(cast(hard, DType.INT), 0)).named("rest")
        left = minimum(total(cast(candidate, DType.WIDE), (1,), keepdims=True), number) - total(
            cast(hard, DType.WIDE), (1,), keepdims=True
        )
        return _either(hard, rest & (_drawn_places(cells, rest) < left.named("left")))

    def _like_an_object(self, cells: Cells) -> Array:
        likelihood = reshape(cut(log_softmax(stop_gradient(cells.scores), 1), 1, 0, 1), cells.label.shape)
        return -likelihood


def _drawn_places(cells: Cells, among: Array) -> Array:
    """The place of each of N×P in a drawn order of those among which it is."""
    drawn = native("uniform_like", cells.overlap, shape=among.shape, dtype=DType.WIDE)
    return cast(ranks(where(among, drawn, -math.inf)), DType.WIDE)


def grouped(x: Array, fields: int) -> Array:
    """Maps N·F×C×H×W as N×F×C×H×W."""
    rows, *rest = x.shape
    return reshape(x, (rows // fields, fields, *rest))


def truth_ranges(shape: Shape, classes: int, fields: Sequence[tuple[float, float]], stride: int) -> Ranges:
    """What maps …×6×H×W of what should be said mean something within: classes, boxes in the map, IoU."""
    sizes = integers(shape[2:])
    if sizes is None or not fields:
        return ()
    (height, width), (wide, high) = sizes, fields[0]
    box = (0.0, width * stride), (0.0, height * stride), (wide / 2, wide * 2), (high / 2, high * 2)
    return tuple(limits for limits in ((0.0, classes), *box, (0.0, 1.0)) for _ in range(height * width))


def expect_maps(layer: Layer, site: CallSite) -> None:
    """Raises Refusal unless the bottoms are maps of one size."""
    first = site.bottoms[0]
    for i, shape in enumerate(site.bottoms):
        if len(shape) != 4:
            message = f"{layer.called()} takes maps N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        for axis in (0, 2, 3):
            message = f"{layer.called()} needs maps of equal size on axis {axis}: {first[axis]} and {shape[axis]}"
            expect_size(message, first[axis], shape[axis], (0, i))


def expect_groups(layer: Layer, site: CallSite, fields: int, classes: int) -> None:
    """Raises Refusal unless there are maps for each field, of scores, boxes and what should be said."""
    for i, (what, count) in enumerate((("scores", classes), ("boxes", BOX), ("what should be said", BOX + 2))):
        channels = site.bottoms[i][1]
        message = f"{layer.called()} takes {count} channels of {what}, not {channels}"
        expect_size(message, channels, count, (i,))
    rows = site.bottoms[0][0]
    if isinstance(rows, int) and rows % fields:
        message = f"{layer.called()} has {fields} fields, of which {rows} maps are no multiple"
        raise Refusal(NotDivisible, message, fields=("field_h", "field_w"), bottoms={0: ""})


def expect_one_class(layer: Regressing, classes: int, objectness: bool) -> None:
    """Raises Refusal where all objects are of one class, and there are more, and unless means have four numbers."""
    if objectness and classes != 2:
        message = f"with objectness there are 2 classes, not {classes}"
        raise Refusal(InvalidValue, message, fields=("cls_num", "objectness"))
    layer.bbox_reg_param.normal()
