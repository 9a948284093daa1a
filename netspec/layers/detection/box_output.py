"""Proposals of MS-CNN and of Cascade R-CNN: the best of what several feature maps say of boxes."""

import math
from collections.abc import Sequence
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    cast,
    concat,
    cumulative,
    cut,
    descending,
    flip,
    iota,
    largest,
    masked,
    matrix,
    minimum,
    nonzero,
    reshape,
    rows,
    rows_of_any,
    stop_gradient,
    where,
)
from netspec.arrays.functions import Call, function, native
from netspec.layers.base import Above0, CallSite, Count, Field, Formula, Message, Positive, Refusal, UInt
from netspec.layers.detection.field_boxes import (
    Overlap,
    Regressing,
    bounds,
    field_boxes,
    field_middles,
    fields_of,
    overlaps,
)
from netspec.layers.detection.geometry import size_of
from netspec.layers.detection.selection import at_most
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import BlobCount, EntryCount
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import VARYING, Dim, Shape, show

PLACEHOLDER = (0.0, 1.0, 1.0, 10.0, 10.0)  # the region that is given where there is none


class BestBoxes(Regressing, Formula):
    """What the makers of proposals have in common: thresholds and tops."""

    tops: ClassVar = Count(1, 2)
    in_place: ClassVar = False

    fg_thr: float = Field(0.0, description="the least score")
    iou_thr: float = Field(0.5, description="NMS drops boxes that overlap more than this with a better one")
    nms_type: str = Field(
        "IOU", description="what the area shared is divided by: IOMU the smaller box, IOFU the better one, else both"
    )
    field_whr: Above0 = Field(2.0, description="up to how much larger or smaller than its field a box may be")
    field_xyr: Above0 = Field(2.0, description="a box is moved by at most its field's size divided by this")
    max_nms_num: UInt = Field(0, description="how many boxes of an item enter NMS, best first; 0 is all")
    max_post_nms_num: UInt = Field(0, description="how many of an item are kept after it; 0 is all")
    min_size: float = Field(15.0, description="the least width and height of a box, in pixels")

    def boxes(self, said: Array, fields: Sequence[tuple[float, float]], stride: int, whole: bool) -> Array:
        """The boxes of a map, N×P×4, from what is said of them, N×G×4×H×W."""
        shift, growth = bounds(self.field_xyr, self.field_whr)
        sizes = matrix(fields, DType.WIDE)
        limits = {"most_shift": shift, "most_growth": growth}
        boxes = field_middles(self.differences(said, 2), sizes, float(stride), **limits)
        return field_boxes(boxes, float(stride), whole=whole)

    def chosen(self, site: CallSite, boxes: Array, scores: Array, whole: bool) -> tuple[Array, ...]:
        """Regions R×5×1×1, and these with scores R×6×1×1, from boxes N×P×4 and scores N×P×1."""
        found = best_boxes(
            boxes,
            scores,
            least_score=self.fg_thr,
            min_size=self.min_size,
            most=self.max_nms_num or None,
            most_kept=self.max_post_nms_num or None,
            threshold=self.iou_thr,
            mode=Overlap.named(self.nms_type),
            whole=whole,
        ).named("found")
        regions = or_placeholder(cut(found, 1, 0, 5), placeholder=PLACEHOLDER)
        scored = or_placeholder(found, placeholder=(0.0,) * 6)
        tops = (reshape(cast(x, DType.FLOAT), (VARYING, width, 1, 1)) for x, width in ((regions, 5), (scored, 6)))
        return tuple(tops)[: site.tops]


