"""The loss of single-shot detectors, which compares what they predict for each prior box with annotations."""

import math
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    cut,
    equal,
    full,
    insert_axis,
    iota,
    largest,
    maximum,
    mean,
    reshape,
    rows,
    stop_gradient,
    tile,
    total,
    transpose,
    where,
)
from netspec.layers.base import CallSite, Count, Field, Formula, Refusal, UInt
from netspec.layers.detection.boxes import CodeType, NonMaximumSuppressionParameter
from netspec.layers.detection.geometry import boxes_and_variances, decode_boxes, iou, odd_priors
from netspec.layers.detection.matching import (
    annotations_of_items,
    class_losses,
    hard_negatives,
    location_losses,
    mixed_losses,
    negatives,
    pair_up,
    ranks_apart,
)
from netspec.layers.detection.selection import ranks
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import LEAST, NormalizationMode, expect_items, per_item
from netspec.layers.segmentation.loss import WeighingLossParameter
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import VARYING, Dim, Shape, product, show


class LocLossType(IntEnum):
    L2 = 0
    SMOOTH_L1 = 1


class ConfLossType(IntEnum):
    SOFTMAX = 0
    LOGISTIC = 1


class MatchType(IntEnum):
    BIPARTITE = 0
    PER_PREDICTION = 1


class MiningType(IntEnum):
    NONE = 0
    MAX_NEGATIVE = 1
    HARD_EXAMPLE = 2


