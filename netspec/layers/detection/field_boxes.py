"""Boxes as MS-CNN and Cascade R-CNN have them: beside fields of a fixed size around the middle of each cell.

Source: box_output_layer.cpp and math_functions.cpp of zhaoweicai/mscnn; bbox_util.cpp of zhaoweicai/cascade-rcnn.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    clip,
    concat,
    cut,
    exp,
    iota,
    log,
    maximum,
    minimum,
    number_of,
    relu,
    reshape,
    transpose,
    vector,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.base import Field, Layer, Message, Refusal, checks
from netspec.layers.detection.geometry import ENDS
from netspec.problems.fields import EntryCount
from netspec.shapes import Dim


class Overlap(StrEnum):
    """What the area that two boxes share is divided by: the union, the smaller one, the first one."""

    IOU = "IOU"
    IOMU = "IOMU"
    IOFU = "IOFU"

    @classmethod
    def named(cls, name: str) -> "Overlap":
        """Other names than these mean the union."""
        return cls(name) if name in set(cls) else cls.IOU


class BBoxRegParameter(Message):
    """How what a net says of a box is normalized: it is (d − bbox_mean) / bbox_std of the differences d."""

    bbox_mean: tuple[float, ...] = Field((), description="of x, y, width and height; without bbox_std no effect")
    bbox_std: tuple[float, ...] = Field((), description="likewise; without bbox_mean no effect")
    cls_aware: bool = Field(True, description="whether each class has boxes, or all but the background the same")

    @checks("bbox_std")
    @staticmethod
    def _positive(values: tuple[float, ...]) -> tuple[float, ...]:
        if any(not value > 0 for value in values):
            raise ValueError(f"must be greater than 0: {', '.join(f'{value:g}' for value in values)}")
        return values

    def normal(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and deviation of all four numbers. Raises Refusal."""
        if not self.bbox_mean or not self.bbox_std:
            return (0.0,) * 4, (1.0,) * 4
        for name in ("bbox_mean", "bbox_std"):
            if len(getattr(self, name)) != 4:
                message = f"{name} takes 4 numbers, for x, y, width and height, not {len(getattr(self, name))}"
                raise Refusal(EntryCount, message, fields=(f"bbox_reg_param.{name}",))
        return self.bbox_mean, self.bbox_std


class Regressing(Layer):
    """The message that says how boxes are normalized."""

    edition: ClassVar = "mscnn"

    bbox_reg_param: BBoxRegParameter = Field(
        BBoxRegParameter.model_construct(), description="how what is said of boxes is normalized"
    )

    def differences(self, said: Array, axis: int) -> Array:
        """What a net says of boxes, of which an axis has the four numbers, without the normalization."""
        mean, deviation = self.bbox_reg_param.normal()
        if any(scale != 1 for scale in deviation):
            said = said * align(vector(deviation, said.dtype), axis, said.rank)
        if any(mean):
            said = said + align(vector(mean, said.dtype), axis, said.rank)
        return said

    def said(self, differences: Array, axis: int) -> Array:
        """The inverse of `differences`."""
        mean, deviation = self.bbox_reg_param.normal()
        if any(mean):
            differences = differences - align(vector(mean, differences.dtype), axis, differences.rank)
        if any(scale != 1 for scale in deviation):
            differences = differences / align(vector(deviation, differences.dtype), axis, differences.rank)
        return differences


def fields_of(layer: Layer, heights: Sequence[int], widths: Sequence[int], path: str = "") -> list[tuple[float, float]]:
    """Width and height of each field. Raises Refusal unless there are as many of both."""
    if len(heights) != len(widths) or not heights:
        message = f"{layer.called()} takes a field_h and a field_w for each field: {len(heights)} and {len(widths)}"
        raise Refusal(EntryCount, message, fields=(f"{path}field_h", f"{path}field_w"))
    return [(float(width), float(height)) for width, height in zip(widths, heights, strict=True)]


def bounds(field_xyr: float, field_whr: float) -> tuple[float, float]:
    """How far a box may be from its field, in sizes of it, and the logarithm of how much it may differ in size."""
    return 1 / field_xyr, math.log(field_whr)


