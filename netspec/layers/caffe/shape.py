"""Layers that give a blob another shape: Flatten, Reshape, Tile, Crop."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, cut, reshape, tile
from netspec.layers.base import (
    NO_SIZES,
    BlobShape,
    CallSite,
    Count,
    Field,
    Formula,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    UInt,
    canonical_axis,
)
from netspec.layers.fit import counted
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import (
    AxisOutOfRange,
    BadDimensions,
    CountMismatch,
    OutOfBounds,
)
from netspec.shapes import Dim, Shape, product, show


class Flatten(Formula):
    """The axes from `axis` to `end_axis`, both included, become one, in C order.

    Shape: S[:axis] + (product of S[axis : end_axis + 1],) + S[end_axis + 1:]. Not in place. With `end_axis` just before
    `axis` an axis of size 1 is put in, as in Caffe. Source: Caffe's flatten_layer.cpp.
    """

    message: ClassVar = "flatten_param"
    in_place: ClassVar = False

    axis: int = Field(1, description="the first axis to flatten; negative counts from the end")
    end_axis: int = Field(-1, description="the last axis to flatten; negative counts from the end")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {0: SizeRequirement(tops[0].elements)} if tops[0] else {}

    def formula(self, x: Array) -> Array:
        first = canonical_axis(self.axis, x.shape, "axis")
        after = canonical_axis(self.end_axis, x.shape, "end_axis") + 1
        if after < first:
            raise Refusal(
                AxisOutOfRange,
                f"Flatten ends at axis {after - 1}, before it begins at axis {first}",
                fields=("end_axis", "axis"),
                bottoms={0: ""},
                label=f"of {show(x.shape)}",
            )
        return reshape(x, (*x.shape[:first], product(x.shape[first:after]), *x.shape[after:]))


class Reshape(Formula):
    """The same elements in C order under another shape.

    Shape: S[:start] + dims + S[end:], where `axis` and `num_axes` choose the axes [start, end) that are replaced: by
    default all. A `dim` of 0 copies the size at its own place, one `dim` of −1 takes what is left. A negative `axis`
    counts from behind the last axis: −1 appends. Not in place.
    Source: Caffe's reshape_layer.cpp.
    """

    message: ClassVar = "reshape_param"
    in_place: ClassVar = False

    shape: BlobShape = Field(NO_SIZES, description="the new sizes; 0 copies a size, −1 infers it")
    axis: int = Field(0, description="the first axis to replace; negative counts from behind the last axis")
    num_axes: int = Field(-1, ge=-1, description="how many axes to replace; −1 is all from `axis` on")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        whole = self.axis == 0 and self.num_axes == -1 and all(dim > 0 for dim in self.shape.dim)
        if whole and self.shape.dim:
            return {0: SizeRequirement(product(self.shape.dim))}
        return {0: SizeRequirement(tops[0].elements)} if tops[0] else {}

    def formula(self, x: Array) -> Array:
        return reshape(x, self._new_shape(x.shape))

    def _new_shape(self, old: Shape) -> Shape:
        start, end = self._replaced(old)
        dims: list[Dim] = list(self.shape.dim)
        inferred = [i for i, dim in enumerate(self.shape.dim) if dim == -1]
        copied = [i for i, dim in enumerate(self.shape.dim) if dim == 0]
        if len(inferred) > 1 or any(dim < -1 for dim in self.shape.dim):
            raise Refusal(
                CountMismatch,
                "only one size of a Reshape can be inferred, and −1 is the way to ask for it",
                fields=("shape.dim",),
                label=f"{show(dims)}",
            )
        for i in copied:
            if start + i >= len(old):
                raise Refusal(
                    AxisOutOfRange,
                    f"the new shape copies axis {start + i} (`dim: 0`), which {show(old)} does not have",
                    fields=("shape.dim",),
                    bottoms={0: ""},
                    label=f"the 0 at place {i}, counted from axis {start}",
                )
            dims[i] = old[start + i]
        # Sizes that stand on both sides cancel, so that an unknown batch size does not make the others unknown.
        retained, again = {*range(start), *range(end, len(old))}, {start + i for i in copied}
        left = product(size for axis, size in enumerate(old) if axis not in retained | again)
        asked = product([old[axis] for axis in retained & again] + [dim for dim in self.shape.dim if dim > 0])
        if inferred:
            if asked == 0 or left % asked != 0:
                others = (*old[:start], *(dim for i, dim in enumerate(dims) if i not in inferred), *old[end:])
                raise Refusal(
                    CountMismatch,
                    f"{counted(old)} elements do not divide by {counted(others)}",
                    fields=("shape.dim",),
                    bottoms={0: ""},
                    label="no size fits the −1",
                )
            dims[inferred[0]] = left // asked
        new = (*old[:start], *dims, *old[end:])
        if not inferred and left != asked:
            raise Refusal(
                CountMismatch,
                f"a Reshape keeps the number of elements: {counted(old)} is not {counted(new)}",
                fields=("shape.dim",) if self.has("shape") else (),
                bottoms={0: ""},
                label=show(new),
                help="let one `dim` be −1; it takes what is left",
            )
        return new

    def _replaced(self, old: Shape) -> tuple[int, int]:
        """The axes [start, end) that the new sizes stand for."""
        rank = len(old)
        start = self.axis if self.axis >= 0 else rank + self.axis + 1
        end = rank if self.num_axes == -1 else start + self.num_axes
        if not 0 <= start <= rank:
            raise Refusal(
                AxisOutOfRange,
                f"axis {self.axis} is out of range for a Reshape of {rank} axes",
                fields=("axis",),
                bottoms={0: ""},
                label=f"{-rank - 1} to {rank}; −1 is behind the last axis",
            )
        if end > rank:
            raise Refusal(
                AxisOutOfRange,
                f"a Reshape of {self.num_axes} axes from axis {start} ends behind the last of {rank} axes",
                fields=("num_axes", "axis"),
                bottoms={0: ""},
                label=f"{start} + {self.num_axes} = {end} > {rank}",
            )
        return start, end


class Tile(Formula):
    """The whole input, `tiles` times one after the other along `axis` (as `concat` of copies).

    Shape: S[axis]·tiles on the axis, the others kept. Source: Caffe's tile_layer.cpp.
    """

    message: ClassVar = "tile_param"
    garbled: ClassVar = "the copies of an item are written over the items behind it"

    axis: int = Field(1, description="the axis to repeat along; negative counts from the end")
    tiles: int = Field(gt=0, description="how many copies")

    def overwritten(self, site: CallSite) -> str:
        (shape,) = site.bottoms
        alone = self.tiles == 1 or product(shape[: canonical_axis(self.axis, shape, "axis")]) == 1
        return "" if alone else self.garbled

    def formula(self, x: Array) -> Array:
        return tile(x, canonical_axis(self.axis, x.shape, "axis"), self.tiles)


class Crop(Formula):
    """A part of the first bottom: on every axis from `axis` on as much as the second bottom has, beginning at `offset`.

    Shape: S0[:axis] + S1[axis:]. The second bottom gives its shape alone, so no gradient reaches it.
    Source: Caffe's crop_layer.cpp.
    """

    message: ClassVar = "crop_param"
    bottoms: ClassVar = Count(2, 2)
    garbled: ClassVar = "the numbers are looked for where they would be in the smaller blob"

    axis: int = Field(2, description="the first axis to cut; negative counts from the end")
    offset: tuple[UInt, ...] = Field(
        (), description="where the part begins: none is 0, one holds for every axis cut, else one for each"
    )

    def overwritten(self, site: CallSite) -> str:
        return "" if self.infer(site)[0] == site.bottoms[0] else self.garbled

    def formula(self, x: Array, reference: Array) -> Array:
        first = canonical_axis(self.axis, x.shape, "axis")
        cropped = range(first, x.rank)
        if len(self.offset) > 1 and len(self.offset) != len(cropped):
            raise Refusal(
                EntryCount,
                f"Crop cuts {len(cropped)} axes and has {len(self.offset)} offsets",
                fields=("offset",),
                bottoms={0: ""},
                label=f"axes {first} to {x.rank - 1}",
                help="give one offset for all, or one for each axis from `axis` on",
            )
        if reference.rank < x.rank:
            raise Refusal(
                BadDimensions,
                f"Crop takes the sizes of axes {first} to {x.rank - 1} from its second bottom, which has "
                f"{reference.rank} axes",
                bottoms={0: "", 1: ""},
            )
        for axis in cropped:
            offset = self._offset(axis - first)
            size, has = reference.shape[axis], x.shape[axis]
            if offset + size > has:
                raise Refusal(
                    OutOfBounds,
                    f"Crop leaves its first bottom on axis {axis}: offset {offset} + size {size} > {has}",
                    fields=("offset",) if self.offset else (),
                    bottoms={0: "", 1: ""},
                    label=f"axis {axis}: {size} of {has}, from {offset}",
                )
            whole = size == has  # sizes that are not known are not equal
            if offset or not whole:
                x = cut(x, axis, offset, offset + size)
        return x

    def _offset(self, i: int) -> int:
        return self.offset[i if len(self.offset) > 1 else 0] if self.offset else 0