class MultiBoxLoss(Formula):
    """(loc_weight·Σ locations + Σ classes) / N: how far a single-shot detector is from annotations. For training.

    Bottoms: locations N×(P·L·4), scores N×(P·C), prior boxes 1×2×(P·4) with their variances, and annotations 1×1×A×8:
    item, class, number, x1, y1, x2, y2, difficult; those with the item −1 do not count. (Of a blob that is wider than 8
    the first A·8 numbers are those.) L is 1, or C without share_location. RefineDet adds scores N×(P·2) of its first
    stage, and locations N×(P·4): what is mined needs a score of objectness_score for its object, and the boxes that are
    matched, and that locations are relative to, are the prior ones where the first stage has moved them. With two
    classes and background 0 an annotation of any class is an object.
    Matching: of all pairs of a box and an annotation of its item the one with the largest IoU is matched, then the next
    of those left over, and so on; with PER_PREDICTION a box left over then gets the annotation with which its IoU is
    largest, from overlap_threshold on. A matched box has a loss of its location, SMOOTH_L1 or L2, and one of its class,
    SOFTMAX or LOGISTIC. Boxes not matched have background as class; with MAX_NEGATIVE only those count whose IoU with
    annotations is below neg_overlap, and of those the neg_pos_ratio·(matches of the item) with the greatest loss. With
    HARD_EXAMPLE only sample_size boxes of an item count, matched or not: those with the greatest loss of location and
    class together; other matches are none.
    With nms_param boxes go through NMS by their loss, before any is chosen: of the top_k first, of none if it is unset.
    Of a first stage the fork leaves out scores in one list and not in the other, so that it chooses boxes at random
    places: nms_param has no meaning there.
    N is the number of matches, at least 1, unless `loss_param` says otherwise. Of the sum `propagate_down` leaves out
    the locations, if its first entry is false, and the classes, if its second is.
    With encode_variance_in_target the gradient to locations is as if they were not divided by the variances. LOGISTIC
    compares the scores of classes other than the label's with background_label_id, not with 0; without mining, the
    labels of an item begin P numbers behind those of the one before, not P·C. All this is what the fork does. What it
    does not only by what it reads is left out: it keeps its matches from one forward pass to the next until there is a
    backward pass, so that its losses of TEST are wrong from the second batch on.
    Shape: a scalar. The gradient goes to locations and scores. Source: multibox_loss_layer.cpp and bbox_util.cpp of the
    SSD fork; those of RefineDet for five and six bottoms.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "multibox_loss_param"
    inside: ClassVar = frozenset({"nms_param"})
    explicit_presence: ClassVar = frozenset({"mining_type"})
    bottoms: ClassVar = Count(4, 6)
    loss: ClassVar = True

    loc_loss_type: LocLossType = Field(LocLossType.SMOOTH_L1, description="the loss of locations")
    conf_loss_type: ConfLossType = Field(ConfLossType.SOFTMAX, description="the loss of classes")
    loc_weight: float = Field(1.0, description="the weight of the loss of locations")
    num_classes: UInt | None = Field(None, gt=0, description="C: how many classes there are, background among them")
    share_location: bool = Field(True, description="whether all classes have the same boxes")
    match_type: MatchType = Field(MatchType.PER_PREDICTION, description="how boxes and annotations are matched")
    overlap_threshold: float = Field(0.5, description="the IoU from which a box matches, with PER_PREDICTION")
    use_prior_for_matching: bool = Field(True, description="whether prior boxes are matched, or those predicted")
    background_label_id: UInt = Field(0, description="the class that is nothing")
    use_difficult_gt: bool = Field(True, description="whether annotations marked as difficult count")
    do_neg_mining: bool | None = Field(None, description="old form of mining_type: true is MAX_NEGATIVE")
    neg_pos_ratio: float = Field(3.0, description="how many negatives there are for a positive")
    neg_overlap: float = Field(0.5, description="the IoU below which a box may be a negative")
    code_type: CodeType = Field(CodeType.CORNER, description="how locations say a box beside the prior one")
    encode_variance_in_target: bool = Field(False, description="whether locations are used without the variances")
    map_object_to_agnostic: bool = Field(False, description="whether all objects are one class, that behind background")
    ignore_cross_boundary_bbox: bool = Field(False, description="whether boxes beyond the border do not match")
    bp_inside: bool = Field(False, description="whether corners beyond the border have no loss")
    mining_type: MiningType = Field(MiningType.MAX_NEGATIVE, description="which negatives count")
    nms_param: NonMaximumSuppressionParameter | None = Field(
        None, description="NMS, by the loss, before negatives or hard examples are chosen"
    )
    sample_size: int = Field(64, description="HARD_EXAMPLE: how many boxes count")
    use_prior_for_nms: bool = Field(False, description="whether NMS looks at prior boxes, or at those predicted")
    objectness_score: float = Field(0.01, description="RefineDet: the score of its first stage that a box must have")
    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(),
        description="what the sums are divided by: matches (VALID), items (BATCH_SIZE), prior boxes of all (FULL)",
    )

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        classes = self.num_classes
        if classes is None:
            raise Refusal(MissingField, "MultiBoxLoss needs num_classes", fields=("num_classes",))
        self._check_fields(classes)
        location, score, prior = site.bottoms[:3]
        expect_items(self, location, score)
        if len(prior) < 3:
            message = f"MultiBoxLoss takes prior boxes 1×2×(P·4) as bottom 2, not {show(prior)}"
            raise Refusal(BadDimensions, message, bottoms={2: ""})
        self._check_annotations(site.bottoms[3])
        priors = product(prior[2:]) // 4
        boxes = 1 if self.share_location else classes
        for i, (shape, per) in enumerate(((location, boxes * 4), (score, classes))):
            expect_size(
                f"MultiBoxLoss needs {priors}·{per} = {priors * per} numbers for each item in bottom {i}, for {priors} "
                f"prior boxes; it has {product(shape[1:])}",
                product(shape[1:]),
                priors * per,
                (i, 2),
            )
        self._check_first_stage(site, priors)
        return ((),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        location, score, prior, annotations, *first = xs
        prior, variance = boxes_and_variances(stop_gradient(prior))
        n, count, classes = location.shape[0], prior.shape[1], self.num_classes or 1

        def moved(offsets: Array) -> Array:
            offsets = stop_gradient(offsets)
            offsets = offsets if self.encode_variance_in_target else offsets * variance
            return decode_boxes(offsets, prior, code_type=self.code_type).named("moved")

        boxes = moved(reshape(first[1], (n, count, 4))) if len(first) > 1 else prior
        scores = reshape(score, (n, count, classes)).named("scores")
        known = annotations_of_items(
            scores,
            self._table(annotations),
            background_label_id=self.background_label_id,
            one_object=self.one_object(),
            use_difficult_gt=self.use_difficult_gt,
        ).named("annotations")
        labels, lists = cut(known, 2, 1, 2), n * classes if self.by_class() else n
        if self.by_class():
            location = reshape(transpose(reshape(location, (n, count, classes, 4)), (0, 2, 1, 3)), (lists, count, 4))
            known = reshape(tile(insert_axis(known, 1), 1, classes), (lists, VARYING, 8)).named("known")
        candidates = boxes if self.use_prior_for_matching else moved(reshape(location, (lists, count, 4)))
        ious = iou(candidates, cut(known, 2, 3, 7)).named("ious")
        if self.by_class():
            own = equal(transpose(cast(labels, DType.INT), (0, 2, 1)), align(iota(classes), 1, 3))
            ious = where(reshape(own, (lists, 1, VARYING)), ious, 0.0).named("ious")
        inside = _inside(candidates) if self.ignore_cross_boundary_bbox else None
        ious = where(inside, ious, 0.0).named("ious") if inside else ious
        truth = rows(known, pair_up(ious, self.threshold())).named("truth")
        own_location = location if self.by_class() else self._own(location, truth, count)

        def beside(boxes: Array) -> Array:
            """The losses of locations beside boxes."""
            far = location_losses(
                own_location,
                truth,
                boxes,
                variance,
                code_type=self.code_type,
                encode_variance_in_target=self.encode_variance_in_target,
                l2=self.loc_loss_type is LocLossType.L2,
            ).named("location_loss")
            if not self.bp_inside:
                return far
            ends = boxes if self.use_prior_for_matching else candidates
            return where((ends >= 0) & (ends <= 1), far, 0.0).named("far")

        far = beside(boxes)
        positive = cut(truth, 2, 0, 1) >= 0
        label = self._labels(truth, positive, n)
        logistic = self.conf_loss_type is ConfLossType.LOGISTIC
        losses = class_losses(scores, label, logistic=logistic, others=0.0)
        losses = losses.named("class_loss", "" if logistic else LEAST)
        others = float(self.background_label_id) if logistic else 0.0  # to which the fork sets all its labels at first
        if self.mining():
            hard = self.mining() is MiningType.HARD_EXAMPLE
            negative = negatives(ious, truth, known, math.inf if hard else self.neg_overlap)
            negative = negative & inside if inside else negative
            likely = cut(reshape(first[0], (n, count, 2)), 2, 1, 2) >= self.objectness_score if first else None
            negative = negative & likely if likely else negative
            if hard:  # by locations beside the prior boxes, wherever a first stage has moved them
                aside = beside(prior) if len(first) > 1 else far
                hardness = stop_gradient(losses + total(aside, (2,), keepdims=True))
                hardness = where(likely, hardness, -math.inf) if likely else hardness
            else:
                hardness = where(negative, stop_gradient(losses), -math.inf)
            rank = ranks(hardness)
            if nms := self.suppressing():
                near = tile(prior, 0, n) if self.use_prior_for_nms else moved(reshape(location, (n, count, 4)))
                rank = ranks_apart(hardness, near, iou_threshold=nms.nms_threshold, top_k=nms.top_k or 0).named("rank")
            if hard:
                chosen = rank < self.sample_size
                chosen = (chosen & likely if likely else chosen).named("chosen")
                positive, far = (positive & chosen).named("positive"), where(chosen, far, 0.0)
                negative = negative & chosen
            else:
                negative = hard_negatives(rank, truth, negative, self.neg_pos_ratio)
            losses = class_losses(scores, label, logistic=logistic, others=others) if others else losses
            losses = where(positive, losses, where(negative, losses, 0.0))
        elif logistic:
            losses = mixed_losses(scores, self._labelled(positive, label, n), others=others)
        far = total(far, (2,), keepdims=True)
        far = total(reshape(far, (n, classes, count, 1)), (1,)) if self.by_class() else far
        far = far if self.loc_weight == 1 else self.loc_weight * far
        # The fork asks propagate_down for what counts in its value, too.
        parts = [
            part for part, counts in zip((far, losses), site.propagate_down or (True, True), strict=False) if counts
        ]
        return (self._divided(sum(parts[1:], parts[0]), positive) if parts else full((), 0.0),)

    def _labels(self, truth: Array, positive: Array, n: Dim) -> Array:
        """The class of each box, N×P×1: of those that it is matched with the last, as in the fork."""
        label = cut(truth, 2, 1, 2)
        if not self.by_class():
            return label
        shape = n, self.num_classes or 1, truth.shape[1], 1
        last = largest(where(reshape(positive, shape), reshape(label, shape), -1.0), (1,)).named("last")
        return where(last < 0, float(self.background_label_id), last).named("label")

    def _labelled(self, positive: Array, label: Array, n: Dim) -> Array:
        """Which classes each box is matched with, N×P×C."""
        classes = self.num_classes or 1
        if self.by_class():
            return transpose(reshape(positive, (n, classes, positive.shape[1])), (0, 2, 1))
        return positive & equal(align(iota(classes), 2, 3), cast(label, DType.INT))

    def _own(self, location: Array, truth: Array, count: Dim) -> Array:
        """The locations of each box, N×P×4: those of the class that it is matched with, if classes have their own."""
        n, classes = location.shape[0], self.num_classes or 1
        if self.share_location:
            return reshape(location, (n, count, 4))
        number = align(iota(count), 1, 3) * classes + cast(cut(truth, 2, 1, 2), DType.INT)
        return rows(reshape(location, (n, count * classes, 4)), number)

    def _divided(self, losses: Array, positive: Array) -> Array:
        """The losses of all boxes, N×P×1, together."""
        match self.normalization():
            case NormalizationMode.FULL:
                return mean(losses, (0, 1, 2))
            case NormalizationMode.BATCH_SIZE:
                return per_item(losses)
            case NormalizationMode.NONE:
                return total(losses, (0, 1, 2))
            case _:
                matches = maximum(total(cast(positive, DType.INT), (0, 1, 2)), 1)
                return total(losses, (0, 1, 2)) / cast(matches, DType.FLOAT)

    def _table(self, annotations: Array) -> Array:
        """The annotations that are read, 1×A×8."""
        numbers = product(annotations.shape)
        table = stop_gradient(annotations)
        if read := self.read(annotations.shape):
            table = cut(reshape(table, (numbers,)), 0, 0, read)
        return reshape(table, (1, product(table.shape) // 8, 8))

    def by_class(self) -> bool:
        """Whether the boxes that are predicted of each class are matched with its annotations."""
        return not (self.share_location or self.use_prior_for_matching)

    def suppressing(self) -> NonMaximumSuppressionParameter | None:
        """What negatives go through, if they go through NMS."""
        return self.nms_param if self.nms_param and self.nms_param.nms_threshold > 0 else None

    def one_object(self) -> bool:
        """Whether annotations are of one class, whatever they say."""
        return self.map_object_to_agnostic or (self.num_classes == 2 and self.background_label_id == 0)

    def mining(self) -> MiningType:
        """Which negatives count, in whichever form the spec says it."""
        old = MiningType.NONE if self.do_neg_mining is False else MiningType.MAX_NEGATIVE
        return self.mining_type if self.has("mining_type") else old

    def normalization(self) -> NormalizationMode:
        return self.loss_param.mode(NormalizationMode.VALID)

    def threshold(self) -> float | None:
        """The IoU from which any box matches; None if none does but by being the best."""
        return None if self.match_type is MatchType.BIPARTITE else max(self.overlap_threshold, 1e-6)

    def lacks(self, site: CallSite) -> str:
        prior, first = site.bottoms[2], len(site.bottoms) > 4
        reasons = {
            "nms_param with a first stage": first and bool(self.mining()) and self.suppressing() is not None,
            "predictions of each class that are matched, with a first stage": first and self.by_class(),
            "normalization PRE_FIXED": self.normalization() is NormalizationMode.PRE_FIXED,
        }
        return next((reason for reason, holds in reasons.items() if holds), odd_priors(prior))

    def read(self, annotations: Shape) -> int | None:
        """How many numbers are read of annotations that have more; None for all."""
        rows, numbers = annotations[2], product(annotations)
        return rows * 8 if isinstance(rows, int) and isinstance(numbers, int) and numbers > rows * 8 else None

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Boxes in the image, and annotations of objects."""
        numbers, items = product(site.bottoms[2][2:]), site.bottoms[0][0]
        if not isinstance(numbers, int) or not isinstance(items, int):
            return {}
        background, classes = self.background_label_id, self.num_classes or 1
        label = (background + 1, classes) if background + 1 < classes else (0, background)
        box = ((0, 0.4), (0, 0.4), (0.6, 1), (0.6, 1))
        return {2: (*box * (numbers // 4), *((0.1, 0.2),) * numbers), 3: ((0, items), label, (0, 9), *box, (0, 0))}

    def _check_first_stage(self, site: CallSite, priors: Dim) -> None:
        """That it says something of each prior box. Raises Refusal."""
        items = site.bottoms[0][0]
        for i, per in zip(range(4, len(site.bottoms)), (2, 4), strict=False):
            wanted, size = items * priors * per, product(site.bottoms[i])
            message = f"MultiBoxLoss needs {items}·{priors}·{per} = {wanted} numbers in bottom {i}; it has {size}"
            expect_size(message, size, wanted, (i, 0, 2))
        if len(site.bottoms) > 5 and not self.share_location:
            message = "MultiBoxLoss with locations of a first stage needs locations that all classes share"
            raise Refusal(InvalidValue, message, fields=("share_location",), bottoms={5: ""})

    def _check_annotations(self, shape: Shape) -> None:
        """That there are as many numbers as the fork reads, which looks at the third axis alone. Raises Refusal."""
        if len(shape) != 4:
            message = f"MultiBoxLoss takes annotations 1×1×A×8 as bottom 3, not {show(shape)} of {axes(len(shape))}"
            raise Refusal(BadDimensions, message, bottoms={3: ""})
        if product(shape) < shape[2] * 8:
            message = f"MultiBoxLoss reads {shape[2]} rows of 8 numbers from bottom 3, which has {product(shape)}"
            raise Refusal(ShapeMismatch, message, bottoms={3: ""}, label=f"{shape[2]}·8 = {shape[2] * 8}")

    def _check_fields(self, classes: int) -> None:
        """What the fork checks of them. Raises Refusal."""
        softmax = self.conf_loss_type is ConfLossType.SOFTMAX
        if (softmax or self.mining()) and self.background_label_id >= classes:
            message = f"background_label_id is {self.background_label_id}, of {classes} classes from 0 to {classes - 1}"
            raise Refusal(OutOfBounds, message, fields=("background_label_id", "num_classes"))
        if self.mining() and not self.share_location:
            message = f"mining_type {self.mining().name} needs locations that all classes share"
            help = "use mining_type: NONE, or share_location: true"
            raise Refusal(InvalidValue, message, fields=("share_location", "mining_type"), help=help)
        if self.mining() is MiningType.HARD_EXAMPLE and self.sample_size < 1:
            message = f"HARD_EXAMPLE needs a sample_size of at least 1, not {self.sample_size}"
            raise Refusal(InvalidValue, message, fields=("sample_size", "mining_type"))
        if self.do_neg_mining is not None and self.do_neg_mining is not bool(self.mining()):
            message = f"do_neg_mining contradicts mining_type {self.mining().name}"
            raise Refusal(InvalidValue, message, fields=("do_neg_mining", "mining_type"), help="remove do_neg_mining")
        if self.map_object_to_agnostic and classes != 2:
            message = f"map_object_to_agnostic makes 2 classes, background and object; num_classes is {classes}"
            raise Refusal(InvalidValue, message, fields=("map_object_to_agnostic", "num_classes"))
        if self.map_object_to_agnostic and self.background_label_id != 0:
            message = "map_object_to_agnostic makes all objects the class behind background, of which there is none: "
            message += f"background_label_id is {self.background_label_id}, of 2 classes"
            raise Refusal(OutOfBounds, message, fields=("map_object_to_agnostic", "background_label_id"))


def _inside(boxes: Array) -> Array:
    """Which boxes are within the image."""
    low, high = (largest(x, (2,), keepdims=True) for x in (-boxes, boxes))
    return ((low <= 0) & (high <= 1)).named("inside")
