"""Blobs of two sizes as one, as nets for segmentation need them that shrink their maps without padding."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, concat, cut, stop_gradient
from netspec.layers.base import Count, Field, Formula, Refusal
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import show


class MergeOp(IntEnum):
    STACK = 0
    ADD = 1


class MergeCrop(Formula):
    """The first bottom, and the middle of the second one, cut to its size: their channels side by side (STACK), or
    their sum (ADD).

    Bottoms: a, N×C×…, and b, N×C'×…, not smaller than a on any axis behind the channels; for ADD C' is C. Shape: that
    of a, with C + C' channels for STACK. Of an odd rest one element less is cut away before the middle than behind it.
    By `forward` a bottom counts as 0 instead; by `backward` it has a gradient, which the first one has unless written.
    Source: mergecrop_layer.cpp and .cu of naibaf7/caffe.
    """

    edition: ClassVar = "naibaf7"
    message: ClassVar = "mergecrop_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    operation: MergeOp = Field(MergeOp.STACK, description="STACK or ADD")
    forward: tuple[bool, ...] = Field((), description="whether each bottom counts; unless written it does")
    backward: tuple[bool, ...] = Field((), description="whether each has a gradient; unless written the first has")

    def formula(self, a: Array, b: Array) -> Array:
        for name in ("forward", "backward"):
            if len(getattr(self, name)) > 2:
                message = f"MergeCrop has two bottoms, and {len(getattr(self, name))} {name}"
                raise Refusal(EntryCount, message, fields=(name,))
        if a.rank < 2 or a.rank != b.rank:
            message = f"MergeCrop takes two blobs N×C×… of as many axes: {show(a.shape)} and {show(b.shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: "", 1: ""}, label=f"{axes(a.rank)} and {axes(b.rank)}")
        expect_size("MergeCrop needs as many items in both bottoms", a.shape[0], b.shape[0], (0, 1))
        if self.operation is MergeOp.ADD:
            expect_size("MergeCrop adds blobs with as many channels", a.shape[1], b.shape[1], (0, 1))
        for axis in range(2, a.rank):
            size, has = a.shape[axis], b.shape[axis]
            if has < size:
                message = f"MergeCrop cuts its second bottom to the size of the first, on axis {axis} {has} to {size}"
                raise Refusal(OutOfBounds, message, bottoms={0: "", 1: ""}, label=f"axis {axis}: {size} of {has}")
            if size != has:
                before = (has - size) // 2
                b = cut(b, axis, before, before + size)
        a, b = (self._read(x, i) for i, x in enumerate((a, b)))
        return concat([a, b], 1) if self.operation is MergeOp.STACK else a + b

    def _read(self, x: Array, i: int) -> Array:
        """The bottom as the fields have it read."""
        forward = self.forward[i] if i < len(self.forward) else True
        backward = self.backward[i] if i < len(self.backward) else i == 0
        if not backward:
            x = stop_gradient(x)
        return x if forward else x - stop_gradient(x)
