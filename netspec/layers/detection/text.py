"""Where a net for text suspects it: CTPN's proposals, a layer in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    concat,
    cut,
    exp,
    iota,
    matrix,
    minimum,
    relu,
    reshape,
    stop_gradient,
    vector,
)
from netspec.arrays.functions import function
from netspec.layers.base import CallSite, Count, Field, Formula, Positive, PythonLayer, Refusal
from netspec.layers.detection.geometry import by_cell
from netspec.layers.fit import axes, expect_size
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, integers, product, show

HEIGHTS = (11, 16, 23, 33, 48, 68, 97, 139, 198, 283)
# Around the middle of 16×16 pixels, as Python 2 halves whole numbers and numpy cuts fractions off.
ANCHORS = tuple((0.0, float(int(7.5 - height // 2)), 15.0, float(int(7.5 + height // 2))) for height in HEIGHTS)


class PythonTextProposal(PythonLayer, Formula):
    """All strips of 16 pixels that may hold text, P×4: x1, y1, x2, y2, in pixels, and their scores, P×1.

    Bottoms: scores 1×20×H×W, of which the second half counts; 1×20×H×W, how far each strip is moved down, by its
    height, and the logarithm of its growth; height, width and scale of the image, in which strips end. Shape: 10
    strips for each cell, P = 10·H·W, by row, column and height. No gradient.
    Source: layers/text_proposal_layer.py and anchor.py of tianzhi0549/CTPN.
    """

    edition: ClassVar = "ctpn"
    python: ClassVar = ("layers.text_proposal_layer", "ProposalLayer")
    bottoms: ClassVar = Count(3, 3)
    tops: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    feat_stride: Positive = Field(description="how far cells are apart, in pixels")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, deltas, info = site.bottoms
        count = len(ANCHORS)
        for i, shape in enumerate((scores, deltas)):
            if len(shape) != 4:
                message = f"{self.called()} takes 1×{2 * count}×H×W twice, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
            expect_size(f"{self.called()} takes one image at a time, not {shape[0]}", shape[0], 1, (i,))
            message = f"{self.called()} has {count} anchors, which take {2 * count} channels, not {shape[1]}"
            expect_size(message, shape[1], 2 * count, (i,))
        for axis in (2, 3):
            message = f"{self.called()} needs scores and deltas of equal size on axis {axis}"
            expect_size(message, scores[axis], deltas[axis], (0, 1))
        if product(info) < 2:
            message = f"{self.called()} takes height, width and scale of an image: 1×3, not {show(info)}"
            raise Refusal(BadDimensions, message, bottoms={2: ""})
        strips = product((scores[2], scores[3], count))
        return (strips, 4), (strips, 1)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        shape, one = self.infer(site)
        scores, deltas, info = (cast(stop_gradient(x), DType.WIDE) for x in xs)
        count, numbers, (height, width) = len(ANCHORS), product(info.shape), deltas.shape[2:]
        scores = by_cell(reshape(cut(scores, 1, count, 2 * count), (1, count, 1, height, width)))
        deltas = reshape(deltas, (1, count, 2, height, width)).named("deltas")
        anchors = matrix(ANCHORS, DType.WIDE)
        strips = text_strips(deltas, anchors, reshape(info, (numbers,)).named("info"), float(self.feat_stride))
        return cast(reshape(strips, shape), DType.FLOAT), cast(reshape(scores, one), DType.FLOAT)

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """An image of the size that the feature map has."""
        sizes = integers((*site.bottoms[1][2:], product(site.bottoms[2])))
        if sizes is None:
            return {}
        height, width, numbers = (size * self.feat_stride for size in sizes)
        rest = ((0.5, 2.0),) * (numbers // self.feat_stride - 2)
        return {2: ((0.9 * height, height), (0.9 * width, width), *rest)}


@function("1 anchors 2 height width", "anchors 4", "numbers")
def text_strips(deltas: Array, anchors: Array, info: Array, feat_stride: float) -> Array:
    """Anchors around each cell, moved and stretched vertically, 1×P×4, within the image. info: its height, width, …"""
    _, count, _, height, width = deltas.shape
    right, down = (align(vector(which), 3, 4) for which in ((1.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 1.0)))
    x = (align(iota(width, DType.FLOAT), 1, 4) * feat_stride).named("x")
    y = (align(iota(height, DType.FLOAT), 0, 4) * feat_stride).named("y")
    base = reshape(x * right + y * down + align(anchors, 2, 4), (1, height * width * count, 4)).named("base")
    left, above, end, below = (cut(base, 2, i, i + 1) for i in range(4))
    said, high = by_cell(deltas).named("said"), (below - above + 1).named("high")
    size = (exp(cut(said, 2, 1, 2)) * high).named("size")
    begin = (cut(said, 2, 0, 1) * high + (above + below) / 2 - size / 2).named("begin")
    ends = [(cut(info, 0, i, i + 1) - 1).named(name) for i, name in ((1, "last_column"), (0, "last_row"))]
    border = concat([*ends, *ends], 0).named("border")
    return relu(minimum(concat([left, begin, end, begin + size], 2), align(border, 2, 3)))
