"""What Cascade R-CNN does with regions from stage to stage: it moves them, chooses some by size, and finds the best.

A region is a row R×5: item, x1, y1, x2, y2, in pixels, the last of which belong to it.
Source: decode_bbox_layer.cpp of zhaoweicai/mscnn; scale_route_layer.cpp, hard_mining_layer.cpp,
frcnn_output_layer.cpp and bbox_util.cpp of zhaoweicai/cascade-rcnn.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    concat,
    cut,
    descending,
    equal,
    exp,
    full_like,
    insert_axis,
    log,
    masked,
    matrix,
    minimum,
    nonzero,
    relu,
    reshape,
    rows,
    rows_of_any,
    sqrt,
    stop_gradient,
    tile,
    total,
    transpose,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.base import Above0, CallSite, Count, Field, Formula, Layer, Message, Phase, Refusal, UInt
from netspec.layers.detection.box_output import suppressed
from netspec.layers.detection.field_boxes import Overlap, Regressing
from netspec.layers.detection.selection import ranks
from netspec.layers.fit import expect_size
from netspec.layers.losses import shaped
from netspec.problems.fields import BlobCount, InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Dim, Shape, product, show

NOTHING = (0.0, *(-1.0,) * 6)  # the row that is no detection
AGNOSTIC = 8  # numbers that are said of a region where all classes but the background share a box


def expect_regions(layer: Layer, site: CallSite, widths: Mapping[int, Dim]) -> Dim:
    """How many regions there are. Raises Refusal unless these bottoms have rows of such widths, one for each region."""
    for i, width in widths.items():
        shape = site.bottoms[i]
        if not shape:
            raise Refusal(
                BadDimensions, f"{layer.called()} takes rows of {width} numbers, not a scalar", bottoms={i: ""}
            )
        message = f"{layer.called()} takes rows of {width} numbers in bottom {i}, not {show(shape)}"
        expect_size(message, product(shape[1:]), width, (i,))
        message = f"{layer.called()} needs a row for each region: {site.bottoms[0][0]} and {shape[0]}"
        expect_size(message, site.bottoms[0][0], shape[0], (0, i))
    return site.bottoms[0][0]


class Refining(Regressing, Formula):
    """What reads regions, and what is said of each."""

    region_bottom: ClassVar[int] = 1

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Regions that overlap, of an image of about 100×100 pixels."""
        begins, ends = ((-10.0, 40.0),) * 2, ((50.0, 120.0),) * 2
        rest = ((0.0, 1.0),) * (product(site.bottoms[self.region_bottom][1:]) == 6)
        return {self.region_bottom: ((0.0, 1.0), *begins, *ends, *rest)}


