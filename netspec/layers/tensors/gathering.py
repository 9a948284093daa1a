"""Layers of Synopsys' fork that take elements by their index, or write indices and sizes down."""

from typing import ClassVar

from netspec import shapes
from netspec.arrays import (
    Array,
    DType,
    cast,
    cut,
    gather,
    one_hot,
    reshape,
    transpose,
    vector,
    where,
)
from netspec.layers.base import CallSite, Count, Field, Formula, Positive, Refusal, UInt, canonical_axis
from netspec.layers.fit import needs_number
from netspec.layers.tensors.merge import inserted_axis
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import Dim, product, show


class Gather(Formula):
    """The elements at `indices` along an axis.

    Shape: that of the bottom, with `shape`, that of the indices, in the place of the axis; a single 0 is a scalar.
    Source: gather_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "gather_param"
    in_place: ClassVar = False

    indices_: tuple[UInt, ...] = Field((), alias="indices", description="which elements")
    shape: tuple[UInt, ...] = Field((), description="the shape of the indices; 0 alone is a scalar")
    axis: int = Field(0, description="the axis; negative counts from the end")

    def formula(self, x: Array) -> Array:
        axis = canonical_axis(self.axis, x.shape, "axis")
        shape: shapes.Shape = () if self.shape == (0,) else self.shape
        if product(shape) != len(self.indices_):
            raise Refusal(
                EntryCount,
                f"Gather has {len(self.indices_)} indices in a shape of {show(shape)}",
                fields=("indices", "shape"),
            )
        whole: Dim = x.shape[axis]
        for index in self.indices_:
            if index >= whole:
                message = f"index {index} is out of range for the {whole} elements of axis {axis}"
                raise Refusal(OutOfBounds, message, fields=("indices",), bottoms={0: ""})
        picked = self._picked(x, axis)
        return (
            reshape(picked, (*x.shape[:axis], *shape, *x.shape[axis + 1 :]))
            if shape != (len(self.indices_),)
            else picked
        )

    def _picked(self, x: Array, axis: int) -> Array:
        """The elements along the axis, one after the other."""
        first = self.indices_[0] if self.indices_ else 0
        if self.indices_ and self.indices_ == tuple(range(first, first + len(self.indices_))):
            return cut(x, axis, first, first + len(self.indices_))
        order = (axis, *(i for i in range(x.rank) if i != axis))
        rows = gather(transpose(x, order) if axis else x, cast(vector(self.indices_), DType.INT))
        back = (*range(1, axis + 1), 0, *range(axis + 1, x.rank))
        return transpose(rows, back) if axis else rows


class GatherV2(Formula):
    """The elements of the first bottom along an axis at the indices that the second bottom holds.

    Indices lose what is behind the point, and have to lie within the axis.
    Shape: that of the first bottom, with that of the second in the place of the axis.
    Source: gather_v2_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "gather_v2_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    axis: int = Field(0, description="the axis; negative counts from the end")
    batch_flag: bool = Field(False, description="supported as false")

    def lacks(self, site: CallSite) -> str:
        return "batch_flag is not there" if self.batch_flag else ""

    def formula(self, x: Array, indices: Array) -> Array:
        axis = canonical_axis(self.axis, x.shape, "axis")
        order = (axis, *(i for i in range(x.rank) if i != axis))
        rows = gather(transpose(x, order) if axis else x, cast(indices, DType.INT).named("indices"))
        back = (*range(indices.rank, indices.rank + axis), *range(indices.rank), *range(indices.rank + axis, rows.rank))
        return transpose(rows, back) if axis and indices.rank else rows


class Shape(Formula):
    """The sizes of a blob, as numbers.

    Shape: how many axes there are. Source: shape_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    in_place: ClassVar = False
    shape_alone: ClassVar = frozenset({0})

    def lacks(self, site: CallSite) -> str:
        return next((reason for size in site.bottoms[0] if (reason := needs_number(size))), "")

    def formula(self, x: Array) -> Array:
        return vector([float(size) if isinstance(size, int) else 0.0 for size in x.shape])


class OneHot(Formula):
    """on_value at the index that an element names along a new axis, off_value elsewhere, and if it is out of range.

    Shape: that of the bottom, with the new axis of size depth. Source: one_hot_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "one_hot_param"
    in_place: ClassVar = False

    depth: Positive = Field(description="how many values an index takes")
    on_value: float = Field(1.0, description="what stands at the index")
    off_value: float = Field(0.0, description="what stands elsewhere")
    axis: int = Field(-1, description="where the new axis stands; −1 is behind the last one")

    def formula(self, x: Array) -> Array:
        if self.axis < -1:
            message = f"axis is −1 or at least 0, not {self.axis}"
            raise Refusal(InvalidValue, message, fields=("axis",))
        axis = inserted_axis(self.axis, x.rank, "axis")
        index = where(x < 0.0, -1.0, x)  # what is below 0 would be cut off to 0
        inside = one_hot(cast(index, DType.INT), self.depth)
        if axis < x.rank:
            inside = transpose(inside, (*range(axis), x.rank, *range(axis, x.rank)))
        if (self.on_value, self.off_value) == (1, 0):
            return inside
        return self.off_value + (self.on_value - self.off_value) * inside
