"""Proposals in time, as R-C3D finds them in films, and what it pools of each. Those of R-C3D are layers in Python.

Their modules are called as those of py-faster-rcnn; the number of bottoms tells them apart, and where one such layer
stands, those that have the same number are of R-C3D, too.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    concat,
    cut,
    full_like,
    iota,
    largest,
    matrix,
    minimum,
    number_of,
    relu,
    reshape,
    stop_gradient,
    transpose,
    vector,
)
from netspec.arrays.functions import native
from netspec.layers import retyped
from netspec.layers.base import CallSite, Count, Field, Finite, Formula, Layer, Phase, Positive, PythonLayer, Refusal
from netspec.layers.detection.geometry import CodeType, decode_boxes
from netspec.layers.detection.proposals import REGIONS, PythonAnchorTarget, PythonProposalTarget, PythonRoIData
from netspec.layers.detection.regions import ROIPooling
from netspec.layers.detection.selection import proposals
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import shaped
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import VARYING, Dim, Shape, integers, product, show

BASE = 8  # frames of the anchor that the others are multiples of
SEEN = 7  # rows and columns of a map that are pooled, whatever its size
FILM = (1, 3, 512, 112, 112)
SCALES = (2.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0, 12.0, 14.0, 16.0)


class LengthROIPooling(ROIPooling):
    """How many bins there are in time."""

    edition: ClassVar = "r-c3d"

    pooled_l: Positive = Field(description="how many bins there are from the first frame to the last")
    temporal_scale: Finite = Field(1.0, description="the length of the feature map by that of the film")

    def canonical(self) -> Layer:
        return retyped(self, "TemporalROIPooling")


class TemporalROIPooling(Formula):
    """y = the largest element in each of pooled_l×pooled_h×pooled_w bins of a film's feature map from the start of each
    interval to its end; 0 for a bin outside.

    An interval goes from round(start·s) to round(end·s), both included, where s is temporal_scale and halves are
    rounded away from 0; it is at least one cell long. Of rows and columns the first 7 are pooled, whatever
    spatial_scale says.
    Of n cells, bin i of p has those from ⌊i·n/p⌋ to before ⌈(i + 1)·n/p⌉.
    Bottoms: N×C×L×H×W, and intervals R×3: item, start, end. Shape: R×C×pooled_l×pooled_h×pooled_w. No gradient reaches
    the intervals. Source: roi_pooling_layer.cpp and .cu of VisionLearningGroup/R-C3D.
    """

    edition: ClassVar = "r-c3d"
    message: ClassVar = "roi_pooling_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False
    ignored: ClassVar = {"spatial_scale": float}

    pooled_l: Positive = Field(description="how many bins there are from the first frame to the last")
    pooled_h: Positive = Field(description="how many from top to bottom")
    pooled_w: Positive = Field(description="how many from left to right")
    temporal_scale: Finite = Field(1.0, description="the length of the feature map by that of the film")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, intervals = site.bottoms
        if len(x) != 5:
            message = f"ROIPooling with pooled_l takes feature maps N×C×L×H×W, not {show(x)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(x)))
        if any(isinstance(size, int) and size < SEEN for size in x[3:]):
            message = f"ROIPooling with pooled_l pools {SEEN} rows and columns of a map; this has {show(x[3:])}"
            raise Refusal(OutOfBounds, message, bottoms={0: ""})
        if not intervals:
            raise Refusal(BadDimensions, "ROIPooling with pooled_l takes intervals R×3, not a scalar", bottoms={1: ""})
        message = f"ROIPooling with pooled_l takes intervals R×3 (item, start, end), not {show(intervals)}"
        expect_size(message, product(intervals[1:]), 3, (1,))
        return ((intervals[0], x[1], self.pooled_l, self.pooled_h, self.pooled_w),)

    def formula(self, x: Array, intervals: Array) -> Array:
        ((count, channels, *_),) = self.infer(CallSite((x.shape, intervals.shape)))
        n, _, length, *_ = x.shape
        cells: list[Array] = []
        for top, bottom in _bins(self.pooled_h):
            for left, right in _bins(self.pooled_w):
                seen = largest(cut(cut(x, 3, top, bottom), 4, left, right), (3, 4))
                cells.append(reshape(seen, (n, channels, 1, length)))
        spots = self.pooled_h * self.pooled_w
        maps = reshape(concat(cells, 2), (n, channels * spots, length)).named("maps", "of each bin of the frame")
        where = shaped(cast(stop_gradient(intervals), DType.WIDE), (count, 3))
        shape = (count, channels * spots, self.pooled_l)
        scale = self.temporal_scale
        found = native("interval_pool", maps, where, shape=shape, bins=self.pooled_l, temporal_scale=scale)
        found = reshape(found, (count, channels, spots, self.pooled_l))
        shape = (count, channels, self.pooled_l, self.pooled_h, self.pooled_w)
        return reshape(transpose(found, (0, 1, 3, 2)), shape)

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Intervals in the film, or a little beyond it."""
        sizes = integers((site.bottoms[0][0], site.bottoms[0][2]))
        if sizes is None or not self.temporal_scale:
            return {}
        frames = sizes[1] / self.temporal_scale
        return {1: ((0, sizes[0]), (-0.1 * frames, 0.6 * frames), (0.4 * frames, frames))}


