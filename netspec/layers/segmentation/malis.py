"""Regions of a segmentation, the affinity of neighbours, and a loss by the pairs that it joins (MALIS).

Source: layers of naibaf7/caffe, after Turaga, Briggman, Helmstaedter, Denk, Seung 2009.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    concat,
    cumulative,
    cut,
    equal,
    iota,
    largest,
    matrix,
    maximum,
    mean,
    minimum,
    not_equal,
    pad,
    reshape,
    stop_gradient,
    take,
    total,
    where,
)
from netspec.arrays.functions import native
from netspec.layers.base import CallSite, Count, Field, Formula, Refusal
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import expect_count
from netspec.problems.fields import BlobCount, EntryCount
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import Dim, Shape, product, show

DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))  # of edges: behind, below, to the right


class Affinity(Formula):
    """The lesser of an element and the one below it, and of it and the one to its right, in a channel of each bottom.

    Bottoms: N×C×H×W. Shape: 1×2×H×W for each, of the first item; the last row and the last column are 0. The gradient
    goes to the lesser of the two, the second of equal ones; and with the other sign to the element at its place in the
    other one of the first two channels, which is that of the other class. The fork keeps which of two was the lesser
    where it does not look for it, and takes the first one; here it is the lesser.
    Source: affinity_layer.cpp of naibaf7/caffe.
    """

    edition: ClassVar = "naibaf7"
    message: ClassVar = "affinity_param"
    bottoms: ClassVar = Count(1, None)
    tops: ClassVar = Count(1, None)
    same_count: ClassVar = True
    in_place: ClassVar = False

    offset: tuple[int, ...] = Field((), description="the channel of each bottom; unless written it is 0")

    def formula(self, *xs: Array) -> tuple[Array, ...]:
        if len(self.offset) > len(xs):
            message = f"Affinity has {len(xs)} bottoms, and {len(self.offset)} offset"
            raise Refusal(EntryCount, message, fields=("offset",))
        return tuple(self._edges(x, i) for i, x in enumerate(xs))

    def _edges(self, x: Array, i: int) -> Array:
        if x.rank != 4:
            message = f"Affinity takes N×C×H×W, not {show(x.shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(x.rank))
        channel, (_, channels, height, width) = self.offset[i] if i < len(self.offset) else 0, x.shape
        if channel < 0 or channel >= channels:
            message = f"offset {channel} is none of the {channels} channels of bottom {i}"
            raise Refusal(OutOfBounds, message, fields=("offset",), bottoms={i: ""})
        if height < 2 or width < 2:
            message = f"Affinity takes maps of two rows and two columns or more, not {show(x.shape)}"
            raise Refusal(OutOfBounds, message, bottoms={i: ""})
        first = cut(x, 0, 0, 1)
        other = cut(first, 1, 1 - min(channel, 1), 2 - min(channel, 1)) if channels != 1 else None
        found = [_lesser(cut(first, 1, channel, channel + 1), other, axis) for axis in (2, 3)]
        return pad(concat(found, 1).named("edges"), ((0, 0), (0, 0), (0, 1), (0, 1)))


def _lesser(x: Array, other: Array | None, axis: int) -> Array:
    """Of an element and the next one on an axis; the other channel takes part in the gradient alone."""
    height, width = x.shape[2:]

    def ends(y: Array) -> tuple[Array, Array]:
        behind = cut(y, 2, 1, height) if axis == 2 else cut(y, 2, 0, height - 1)
        behind = cut(behind, 3, 1, width) if axis == 3 else cut(behind, 3, 0, width - 1)
        return cut(cut(y, 2, 0, height - 1), 3, 0, width - 1), behind

    (here, there), name = ends(x), "below" if axis == 2 else "right"
    less = (here < there).named(f"less_than_{name}")
    found = where(less, here, there)
    if other is None:
        return found
    counterpart = where(less, *ends(other)).named("counterpart")
    return found - (counterpart - stop_gradient(counterpart))


class ConnectedComponent(Formula):
    """The number of the region that each element belongs to: elements side by side, or one above the other, that have
    the same value. Elements that are 0 stay 0.

    Bottom: N×C×H×W, whole numbers. Shape: kept. In each map regions are counted from the greatest value plus 1 on, in
    the order of their first elements, row by row. No gradient. The fork keeps values in 8 bits.
    Source: connected_component_layer.cpp of naibaf7/caffe.
    """

    edition: ClassVar = "naibaf7"
    in_place: ClassVar = False

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {0: 3}

    def formula(self, x: Array) -> Array:
        if x.rank != 4:
            message = f"ConnectedComponent takes N×C×H×W, not {show(x.shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(x.rank))
        n, channels, height, width = x.shape
        maps, count = n * channels, height * width
        values = reshape(cast(stop_gradient(x), DType.INT), (maps, height, width)).named("values")
        first = native("first_of_region", values, shape=(maps, height, width), dtype=DType.INT)
        first, flat = reshape(first, (maps, count)).named("first"), reshape(values, (maps, count)).named("flat")
        begins = equal(first, align(iota(count), 1, 2)) & not_equal(flat, 0)
        numbers = take(cumulative(cast(begins, DType.INT), 1), first, 1).named("numbers")
        above = maximum(largest(flat, (1,), keepdims=True), 0).named("above")
        return cast(reshape(where(equal(flat, 0), 0, above + numbers), x.shape), DType.FLOAT)


class MalisLoss(LossLayer):
    """Half of what the mean pair of places of different labels is from 0, squared, and half of what the mean pair of
    equal ones is from 1: a pair's affinity is that of the weakest edge on the strongest way between its places.

    Bottoms: affinities N×E×…, of E edges that begin at each place, on one to three spatial axes; their truth, likewise;
    labels N×1×… or N×2×…, where 0 does not count, and the second channel counts for pairs of equal labels; and perhaps
    E·3 numbers, where edges lead: how far along each of the last three axes. Without these edges go along each of the
    last E axes, to the next place. For pairs of equal labels an edge is as strong as the lesser of affinity and truth,
    else as the greater. Tops: a scalar, the mean of all items, and perhaps the first bottom once more.
    The gradient is the fork's: that of half as much, to the affinity alone, be it the one that counts or not, and not
    divided by N. Which of equal edges has it depends on their order; here the first has. With more than one item the
    fork keeps that of the last one; here each has its own.
    Source: malis_loss_layer.cpp of naibaf7/caffe.
    """

    edition: ClassVar = "naibaf7"
    bottoms: ClassVar = Count(3, 4)
    tops: ClassVar = Count(1, 2)

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {2: 3, 3: 2} if len(site.bottoms) > 3 else {2: 3}

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        edges, space = self.fit(site)
        given, truth, labels = xs[:3]
        x, truth = cast(given, DType.WIDE), cast(truth, DType.WIDE)
        n, places = x.shape[0], product(space)
        affinity, truth = reshape(stop_gradient(x), (n, edges * places)), reshape(truth, (n, edges * places))
        affinity, truth = affinity.named("affinity"), truth.named("truth")
        labels = reshape(cast(labels, DType.INT), (n, labels.shape[1], places)).named("labels")
        channels = range(1) if labels.shape[1] == 1 else range(2)
        kinds = [reshape(cut(labels, 1, i, i + 1) if len(channels) > 1 else labels, (n, places)) for i in channels]
        ends = self._ends(xs[3:], edges, space).named("ends", "where an edge leads, or -1")
        slopes, errors = list[Array](), list[Array]()
        for alike, kind in ((False, kinds[0]), (True, kinds[-1])):
            strength = (minimum if alike else maximum)(affinity, truth).named("strength")
            share = native("joined_pairs", strength, ends, kind, shape=strength.shape, dtype=DType.WIDE, alike=alike)
            error = (strength - 1 if alike else strength).named("error")
            slopes.append((share * error).named("slope"))
            errors.append(slopes[-1] * error)
        loss = mean(total(errors[0] + errors[1], (1,)), (0,)) / 2
        slope = stop_gradient(reshape((slopes[0] + slopes[1]) / 2, x.shape)).named("slope")
        loss = stop_gradient(loss) + total(slope * (x - stop_gradient(x)), range(x.rank))
        return (cast(loss, DType.FLOAT), given)[: site.tops]

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.fit(site)
        return ((), site.bottoms[0])[: site.tops]

    def fit(self, site: CallSite) -> tuple[int, Shape]:
        """How many edges begin at a place, and the last three axes. Raises Refusal."""
        (x, truth, labels), leading = site.bottoms[:3], site.bottoms[3:]
        if not 3 <= len(x) <= 5:
            message = f"MalisLoss takes affinities N×E×… on one to three spatial axes, not {show(x)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(x)))
        expect_count(self, x, truth)
        if len(labels) != len(x) or (isinstance(labels[1], int) and labels[1] not in (1, 2)):
            message = f"MalisLoss takes labels N×1×… or N×2×… beside affinities {show(x)}, not {show(labels)}"
            raise Refusal(BadDimensions, message, bottoms={2: ""})
        for axis in (0, *range(2, len(x))):
            message = f"MalisLoss needs a label for each place: {labels[axis]} and {x[axis]} on axis {axis}"
            expect_size(message, labels[axis], x[axis], (0, 2))
        edges = x[1] if isinstance(x[1], int) else 1
        if not isinstance(x[1], int) and x[1].symbolic:
            message = f"MalisLoss has to know how many edges begin at a place, not {x[1]}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        if leading:
            message = f"MalisLoss takes three numbers for each of {x[1]} edges: {3 * x[1]}"
            expect_size(message, product(leading[0]), 3 * x[1], (0, 3))
        elif edges > 3:
            message = f"MalisLoss has {edges} edges at each place; where more than 3 lead a fourth bottom has to say"
            raise Refusal(BlobCount, message, bottoms={0: ""})
        return edges, (*(1,) * (5 - len(x)), *x[2:])

    def _ends(self, leading: Sequence[Array], edges: int, space: Shape) -> Array:
        """The place where each edge of each place leads, E·V; -1 outside."""
        if leading:
            steps = reshape(cast(stop_gradient(leading[0]), DType.INT), (edges, 3)).named("steps")
        else:
            steps = cast(matrix(DIRECTIONS[3 - edges :], DType.WIDE), DType.INT).named("steps")
        end, inside = None, None
        for axis, size in enumerate(space):
            step = reshape(cut(steps, 1, axis, axis + 1), (edges, 1, 1, 1))
            at = (align(iota(size), axis + 1, 4) + step).named("zyx"[axis])
            within = (at >= 0) & (at < size)
            end, inside = (at, within) if end is None or inside is None else (end * size + at, inside & within)
        assert end is not None and inside is not None
        return reshape(where(inside, end, -1), (edges * product(space),))