class BoxOutput(BestBoxes):
    """The best boxes of all feature maps, R×5×1×1: item, x1, y1, x2, y2, in pixels; and if there is a second top these
    with their scores, R×6×1×1.

    A bottom for each field, N×(C + 4)×H×W: scores of C classes, the background first, and what is said of boxes around
    the middle of each cell, as far as it stays within the bounds of field_xyr and field_whr. A box's score is that of
    its best class less that of the background. Boxes end at the map's border, and go through NMS with each other; of
    equal scores the one that stands last comes first. R depends on the data; without a box there is one, 0, 1, 1, 10,
    10, whose score is 0. No gradient.
    Source: box_output_layer.cpp of zhaoweicai/mscnn.
    """

    message: ClassVar = "box_output_param"
    bottoms: ClassVar = Count(1, None)

    field_h: tuple[UInt, ...] = Field((), description="the height of the field of each bottom, in pixels")
    field_w: tuple[UInt, ...] = Field((), description="its width")
    downsample_rate: tuple[UInt, ...] = Field((), description="how far cells of each bottom are apart, in pixels")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        first = site.bottoms[0]
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"BoxOutput takes feature maps N×(C + 4)×H×W, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
            for axis, what in ((0, "items"), (1, "channels")):
                message = f"BoxOutput needs bottoms with as many {what}: {first[axis]} and {shape[axis]}"
                expect_size(message, first[axis], shape[axis], (0, i))
        if isinstance(first[1], int) and first[1] < 6:
            message = f"BoxOutput takes scores of two classes or more, and 4 numbers of a box, not {first[1]} channels"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        for name in ("field_h", "field_w", "downsample_rate"):
            _expect_entries(len(site.bottoms), name, len(getattr(self, name)))
        self.bbox_reg_param.normal()
        return ((VARYING, 5, 1, 1), (VARYING, 6, 1, 1))[: site.tops]

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        boxes, scores = list[Array](), list[Array]()
        fields = fields_of(self, self.field_h, self.field_w)
        for x, field, stride in zip(xs, fields, self.downsample_rate, strict=True):
            n, channels, height, width = x.shape
            x = cast(stop_gradient(x), DType.WIDE)
            said = reshape(cut(x, 1, channels - 4, channels), (n, 1, 4, height, width))
            boxes.append(self.boxes(said, [field], stride, whole=False))
            best = largest(cut(x, 1, 1, channels - 4), (1,), keepdims=True) - cut(x, 1, 0, 1)
            scores.append(reshape(best, (n, height * width, 1)))
        # Of equal scores the last comes first: in the other order the first does.
        return self.chosen(site, *(flip(concat(each, 1), 1) for each in (boxes, scores)), whole=False)


class BoxGroupParameter(Message):
    """The fields of a feature map."""

    field_h: tuple[UInt, ...] = Field((), description="the height of each field, in pixels")
    field_w: tuple[UInt, ...] = Field((), description="its width")
    stride: Positive = Field(description="how far cells are apart, in pixels")