class DecodeBBox(Refining):
    """Regions, moved and stretched as a net says: R×5×1×1.

    Bottoms: what is said of boxes R×8, of which the last four count; regions R×5; and in TRAIN, if wanted, the
    annotation of each, R×6, whose last number is how much they overlap. A region of w×h becomes one of e^dw·w by
    e^dh·h, whose middle is dx·w to the right and dy·h further down. In TRAIN, those that end before they start are left
    out, and those that overlap with their annotation by gt_iou_thr, so that R depends on the data; the fork stops where
    none is left. No gradient.
    Source: decode_bbox_layer.cpp of zhaoweicai/mscnn.
    """

    message: ClassVar = "decode_bbox_param"
    bottoms: ClassVar = Count(2, 3)
    in_place: ClassVar = False

    gt_iou_thr: float = Field(
        0.95, description="TRAIN: the overlap with its annotation from which a region is left out"
    )

    @property
    def phased(self) -> bool:
        """In TRAIN the number of regions depends on the data."""
        return True

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        annotations = len(site.bottoms) > 2
        count = expect_regions(self, site, {0: AGNOSTIC, 1: 5} | ({2: 6} if annotations else {}))
        if annotations and site.phase is Phase.TEST:
            message = "DecodeBBox has a third bottom in TRAIN alone"
            raise Refusal(BlobCount, message, bottoms={2: ""}, help="include { phase: TRAIN }, or leave it out")
        self.bbox_reg_param.normal()
        return ((VARYING if site.phase is Phase.TRAIN else count, 5, 1, 1),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        count = self.infer(site)[0][0]
        said, regions, *truth = (_rows(x) for x in xs)
        differences = self.differences(cut(said, 1, 4, 8), 1)
        boxes = moved_regions(insert_axis(differences, 0), insert_axis(regions, 0))
        boxes = reshape(boxes, (regions.shape[0], 4)).named("boxes")
        found = concat([cut(regions, 1, 0, 1), boxes], 1)
        if site.phase is Phase.TRAIN:
            size = cut(boxes, 1, 2, 4) - cut(boxes, 1, 0, 2)
            fit = minimum(cut(size, 1, 0, 1), cut(size, 1, 1, 2)) >= 0
            if truth:
                fit = fit & (cut(truth[0], 1, 5, 6) < self.gt_iou_thr)
            found = masked(found, reshape(fit.named("fit"), (regions.shape[0],)))
        return (reshape(cast(found, DType.FLOAT), (count, 5, 1, 1)),)


@function("lists regions 4", "1 regions numbers")
def moved_regions(differences: Array, regions: Array) -> Array:
    """Regions, moved and stretched: x1, y1, x2, y2, L×R×4."""
    start, last = cut(regions, 2, 1, 3).named("start"), cut(regions, 2, 3, 5).named("last")
    size = (last - start + 1).named("size")
    middle = ((start + last) / 2 + cut(differences, 2, 0, 2) * size).named("middle")
    reach = ((exp(cut(differences, 2, 2, 4)) * size - 1) / 2).named("reach", "to the middle of the last pixel")
    return concat([middle - reach, middle + reach], 2)


def _rows(x: Array) -> Array:
    return shaped(cast(stop_gradient(x), DType.WIDE), (x.shape[0], product(x.shape[1:])))


class SaveOutputParameter(Message):
    """Where detections are written. A compiled model writes no files."""

    output_directory: str = Field("", description="the folder")
    output_name_prefix: str = Field("", description="how names of files begin")
    output_format: str = Field("", description="VOC or COCO")
    label_map_file: str = Field("", description="the names of classes")
    name_size_file: str = Field("", description="the names and sizes of images")
    num_test_image: UInt | None = Field(None, description="how many images there are")


class FrcnnOutput(Refining):
    """What is detected in an image, K×7×1×1: item, x1, y1, x2, y2, class, score. The first row is 0 and six times −1.

    Bottoms: probabilities R×C, of which the first is the background's; what is said of boxes, R×4·C, or R×8 unless
    cls_aware; regions of one image R×5, or with a number more R×6; height and width of the image, 1×2. Regions are
    moved as by DecodeBBox, begin at 0 or behind it, and end at height and width or before. Of each class those with a
    probability from conf_thr on go through NMS. If more than max_det_num are left, the best of these stay. They come by
    class and score, of equal scores the earlier region first, where the fork leaves that open. No gradient.
    Source: frcnn_output_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "cascade-rcnn"
    message: ClassVar = "frcnn_output_param"
    inside: ClassVar = frozenset({"save_output_param"})
    bottoms: ClassVar = Count(4, 4)
    region_bottom: ClassVar = 2
    in_place: ClassVar = False

    conf_thr: float = Field(0.0, description="the least probability")
    iou_thr: float = Field(0.5, description="NMS drops boxes that overlap more than this with a better one")
    nms_type: str = Field(
        "IOU", description="what the area shared is divided by: IOMU the smaller box, IOFU the better one, else both"
    )
    max_det_num: UInt = Field(0, description="how many detections there are at most; 0 is any number")
    save_output_param: SaveOutputParameter | None = Field(None, description="where detections are written; no effect")

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        return {**super().ranges(site), 3: ((90.0, 100.0), (90.0, 100.0))}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        classes, regions = product(site.bottoms[0][1:]), site.bottoms[2]
        numbers = 6 if product(regions[1:]) == 6 else 5
        said = 4 * classes if self.bbox_reg_param.cls_aware else AGNOSTIC
        expect_regions(self, site, {0: classes, 1: said, 2: numbers})
        if isinstance(classes, int) and classes < 2:
            message = f"FrcnnOutput takes probabilities of the background and of classes, not of {classes}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        expect_size("FrcnnOutput takes height and width of one image", product(site.bottoms[3]), 2, (3,))
        self.bbox_reg_param.normal()
        return ((VARYING, 7, 1, 1),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        scores, said, regions = (_rows(x) for x in xs[:3])
        size = reshape(cast(stop_gradient(xs[3]), DType.WIDE), (2,)).named("image_size")
        border = concat([cut(size, 0, 1, 2), cut(size, 0, 0, 1)], 0).named("border")
        count, classes = scores.shape
        if self.bbox_reg_param.cls_aware:
            said = cut(transpose(reshape(said, (count, classes, 4)), (1, 0, 2)), 0, 1, classes)
        else:
            said = insert_axis(cut(said, 1, 4, 8), 0)
        boxes = moved_regions(self.differences(said, 2), insert_axis(regions, 0)).named("moved")
        boxes = concat([relu(cut(boxes, 2, 0, 2)), minimum(cut(boxes, 2, 2, 4), align(border, 2, 3))], 2)
        boxes = boxes if self.bbox_reg_param.cls_aware else tile(boxes, 0, classes - 1)
        found = class_detections(
            boxes.named("boxes"),
            transpose(cut(scores, 1, 1, classes), (1, 0)),
            least_score=self.conf_thr,
            threshold=self.iou_thr,
            mode=Overlap.named(self.nms_type),
            most=self.max_det_num or None,
        )
        return (reshape(cast(found, DType.FLOAT), (VARYING, 7, 1, 1)),)


@function("classes regions 4", "classes regions")
def class_detections(
    boxes: Array, scores: Array, least_score: float, *, threshold: float, mode: Overlap, most: int | None
) -> Array:
    """The boxes found, K×7: 0, x1, y1, x2, y2, class, score, behind a row that is none. The best of each class go
    through NMS."""
    order = insert_axis(descending(scores, 1), 2).named("order")
    best = rows(insert_axis(scores, 2), order).named("best")
    likely = (best >= least_score).named("likely")
    order, best = rows_of_any(order, likely).named("order"), rows_of_any(best, likely).named("best")
    own = rows(boxes, order).named("own")
    candidates = reshape(best >= least_score, (boxes.shape[0], VARYING))
    chosen = suppressed(own, candidates, threshold=threshold, mode=mode, whole=True).named("chosen")
    if most is not None:
        places = ranks(reshape(where(insert_axis(chosen, 2), best, -math.inf), (1, VARYING)))
        chosen = (chosen & (reshape(places, (boxes.shape[0], VARYING)) < most)).named("best_of_all")
    label = cast(cut(nonzero(chosen), 1, 0, 1) + 1, DType.FLOAT).named("label")
    found = concat([full_like(label, 0.0), masked(own, chosen), label, masked(best, chosen)], 1)
    return concat([matrix((NOTHING,), boxes.dtype), found], 0)


class ScaleRoute(Formula):
    """The rows of each bottom whose region has a size between two limits; of none, the one whose size is nearest.

    Bottoms: regions R×5, and what else has a row for each. Tops: as many, R'×…; R' depends on the data. The size is
    √(w·h), at least low_scale and less than high_scale; the nearest is that with the least |log₂(size / s)|, where s is
    √(low_scale·high_scale), or the one of them that is given, or 256. No gradient.
    Source: scale_route_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "cascade-rcnn"
    message: ClassVar = "scale_route_param"
    bottoms: ClassVar = Count(1, None)
    tops: ClassVar = Count(1, None)
    same_count: ClassVar = True
    in_place: ClassVar = False

    low_scale: Above0 | None = Field(None, description="the least size, in pixels")
    high_scale: Above0 | None = Field(None, description="the size from which on regions are too large")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.low_scale and self.high_scale and self.low_scale > self.high_scale:
            message = f"low_scale {self.low_scale:g} is greater than high_scale {self.high_scale:g}"
            raise Refusal(InvalidValue, message, fields=("low_scale", "high_scale"))
        expect_regions(self, site, {0: 5} | {i: product(shape[1:]) for i, shape in enumerate(site.bottoms) if i})
        return tuple((VARYING, *shape[1:]) for shape in site.bottoms)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        given = [scale for scale in (self.low_scale, self.high_scale) if scale is not None]
        middle = math.sqrt(given[0] * given[-1]) if given else 256.0
        chosen = of_size(_rows(xs[0]), middle, low=self.low_scale or 0.0, high=self.high_scale or math.inf)
        chosen = chosen.named("chosen")
        return tuple(stop_gradient(masked(x, chosen)) for x in xs)


@function("regions 5")
def of_size(regions: Array, middle: float, *, low: float, high: float) -> Array:
    """Which regions are of a size between two limits; of none, the one nearest to the middle."""
    sides = relu(cut(regions, 1, 3, 5) - cut(regions, 1, 1, 3) + 1)
    size = sqrt(cut(sides, 1, 0, 1) * cut(sides, 1, 1, 2)).named("size")
    fit = ((size >= low) & (size < high)).named("fit")
    distance = absolute(log(size / middle)).named("distance")
    place = ranks(reshape(-distance, (1, regions.shape[0]))).named("place")
    none = equal(total(cast(fit, DType.INT), (0, 1)), 0).named("none")
    nearest = none & equal(reshape(place, (regions.shape[0],)), 0)
    return where(nearest, 1, cast(reshape(fit, (regions.shape[0],)), DType.INT)) > 0