def _bins(count: int) -> list[tuple[int, int]]:
    return [(i * SEEN // count, -(-(i + 1) * SEEN // count)) for i in range(count)]


class PythonTwinProposal(PythonLayer, Formula):
    """Proposals in time, R×3: 0, start, end, in frames; and if there is a second top their scores, R×1.

    Bottoms: scores 1×2A×L×1×1, of which the second half counts, and deltas 1×2A×L×1×1, for A anchors of 8·scale frames
    around the middle of 8 frames from each cell on. Moved and stretched they end with the film, which has feat_stride·L
    frames; those of less than 8 are left out. The 6000 best in TEST, 12000 in TRAIN, go through NMS with an IoU
    threshold of 0.7, and 300 are kept in TEST, 2000 in TRAIN. Of equal scores the earlier one comes first. R depends on
    the data. No gradient. Source: rpn/proposal_layer.py and tdcnn/config.py of VisionLearningGroup/R-C3D.
    """

    edition: ClassVar = "r-c3d"
    python: ClassVar = ("rpn.proposal_layer", "ProposalLayer")
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)
    in_place: ClassVar = False

    feat_stride: Positive = Field(8, description="how far cells are apart, in frames")
    scales: tuple[Finite, ...] = Field(
        tuple(map(float, range(1, 64))), min_length=1, description="lengths of anchors, in times 8"
    )

    def anchors(self) -> tuple[tuple[float, float], ...]:
        """Start and last frame of those at the first cell."""
        middle = (BASE - 1) / 2
        return tuple((middle - (BASE * s - 1) / 2, middle + (BASE * s - 1) / 2) for s in self.scales)

    def top_n(self, phase: Phase) -> tuple[int, int]:
        """How many proposals enter NMS, and how many are kept."""
        return (6000, 300) if phase is Phase.TEST else (12000, 2000)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, deltas = site.bottoms
        count = 2 * len(self.scales)
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 5:
                message = f"{self.called()} takes scores and deltas 1×2A×L×1×1, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
            message = f"{self.called()} has {count // 2} anchors, which take {count} channels, not {shape[1]}"
            expect_size(message, shape[1], count, (i,), "A is the number of scales")
            for axis, what in ((0, "item"), (3, "row"), (4, "column")):
                expect_size(f"{self.called()} takes one {what}, not {shape[axis]}", shape[axis], 1, (i,))
        message = f"{self.called()} needs scores and deltas of equal length: {scores[2]} and {deltas[2]}"
        expect_size(message, scores[2], deltas[2], (0, 1))
        return ((VARYING, 3), (VARYING, 1))[: site.tops]

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        scores, deltas = (cast(stop_gradient(x), DType.WIDE) for x in xs)
        count, length = len(self.scales), deltas.shape[2]
        scores = self._by_cell(cut(scores, 1, count, 2 * count), 1, length)
        said = self._by_cell(deltas, 2, length).named("said")
        first = align(iota(length, DType.WIDE) * float(self.feat_stride), 0, 3)
        ends = matrix([(start, 0.0, last + 1, 1.0) for start, last in self.anchors()], DType.WIDE)
        base = align(ends, 1, 3) + first * align(vector((1.0, 0.0, 1.0, 0.0), DType.WIDE), 2, 3)
        base = reshape(base, (1, length * count, 4)).named("base", "up to behind the last frame")
        along = concat([cut(said, 2, 0, 1), full_like(cut(said, 2, 0, 1), 0.0)], 2)
        growth = concat([cut(said, 2, 1, 2), full_like(cut(said, 2, 0, 1), 0.0)], 2)
        boxes = decode_boxes(concat([along, growth], 2), base, code_type=CodeType.CENTER_SIZE)
        inside = relu(minimum(boxes, number_of(length * self.feat_stride - 1, DType.WIDE))).named("inside")
        flat = full_like(cut(inside, 2, 0, 1), 0.0).named("flat", "of one row")
        boxes = concat([cut(inside, 2, 0, 1), flat, cut(inside, 2, 2, 3), flat], 2).named("boxes")
        pre, post = self.top_n(site.phase)
        limits = {"small_score": -inf, "pre_nms_top_n": pre, "post_nms_top_n": post, "nms_threshold": 0.7}
        found = proposals(boxes, scores, vector((1.0, 0.0), DType.WIDE), float(BASE), **limits).named("found")
        parts = [cut(found, 1, i, i + 1) for i in (0, 1, 3, 5)]
        tops = cast(concat(parts[:3], 1), DType.FLOAT), cast(parts[3], DType.FLOAT)
        return tops[: site.tops]

    def _by_cell(self, x: Array, numbers: int, length: Dim) -> Array:
        """The numbers of each anchor at each cell, 1×(L·A)×numbers."""
        count = len(self.scales)
        x = reshape(x, (1, count * numbers, length))
        return reshape(transpose(x, (0, 2, 1)), (1, length * count, numbers))


class PythonTwinAnchorTarget(PythonAnchorTarget):
    """What a proposal net should say of each anchor in time. Caffe draws by chance which anchors it trains on; compiled
    code is given this, as it is given data.

    Bottoms: scores 1×2A×L×H×W, annotations, the film. Tops: labels 1×1×(A·L)×H×W, and targets, inside and outside
    weights 1×2A×L×H×W. Source: rpn/anchor_target_layer.py of VisionLearningGroup/R-C3D.
    """

    edition: ClassVar = "r-c3d"
    bottoms: ClassVar = Count(3, 3)

    scales: tuple[Finite, ...] = Field(SCALES, min_length=1, description="lengths of anchors, in times 8")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores = site.bottoms[0]
        if len(scores) != 5:
            message = f"{self.called()} takes scores 1×2A×L×H×W, not {show(scores)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(scores)))
        count, (length, *space) = len(self.scales), scores[2:]
        return ((1, 1, count * length, *space), *((1, 2 * count, length, *space),) * 3)


class TwinTarget(PythonProposalTarget):
    """Proposals 128×3, labels 128, targets and weights 128×(2·num_classes)."""

    edition: ClassVar = "r-c3d"

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        return None

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        return ((REGIONS, 3), (REGIONS,), *((REGIONS, 2 * self.num_classes),) * 3)


class TwinData(PythonRoIData):
    """A film 1×3×512×112×112, and annotations 1×3: start, end and class."""

    edition: ClassVar = "r-c3d"

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        return None

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        return (FILM, (1, 3)) if site.tops == 2 else super().infer(site)
