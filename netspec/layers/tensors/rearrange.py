"""Layers that put the axes of a blob, or what lies along one, into another order."""

from typing import ClassVar

from netspec.arrays import Array, flip, transpose
from netspec.layers.base import Field, Formula, Refusal, UInt, canonical_axis
from netspec.layers.fit import axes
from netspec.layers.rewriting import Reordering
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import AxisOutOfRange, BadDimensions
from netspec.shapes import show


class Permute(Reordering, Formula):
    """Axis i of the top is axis order[i] of the bottom. Axes that `order` leaves out follow, in ascending order.

    Shape: S[order[0]], S[order[1]], …. Not in place. Source: permute_layer.cpp of the SSD fork.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "permute_param"
    in_place: ClassVar = False

    order: tuple[UInt, ...] = Field((), description="the axes of the bottom in their new order; none keeps it")

    def formula(self, x: Array) -> Array:
        for axis in self.order:
            if axis >= x.rank:
                raise Refusal(
                    AxisOutOfRange,
                    f"order {axis} is out of range for a blob of {axes(x.rank)}",
                    fields=("order",),
                    bottoms={0: ""},
                    label=f"{show(x.shape)} has axes 0 to {x.rank - 1}",
                )
        if len(set(self.order)) < len(self.order):
            twice = next(axis for axis in self.order if self.order.count(axis) > 1)
            message = f"order names axis {twice} more than once: {', '.join(map(str, self.order))}"
            raise Refusal(InvalidValue, message, fields=("order",), help="name each axis once")
        order = self.reordered(x.rank)
        return x if order == tuple(range(x.rank)) else transpose(x, order)

    def reordered(self, rank: int) -> tuple[int, ...]:
        return (*self.order, *(axis for axis in range(rank) if axis not in self.order))


class Transpose(Formula):
    """Axis i of the top is axis dim[i] of the bottom.

    Shape: S[dim[0]], S[dim[1]], …, every axis once. Not in place. Source: transpose_layer.cpp of tianzhi0549/caffe, as
    CTPN has it, and other forks that read text.
    """

    edition: ClassVar = "ctpn"
    message: ClassVar = "transpose_param"
    in_place: ClassVar = False

    dim: tuple[UInt, ...] = Field((), description="the axes of the bottom in their new order")

    def formula(self, x: Array) -> Array:
        if sorted(self.dim) != list(range(x.rank)):
            written = ", ".join(map(str, self.dim)) or "nothing"
            message = f"Transpose names each of the {axes(x.rank)} of {show(x.shape)} once, not {written}"
            raise Refusal(InvalidValue, message, fields=("dim",), bottoms={0: ""})
        return x if self.dim == tuple(range(x.rank)) else transpose(x, self.dim)


class Reverse(Formula):
    """What lies along the axes in reverse order: the last comes first.

    Shape: any, kept. Not in place. Source: reverse_layer.cpp of MhLiao/TextBoxes_plusplus, which has one axis, and of
    Synopsys' caffe.
    """

    edition: ClassVar = "textboxes"
    message: ClassVar = "reverse_param"
    in_place: ClassVar = False

    axis: tuple[int, ...] = Field((), description="the axes; negative counts from the end; none given is the first")

    def formula(self, x: Array) -> Array:
        for axis in dict.fromkeys(canonical_axis(axis, x.shape, "axis") for axis in self.axis or (0,)):
            x = flip(x, axis)
        return x


class Flip(Formula):
    """Columns in reverse order, rows in reverse order, or both.

    Shape: N×C×H×W, kept. Not in place. Source: flip_layer.cpp of happynear/caffe-windows.
    """

    edition: ClassVar = "happynear"
    message: ClassVar = "flip_param"
    in_place: ClassVar = False

    flip_width: bool = Field(True, description="whether columns change places")
    flip_height: bool = Field(False, description="whether rows change places")

    def formula(self, x: Array) -> Array:
        if x.rank > 4 or x.rank < 1:
            message = f"Flip takes N×C×H×W; its input {show(x.shape)} has {axes(x.rank)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        # Axes that are missing have the size 1, with nothing to change.
        for axis, wanted in ((2, self.flip_height), (3, self.flip_width)):
            if wanted and axis < x.rank:
                x = flip(x, axis)
        return x
