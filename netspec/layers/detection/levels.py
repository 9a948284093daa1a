"""Detections of Synopsys' fork, which reads what a net predicts level by level instead of joined."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import ClassVar

from netspec.arrays import Array, concat, cut, full_like, reshape, transpose
from netspec.layers.base import CallSite, Count, Field, Formula, Refusal, UInt
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Dim, Shape, product, show


class ByLevels(Formula):
    """The fields of the fork, and what its bottoms have to be."""

    bottoms: ClassVar = Count(3, None)

    no_permute: bool = Field(False, description="Synopsys' fork: scores and locations as convolutions give them")
    ratio_permute: bool = Field(False, description="Synopsys' fork: scores and locations number by number")
    nbottom: UInt = Field(6, gt=0, description="Synopsys' fork: how many levels there are, if they are not joined")
    ratio0: int = Field(3, gt=0, description="with ratio_permute: how many boxes a cell of level 0 has")
    ratio1: int = Field(6, gt=0, description="likewise")
    ratio2: int = Field(6, gt=0, description="likewise")
    ratio3: int = Field(6, gt=0, description="likewise")
    ratio4: int = Field(6, gt=0, description="likewise")
    ratio5: int = Field(6, gt=0, description="likewise")
    tflite_detection: bool = Field(False, description="Synopsys' fork: search as TensorFlow Lite; not supported")
    tflite_use_regular_nms: bool = Field(False, description="with tflite_detection; not supported")
    max_classes_per_detection: int = Field(1, description="with tflite_detection: how many classes a box has")
    scale_xywh: tuple[float, ...] = Field((), description="with tflite_detection: what locations are divided by")

    def lacks(self, site: CallSite) -> str:
        if self.tflite_detection or self.tflite_use_regular_nms:
            return "tflite_detection: how it decodes boxes is not known here"
        return super().lacks(site)

    def levels(self, bottoms: int) -> int:
        """How many levels the bottoms have; 0 if they are joined. Raises Refusal."""
        n = self.nbottom
        if bottoms in (2 * n + 1, 3 * n):
            return n
        if bottoms > 5 or bottoms >= n:
            message = f"DetectionOutput of {n} levels has {2 * n + 1} or {3 * n} bottoms, not {bottoms}"
            help = "give scores of each level, then locations of each, then prior boxes; nbottom says how many levels"
            raise Refusal(BlobCount, message, fields=("nbottom",) if self.has("nbottom") else (), help=help)
        return 0

    def ratios(self, bottoms: int) -> tuple[int, ...]:
        """How many boxes a cell of each level has, for prior boxes that are to be reordered; else none."""
        n = self.levels(bottoms)
        if not n or not self.ratio_permute or bottoms == 3 * n:
            return ()
        return (self.ratio0, self.ratio1, self.ratio2, self.ratio3, self.ratio4, self.ratio5)[:n]

    def joined(self, xs: tuple[Array, ...], classes: int) -> tuple[Array, Array, Array]:
        """Locations N×(P·4), scores N×(P·C) and prior boxes 1×2×(P·4) of all levels. All items have what is predicted
        for the first one."""
        n, items, ratios = self.levels(len(xs)), xs[0].shape[0], self.ratios(len(xs))
        scores, locations, priors = (list(part) for part in (xs[:n], xs[n : 2 * n], xs[2 * n :]))
        if self.no_permute:
            ratios = [score.shape[2] for score in scores]
            scores = [transpose(score, (0, 2, 3, 1)) for score in scores]
            shapes = [(items, r, 4, product(x.shape[2:])) for x, r in zip(locations, ratios, strict=True)]
            locations = [transpose(reshape(x, s), (0, 1, 3, 2)) for x, s in zip(locations, shapes, strict=True)]
        elif self.ratio_permute:
            scores = [_by_box(x, 1, classes) for x in scores]
            locations = [_by_box(x, 1, 4) for x in locations]
            priors = priors if ratios else [_by_box(x, 2, 4) for x in priors]
        prior = concat([reshape(x, (1, 2, product(x.shape[2:]))) for x in priors], 2)
        if ratios:
            prior = self._reordered(prior, ratios, [product(x.shape[1:]) for x in locations])
        return _together(locations).named("location"), _together(scores).named("score"), prior

    def _reordered(self, prior: Array, ratios: Sequence[Dim], sizes: Sequence[Dim]) -> Array:
        """With the boxes of each level one after the other for all cells."""
        boxes, variance = cut(prior, 1, 0, 1), cut(prior, 1, 1, 2)
        ends = list(accumulate(sizes, initial=0))
        parts = [cut(boxes, 2, start, end) for start, end in pairwise(ends)]
        shapes = [(size // (4 * r), r, 4) for size, r in zip(sizes, ratios, strict=True)]
        moved = [transpose(reshape(x, s), (1, 0, 2)) for x, s in zip(parts, shapes, strict=True)]
        boxes = concat([reshape(x, (1, 1, product(x.shape))) for x in moved], 2)
        return concat([boxes, variance], 1)

    def check_levels(self, site: CallSite, classes: int, shared: bool) -> None:
        """Raises Refusal unless the bottoms are scores of each level, locations of each, then prior boxes."""
        n, shapes = self.levels(len(site.bottoms)), site.bottoms
        self._check_order(len(shapes), shared)
        items = shapes[0][0] if shapes[0] else 0
        for i, shape in enumerate(shapes[: 2 * n]):
            rank = 4 if self.no_permute else 2
            form = ("N×C×R×(H·W)" if i < n else "N×(R·4)×H×W") if self.no_permute else "N×M"
            count = len(shape)
            if not rank <= count <= 4 or (rank == 2 and product(shape[2:]) != 1):
                message = f"DetectionOutput's bottom {i} is {form}, {'locations' if i >= n else 'scores'} of a level"
                raise Refusal(BadDimensions, f"{message}, not {show(shape)}", bottoms={i: ""}, label=axes(count))
            message = f"DetectionOutput needs as many items in bottom {i} as in bottom 0"
            expect_size(message, shape[0], items, (0, i))
        if self.no_permute:
            for i in range(n):
                self._check_maps(i, n, shapes, classes)
        for i, (ratio, shape) in enumerate(zip(self.ratios(len(shapes)), shapes[n:], strict=False)):
            if shape[1] // 4 % ratio != 0:
                message = f"{shape[1] // 4} boxes of level {i} are not {ratio} for each cell"
                raise Refusal(NotDivisible, message, fields=(f"ratio{i}",), bottoms={n + i: ""})
        self._check_sums(n, shapes, classes, 1 if shared else classes)

    def _check_order(self, bottoms: int, shared: bool) -> None:
        n = self.levels(bottoms)
        for name in [name for name in ("no_permute", "ratio_permute") if getattr(self, name)]:
            if not shared:
                message = f"{name} is for boxes that all classes share"
                raise Refusal(InvalidValue, message, fields=(name, "share_location"))
            if name == "no_permute" and (self.ratio_permute or bottoms == 3 * n):
                against = "excludes ratio_permute" if self.ratio_permute else "takes joined prior boxes, in one bottom"
                raise Refusal(InvalidValue, f"no_permute {against}", fields=(name,))
        if self.ratio_permute and bottoms != 3 * n and n > 6:
            raise Refusal(EntryCount, f"there are ratios for 6 levels, not for {n}", fields=("nbottom",))

    def _check_maps(self, i: int, n: int, shapes: tuple[Shape, ...], classes: int) -> None:
        score, location = shapes[i], shapes[n + i]
        wanted: tuple[Dim, ...] = (classes, location[1] // 4, location[2] * location[3])
        for axis, size in enumerate(wanted, 1):
            message = f"DetectionOutput needs scores N×{show(wanted)} in bottom {i}, for locations {show(location)}"
            expect_size(f"{message}; they are {show(score)}", score[axis], size, (i, n + i))

    def _check_sums(self, n: int, shapes: tuple[Shape, ...], classes: int, boxes: int) -> None:
        for i, shape in enumerate(shapes[2 * n :], 2 * n):
            if len(shape) < 3:
                message = f"DetectionOutput's bottom {i} is 1×2×(P·4), prior boxes, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""})
        priors: Dim = sum((product(shape[2:]) // 4 for shape in shapes[2 * n :]), start=0)
        for first, what, each in ((0, "scores", classes), (n, "locations", boxes * 4)):
            found: Dim = sum((product(shape[1:]) for shape in shapes[first : first + n]), start=0)
            message = (
                f"DetectionOutput needs {priors}·{each} = {priors * each} {what} for each item, for {priors} prior "
            )
            expect_size(f"{message}boxes; it has {found}", found, priors * each, (first, 2 * n))


def _together(xs: Sequence[Array]) -> Array:
    """What is predicted in all levels for the first item, once for each."""
    joined = concat([reshape(x, (x.shape[0], product(x.shape[1:]))) for x in xs], 1).named("joined")
    return full_like(joined, 0.0) + cut(joined, 0, 0, 1)


def _by_box(x: Array, axis: int, numbers: int) -> Array:
    """What stands number by number behind an axis, box by box."""
    kept = x.shape[:axis]
    order = (*range(axis), axis + 1, axis)
    return transpose(reshape(x, (*kept, numbers, product(x.shape[axis:]) // numbers)), order)