@function("items fields 4 height width", "fields 2")
def field_middles(differences: Array, fields: Array, stride: float, *, most_shift: float, most_growth: float) -> Array:
    """Boxes as x and y of their middle, width and height, of fields around the middle of each cell of a map; they are
    moved and stretched within limits."""
    size = align(fields, 1, 5).named("size")
    shift = clip(cut(differences, 2, 0, 2), -most_shift, most_shift).named("shift")
    growth = clip(cut(differences, 2, 2, 4), -most_growth, most_growth).named("growth")
    height, width = differences.shape[3:]
    return concat([shift * size + _middles(height, width, stride).named("middle"), size * exp(growth)], 2)


@function("items fields 4 height width")
def field_boxes(boxes: Array, stride: float, *, whole: bool) -> Array:
    """The ends x1, y1, x2, y2 of boxes, N×P×4, field by field and cell by cell, within a map whose cells are `stride`
    apart."""
    n, count, _, height, width = boxes.shape
    extent = cut(boxes, 2, 2, 4).named("extent")
    start = (cut(boxes, 2, 0, 2) - extent / 2).named("start")
    right, down = _ways()
    border = (number_of(width) * stride * right + number_of(height) * stride * down).named("border")
    if whole:
        end = minimum(start + extent - 1, border).named("end", "the last pixel")
        start = relu(start)
    else:
        start = relu(start).named("start_inside")
        end = start + minimum(extent, border - start)
    return reshape(transpose(concat([start, end], 2), (0, 1, 3, 4, 2)), (n, count * height * width, 4))


def _ways() -> tuple[Array, Array]:
    """Which of x and y goes to the right, and which goes down."""
    return align(vector((1, 0)), 2, 5).named("right"), align(vector((0, 1)), 2, 5).named("down")


def _middles(height: Dim, width: Dim, stride: float) -> Array:
    """Where cells have their middle, x and y, 1×1×2×H×W."""
    right, down = _ways()
    x = ((align(iota(width, DType.FLOAT), 4, 5) + 0.5) * stride).named("x")
    y = ((align(iota(height, DType.FLOAT), 3, 5) + 0.5) * stride).named("y")
    return x * right + y * down


@function("items fields 4 height width", "fields 2")
def field_differences(boxes: Array, fields: Array, stride: float) -> Array:
    """How boxes (x and y of their middle, width, height) differ from fields around the middle of each cell: how far
    they are moved, in sizes of the field, and the logarithm of how much they differ in size. A side is at least 2."""
    size = align(fields, 1, 5).named("size")
    height, width = boxes.shape[3:]
    middle = _middles(height, width, stride).named("middle")
    shift = (cut(boxes, 2, 0, 2) - middle) / size
    return concat([shift.named("shift"), log(maximum(cut(boxes, 2, 2, 4), 2.0) / size)], 2)


@function("items rows 4", "items columns 4")
def overlaps(a: Array, b: Array, *, mode: Overlap, whole: bool) -> Array:
    """How much each box of a has in common with each box of b, N×A×B, by the area of both, or of the smaller one, or of
    that of b."""
    across = transpose(b, (0, 2, 1)).named("across")
    ax1, ay1, ax2, ay2 = (cut(a, 2, i, i + 1).named(f"a{name}") for i, name in enumerate(ENDS))
    bx1, by1, bx2, by2 = (cut(across, 1, i, i + 1).named(f"b{name}") for i, name in enumerate(ENDS))
    width = (minimum(ax2, bx2) - maximum(ax1, bx1)).named("width")
    height = (minimum(ay2, by2) - maximum(ay1, by1)).named("height")
    if whole:
        shared = where((width >= 0) & (height > 0), (width + 1) * (height + 1), 0.0).named("shared")
    else:
        shared = (relu(width) * relu(height)).named("shared")
    area_a, area_b = _area(ax1, ay1, ax2, ay2, whole), _area(bx1, by1, bx2, by2, whole)
    match mode:
        case Overlap.IOU:
            area = area_a + area_b - shared
        case Overlap.IOMU:
            area = minimum(area_a, area_b)
        case Overlap.IOFU:
            area = area_b
    return where(shared > 0, shared / area, 0.0)


def _area(x1: Array, y1: Array, x2: Array, y2: Array, whole: bool) -> Array:
    return (x2 - x1 + 1) * (y2 - y1 + 1) if whole else (x2 - x1) * (y2 - y1)