class BoxGroupOutput(BestBoxes):
    """The best boxes of all feature maps, R×5×1×1: item, x1, y1, x2, y2, in pixels; and if there is a second top these
    with their scores, R×6×1×1.

    Two bottoms for each map, N·G×C×H×W and N·G×4×H×W for G fields: probabilities, that of the background first, and
    what is said of boxes around the middle of each cell. A box's score is 1 less the probability of the background. The
    last pixel belongs to a box. Else as BoxOutput; of equal scores the one that stands first comes first, where the
    fork leaves that open. As there, boxes that share a row of pixels exactly do not overlap.
    Source: box_group_output_layer.cpp and bbox_util.cpp of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "cascade-rcnn"
    message: ClassVar = "box_group_output_param"
    inside: ClassVar = frozenset({"box_group_param"})
    bottoms: ClassVar = Count(2, None)

    box_group_param: tuple[BoxGroupParameter, ...] = Field((), description="the fields of each feature map")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if len(site.bottoms) % 2:
            message = f"BoxGroupOutput takes probabilities and boxes of each map, not {len(site.bottoms)} bottoms"
            raise Refusal(BlobCount, message)
        _expect_entries(len(site.bottoms) // 2, "box_group_param", len(self.box_group_param))
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"BoxGroupOutput takes feature maps N×C×H×W and N×4×H×W, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        for i, group in enumerate(self.box_group_param):
            scores, said = site.bottoms[2 * i : 2 * i + 2]
            expect_size("BoxGroupOutput takes 4 numbers of each box", said[1], 4, (2 * i + 1,))
            for axis in (0, 2, 3):
                message = f"BoxGroupOutput needs probabilities and boxes of equal size on axis {axis}"
                expect_size(message, scores[axis], said[axis], (2 * i, 2 * i + 1))
            message = f"BoxGroupOutput needs as many items of each map: {self.items(site)[0]} and {self.items(site)[i]}"
            expect_size(message, self.items(site)[0], self.items(site)[i], (0, 2 * i))
            fields_of(self, group.field_h, group.field_w, "box_group_param.")
        self.bbox_reg_param.normal()
        return ((VARYING, 5, 1, 1), (VARYING, 6, 1, 1))[: site.tops]

    def items(self, site: CallSite) -> list[Dim]:
        """How many items each map has. Raises Refusal."""
        found = list[Dim]()
        for i, group in enumerate(self.box_group_param):
            rows, count = site.bottoms[2 * i][0], len(group.field_h)
            if count and isinstance(rows, int) and rows % count:
                message = f"BoxGroupOutput has {count} fields, of which {rows} maps are no multiple"
                raise Refusal(NotDivisible, message, fields=("box_group_param",), bottoms={2 * i: ""})
            found.append(rows // count if count else rows)
        return found

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        boxes, scores = list[Array](), list[Array]()
        for i, (group, n) in enumerate(zip(self.box_group_param, self.items(site), strict=True)):
            fields = fields_of(self, group.field_h, group.field_w)
            probability, said = (cast(stop_gradient(x), DType.WIDE) for x in xs[2 * i : 2 * i + 2])
            height, width = said.shape[2:]
            said = reshape(said, (n, len(fields), 4, height, width))
            boxes.append(self.boxes(said, fields, group.stride, whole=True))
            scores.append(reshape(1 - cut(probability, 1, 0, 1), (n, len(fields) * height * width, 1)))
        return self.chosen(site, concat(boxes, 1), concat(scores, 1), whole=True)


def _expect_entries(maps: int, name: str, given: int) -> None:
    if given != maps:
        message = f"there are {maps} feature maps, and {given} {name}"
        raise Refusal(EntryCount, message, fields=(name,), help="give one for each feature map")


@function("items boxes 4", "items boxes 1")
def best_boxes(
    boxes: Array,
    scores: Array,
    least_score: float,
    min_size: float,
    *,
    most: int | None,
    most_kept: int | None,
    threshold: float,
    mode: Overlap,
    whole: bool,
) -> Array:
    """The best boxes after NMS, R×6: item, x1, y1, x2, y2 (in pixels), score."""
    n, size = boxes.shape[0], size_of(boxes)
    size = (size + 1 if whole else size).named("size")
    large = (minimum(cut(size, 2, 0, 1), cut(size, 2, 1, 2)) >= min_size).named("large")
    scores = where(large & (scores >= least_score), scores, -math.inf).named("scores_of_large")
    order = at_most(descending(scores, 1), 1, most).named("order")
    best = rows(scores, order).named("best")
    likely = (best > -math.inf).named("likely")
    order, best = rows_of_any(order, likely).named("order"), rows_of_any(best, likely).named("best")
    own = rows(boxes, order).named("own")
    candidates = reshape(best > -math.inf, (n, VARYING))
    chosen = suppressed(own, candidates, threshold=threshold, mode=mode, whole=whole)
    if most_kept is not None:
        chosen = (chosen & (cumulative(cast(chosen, DType.INT), 1) <= most_kept)).named("chosen")
    item = cast(cut(nonzero(chosen), 1, 0, 1), DType.FLOAT)
    return concat([item, masked(own, chosen), masked(best, chosen)], 1)


def suppressed(boxes: Array, candidates: Array, threshold: float, mode: Overlap, whole: bool) -> Array:
    """Which candidates N×P, best first, are kept by NMS."""
    iou = Call(overlaps, settled={"mode": mode, "whole": whole})
    return native("nms", boxes, candidates, shape=candidates.shape, dtype=DType.BOOL, iou=iou, iou_threshold=threshold)


@function("count numbers")
def or_placeholder(found: Array, *, placeholder: Sequence[float]) -> Array:
    """Rows of what is found; if nothing is, one that stands for it."""
    missing = (iota(1) >= found.shape[0]).named("missing")
    return concat([found, masked(matrix((placeholder,), found.dtype), missing)], 0)
