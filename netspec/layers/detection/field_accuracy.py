"""How often MS-CNN and Cascade R-CNN are right: of the places of a map, and of regions. No gradient.

Source: detection_accuracy_layer.cpp and bbox_accuracy_layer.cpp of zhaoweicai/mscnn;
detection_group_accuracy_layer.cpp of zhaoweicai/cascade-rcnn.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    concat,
    cut,
    equal,
    exp,
    insert_axis,
    iota,
    matrix,
    maximum,
    minimum,
    not_equal,
    relu,
    reshape,
    stop_gradient,
    take,
    total,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.base import Above0, CallSite, Count, Field, Formula, Positive, Refusal, UInt
from netspec.layers.detection.field_boxes import Regressing, bounds, field_middles, fields_of
from netspec.layers.detection.field_losses import (
    BOX,
    Ranges,
    expect_groups,
    expect_maps,
    expect_one_class,
    grouped,
    truth_ranges,
)
from netspec.layers.detection.refinement import AGNOSTIC, Refining, expect_regions
from netspec.layers.fit import expect_size
from netspec.layers.losses import LossParameter, shaped
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import Shape, product

MATCH = 0.975  # the IoU from which a region is the annotation itself


class FieldAccuracy(Regressing, Formula):
    """What both have in common."""

    tops: ClassVar = Count(1, 2)
    in_place: ClassVar = False

    cls_num: Positive = Field(description="how many classes there are, background among them")
    field_whr: Above0 = Field(2.0, description="up to how much larger or smaller than its field a box may be")
    field_xyr: Above0 = Field(4.0, description="a box is moved by at most its field's size divided by this")
    bg_threshold: float = Field(0.5, description="a place without an object counts if its IoU is less")
    objectness: bool = Field(False, description="whether all objects are of one class")
    loss_param: LossParameter = Field(
        LossParameter.model_construct(), description="places with ignore_label are left out"
    )

    def judged(
        self,
        maps: tuple[Array, Array, Array],
        fields: Sequence[tuple[float, float]],
        stride: int,
        first_k: int,
        last_first: bool,
        whole: bool,
    ) -> tuple[Array, ...]:
        """The tops, from maps N×fields×…×H×W: scores, what is said of boxes, and what should be.

        last_first: whether of equal scores the last class comes first. whole: whether boxes that share less than a
        pixel share nothing.
        """
        scores, said, truth = (cast(stop_gradient(x), DType.WIDE) for x in maps)
        raw = cast(cut(truth, 2, 0, 1), DType.INT).named("class")
        label = (minimum(raw, 1) if self.objectness else raw).named("label")
        classes = align(iota(self.cls_num), 2, 5)
        own = take(scores, label, 2).named("own")
        ahead = (classes > label) if last_first else (classes < label)
        better = cast(scores > own, DType.WIDE) + cast(equal(scores, own) & ahead, DType.WIDE)
        right = cast(total(better, (2,), keepdims=True) < first_k, DType.WIDE).named("right")
        overlap = cut(truth, 2, 1 + BOX, 2 + BOX)
        unclear = cast(equal(label, 0) & (overlap >= self.bg_threshold), DType.WIDE)
        counts, boxed = (1 - unclear), cast(not_equal(raw, 0), DType.WIDE)
        if self.loss_param.ignore_label is not None:
            counts = counts * cast(not_equal(label, self.loss_param.ignore_label), DType.WIDE)
            boxed = boxed * cast(not_equal(raw, self.loss_param.ignore_label), DType.WIDE)
        counts, boxed = counts.named("counts"), boxed.named("boxed")
        objects = (counts * cast(not_equal(label, 0), DType.WIDE)).named("objects")
        shift, growth = bounds(self.field_xyr, self.field_whr)
        sizes = matrix(fields, DType.WIDE)
        boxes = field_middles(self.differences(said, 2), sizes, float(stride), most_shift=shift, most_growth=growth)
        same = paired_iou(boxes, cut(truth, 2, 1, 1 + BOX), whole=whole)
        shares = [_share(right, counts), _share(right, objects)]
        tops = (concat(shares, 3), _share(same, boxed))
        return tuple(cast(top, DType.FLOAT) for top in tops)


def _share(x: Array, counts: Array) -> Array:
    """The mean of what counts, 1×1×1×1; −1 where nothing does."""
    count = total(counts, range(counts.rank)).named("count")
    return reshape(where(count > 0, total(x * counts, range(x.rank)) / maximum(count, 1.0), -1.0), (1, 1, 1, 1))


@function("items fields 4 height width", "items fields 4 height width")
def paired_iou(a: Array, b: Array, *, whole: bool) -> Array:
    """Intersection over union of boxes (x and y of their middle, width, height) with those in the same place."""
    sides, sizes = list[Array](), [cut(x, 2, 2, 4) for x in (a, b)]
    for i in (0, 1):
        low, high = ([cut(x, 2, i, i + 1) + sign * cut(x, 2, i + 2, i + 3) / 2 for x in (a, b)] for sign in (-1, 1))
        side = minimum(high[0], high[1]) - maximum(low[0], low[1])
        side = where(side >= 1, side, 0.0) if whole else relu(side)
        sides.append(side.named(("width", "height")[i]))
    shared = (sides[0] * sides[1]).named("shared")
    areas = [cut(size, 2, 0, 1) * cut(size, 2, 1, 2) for size in sizes]
    return where(shared > 0, shared / (areas[0] + areas[1] - shared), 0.0)


class DetectionAccuracy(FieldAccuracy):
    """How often a map is right: for all places and for those with an object, 1×1×1×2, and if there is a second top the
    mean IoU of boxes with what they should be, 1×1×1×1; −1 where nothing counts.

    Bottoms as those of MS-CNN's DetectionLoss. A place is right whose class is among the top_k scores, of equal ones
    the last first. One without an object does not count if its IoU is bg_threshold or more.
    Source: detection_accuracy_layer.cpp of zhaoweicai/mscnn.
    """

    message: ClassVar = "detection_accuracy_param"
    bottoms: ClassVar = Count(2, 2)

    coord_num: UInt = Field(4, ge=4, le=4, description="how many numbers a box has")
    field_h: Positive = Field(description="the height of the field, in pixels")
    field_w: Positive = Field(description="its width")
    downsample_rate: Positive = Field(description="how far cells are apart, in pixels")
    top_k: UInt = Field(1, ge=1, description="among how many scores the class has to be")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_maps(self, site)
        x, truth = (shape[1] for shape in site.bottoms)
        message = f"DetectionAccuracy needs {self.cls_num} scores and {BOX} numbers of a box: not {x} channels"
        expect_size(message, x, self.cls_num + BOX, (0,))
        expect_size(f"DetectionAccuracy needs maps N×{BOX + 2}×H×W of what should be said", truth, BOX + 2, (1,))
        if self.top_k > self.cls_num:
            message = f"top_k {self.top_k} is more than the {self.cls_num} classes"
            raise Refusal(OutOfBounds, message, fields=("top_k",))
        expect_one_class(self, self.cls_num, self.objectness)
        return ((1, 1, 1, 2), (1, 1, 1, 1))[: site.tops]

    def ranges(self, site: CallSite) -> Mapping[int, Ranges]:
        fields = [(float(self.field_w), float(self.field_h))]
        return {1: truth_ranges(site.bottoms[1], self.cls_num, fields, self.downsample_rate)}

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        scores, said = cut(xs[0], 1, 0, self.cls_num), cut(xs[0], 1, self.cls_num, self.cls_num + BOX)
        maps = insert_axis(scores, 1), insert_axis(said, 1), insert_axis(xs[1], 1)
        fields = [(float(self.field_w), float(self.field_h))]
        return self.judged(maps, fields, self.downsample_rate, self.top_k, last_first=True, whole=False)[: site.tops]


class DetectionGroupAccuracy(FieldAccuracy):
    """How often maps are right: for all places and for those with an object, 1×1×1×2, and if there is a second top the
    mean IoU of boxes with what they should be, 1×1×1×1; −1 where nothing counts.

    Bottoms as those of DetectionGroupLoss. A place is right whose class has the best score, of equal ones the first.
    One without an object does not count if its IoU is bg_threshold or more. Boxes that share less than a pixel share
    nothing.
    Source: detection_group_accuracy_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "cascade-rcnn"
    message: ClassVar = "detection_group_accuracy_param"
    bottoms: ClassVar = Count(3, 3)

    field_h: tuple[UInt, ...] = Field((), description="the height of each field, in pixels")
    field_w: tuple[UInt, ...] = Field((), description="its width")
    stride: Positive = Field(description="how far cells are apart, in pixels")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_maps(self, site)
        expect_groups(self, site, len(fields_of(self, self.field_h, self.field_w)), self.cls_num)
        expect_one_class(self, self.cls_num, self.objectness)
        return ((1, 1, 1, 2), (1, 1, 1, 1))[: site.tops]

    def ranges(self, site: CallSite) -> Mapping[int, Ranges]:
        fields = fields_of(self, self.field_h, self.field_w)
        return {2: truth_ranges(site.bottoms[2], self.cls_num, fields, self.stride)}

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        fields = fields_of(self, self.field_h, self.field_w)
        scores, said, truth = (grouped(x, len(fields)) for x in xs)
        found = self.judged((scores, said, truth), fields, self.stride, 1, last_first=False, whole=True)
        return found[: site.tops]


class BboxAccuracy(Refining):
    """The mean IoU of regions with their annotation, after they are moved, 1×1×1×1, and if there is a second top before
    that; −1 where no region counts.

    Bottoms: what is said of boxes R×4·C, or R×8 unless cls_aware; regions R×5; annotations R×6: class, x1, y1, x2, y2,
    IoU, where the class 0 is none. A region whose IoU is more than 0.975 does not count. It is moved as by DecodeBBox,
    but to a middle half a pixel further to the right and down, as is the annotation.
    Source: bbox_accuracy_layer.cpp of zhaoweicai/mscnn. In Cascade R-CNN boxes that share less than a pixel share
    nothing.
    """

    bottoms: ClassVar = Count(3, 3)
    tops: ClassVar = Count(1, 2)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        said = product(site.bottoms[0][1:])
        if not self.bbox_reg_param.cls_aware:
            said = AGNOSTIC
        elif isinstance(said, int) and said % 4:
            expect_size("BboxAccuracy takes 4 numbers of a box of each class", said, said - said % 4, (0,))
        expect_regions(self, site, {0: said, 1: 5, 2: 6})
        self.bbox_reg_param.normal()
        return ((1, 1, 1, 1),) * site.tops

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        classes = product(site.bottoms[0][1:])
        regions = dict(super().ranges(site))
        if isinstance(classes, int):
            regions[2] = ((0.0, classes / 4), *regions[1][1:5], (0.5, 1.0))
        return regions

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        said, regions, truth = (
            shaped(cast(stop_gradient(x), DType.WIDE), (x.shape[0], product(x.shape[1:]))) for x in xs
        )
        count, numbers = said.shape
        label = cast(cut(truth, 1, 0, 1), DType.INT).named("label")
        own = label if self.bbox_reg_param.cls_aware else minimum(label, 1)
        own = reshape(where(own > 0, own, 0), (count, 1, 1)).named("own")
        said = reshape(take(reshape(said, (count, numbers // 4, 4)), own + 0 * align(iota(4), 2, 3), 1), (count, 4))
        size = _size(regions, 1).named("size")
        middle = cut(regions, 1, 1, 3) + size / 2
        said = self.differences(said, 1).named("said")
        moved = concat([cut(said, 1, 0, 2) * size + middle, exp(cut(said, 1, 2, 4)) * size], 1)
        wanted_size = _size(truth, 1).named("wanted_size")
        wanted = concat([cut(truth, 1, 1, 3) + wanted_size / 2, wanted_size], 1).named("wanted")
        there = (label > 0) & (cut(truth, 1, 5, 6) <= MATCH)
        there = reshape(cast(there, DType.WIDE), (1, count, 1, 1, 1)).named("there")
        tops = list[Array]()
        for boxes in (moved.named("moved"), concat([middle, size], 1).named("before"))[: site.tops]:
            pair = (reshape(x, (1, count, 4, 1, 1)) for x in (boxes, wanted))
            tops.append(cast(_share(paired_iou(*pair, whole=False), there), DType.FLOAT))
        return tuple(tops)


def _size(regions: Array, first: int) -> Array:
    """Width and height, of which the last pixels are a part."""
    return cut(regions, 1, first + 2, first + 4) - cut(regions, 1, first, first + 2) + 1
