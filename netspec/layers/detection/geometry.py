"""What layers compute with boxes, N×P×4: x1, y1, x2, y2, in parts of an image or in pixels."""

from enum import IntEnum

from netspec.arrays import (
    Array,
    DType,
    align,
    clip,
    concat,
    cut,
    exp,
    full_like,
    iota,
    log,
    maximum,
    minimum,
    relu,
    reshape,
    transpose,
    vector,
    where,
)
from netspec.arrays.functions import function
from netspec.shapes import Dim, Shape, product

ENDS = ("x1", "y1", "x2", "y2")


class CodeType(IntEnum):
    """How four numbers say a box beside a prior one."""

    CORNER = 1
    CENTER_SIZE = 2
    CORNER_SIZE = 3


def boxes_and_variances(prior: Array) -> tuple[Array, Array]:
    """Prior boxes and their variances, 1×P×4 each."""
    both = reshape(prior, (product(prior.shape[:2]), product(prior.shape[2:]) // 4, 4)).named("both")
    return cut(both, 0, 0, 1).named("prior"), cut(both, 0, 1, 2).named("variance")


def odd_priors(*shapes: Shape) -> str:
    """Why there is no meaning for prior boxes of these shapes, of which Caffe reads what comes first."""
    odd = (product(shape[:2]) != 2 or product(shape[2:]) % 4 != 0 for shape in shapes)
    return "prior boxes that are not 1×2×(P·4)" if any(odd) else ""


@function("items boxes 4")
def corners(boxes: Array) -> Array:
    """Boxes x1, y1, x2, y2 from x and y of their middle, width and height."""
    middle, reach = cut(boxes, 2, 0, 2).named("middle"), (cut(boxes, 2, 2, 4) / 2).named("reach")
    return concat([middle - reach, middle + reach], 2)


def middle_of(boxes: Array) -> Array:
    return (cut(boxes, 2, 0, 2) + cut(boxes, 2, 2, 4)) / 2


def size_of(boxes: Array) -> Array:
    return cut(boxes, 2, 2, 4) - cut(boxes, 2, 0, 2)


@function("items rows 4", "items columns 4")
def iou(a: Array, b: Array) -> Array:
    """Intersection over union of each box of a with each box of b, N×A×B."""
    across = transpose(b, (0, 2, 1)).named("across")
    ax1, ay1, ax2, ay2 = (cut(a, 2, i, i + 1).named(f"a{name}") for i, name in enumerate(ENDS))
    bx1, by1, bx2, by2 = (cut(across, 1, i, i + 1).named(f"b{name}") for i, name in enumerate(ENDS))
    width = relu(minimum(ax2, bx2) - maximum(ax1, bx1)).named("width")
    height = relu(minimum(ay2, by2) - maximum(ay1, by1)).named("height")
    shared = (width * height).named("shared")
    area_a = (relu(ax2 - ax1) * relu(ay2 - ay1)).named("area_a")
    area_b = (relu(bx2 - bx1) * relu(by2 - by1)).named("area_b")
    return where(shared > 0, shared / (area_a + area_b - shared), 0.0)


@function("items boxes 4", "items boxes 4")
def decode_boxes(offsets: Array, prior: Array, *, code_type: CodeType) -> Array:
    """Boxes from what a net says of them beside prior ones."""
    if code_type is CodeType.CORNER:
        return prior + offsets
    size = size_of(prior).named("size")
    if code_type is CodeType.CORNER_SIZE:
        return prior + offsets * concat([size, size], 2)
    middle = middle_of(prior) + cut(offsets, 2, 0, 2) * size
    middle, reach = middle.named("middle"), (exp(cut(offsets, 2, 2, 4)) * size / 2).named("reach")
    return concat([middle - reach, middle + reach], 2)


@function("items boxes 4", "items boxes 4")
def encode_boxes(boxes: Array, prior: Array, *, code_type: CodeType) -> Array:
    """What a net has to say of boxes beside prior ones: the inverse of `decode_boxes`."""
    if code_type is CodeType.CORNER:
        return boxes - prior
    size = size_of(prior).named("size")
    if code_type is CodeType.CORNER_SIZE:
        return (boxes - prior) / concat([size, size], 2)
    moved = (middle_of(boxes) - middle_of(prior)) / size
    return concat([moved.named("moved"), log(size_of(boxes) / size)], 2)


@function("boxes numbers", "4")
def prior_boxes(
    cell: Array,
    variance: Array,
    rows: Dim,
    columns: Dim,
    height: float,
    width: float,
    step_y: float,
    step_x: float,
    offset: float = 0.5,
    *,
    moved: bool,
    yx: bool,
    clipped: bool,
) -> Array:
    """Boxes around the middle of each cell of a feature map, in parts of the image, and their variances, 1×2×(P·4).

    cell: sizes of a cell's boxes, in pixels, perhaps behind how far they are moved. height, width: of the image.
    step_y, step_x: how far cells are apart.
    """
    shift, reach = (cut(cell, 1, 0, 2), cut(cell, 1, 2, 4) / 2) if moved else (0.0, cell / 2)
    reach = reach.named("reach")
    ends = concat([shift - reach, shift + reach] if moved else [-reach, reach], 1).named("ends")
    right, down = _directions(yx)
    x = ((align(iota(columns, DType.FLOAT), 1, 4) + offset) * step_x).named("x")
    y = ((align(iota(rows, DType.FLOAT), 0, 4) + offset) * step_y).named("y")
    boxes = (x * right + y * down + align(ends, 2, 4)) / (width * right + height * down)
    boxes = (clip(boxes, 0.0, 1.0) if clipped else boxes).named("boxes")
    both = boxes, full_like(boxes, 1.0) * align(variance, 3, 4)
    return concat([reshape(each, (1, 1, product(each.shape))) for each in both], 1)


def _directions(yx: bool = False) -> tuple[Array, Array]:
    """Which numbers of a box lie to the right, and which down."""
    first, second = align(vector((1.0, 0.0, 1.0, 0.0)), 3, 4), align(vector((0.0, 1.0, 0.0, 1.0)), 3, 4)
    right, down = (second, first) if yx else (first, second)
    return right.named("right"), down.named("down")


@function("items anchors 4 height width", "anchors 4", "numbers")
def proposed_boxes(deltas: Array, anchors: Array, info: Array, feat_stride: float) -> Array:
    """Anchors around each cell, moved as deltas say, N×P×4, within the image. info: its height and width, …"""
    _, count, _, height, width = deltas.shape
    right, down = _directions()
    x = (align(iota(width, DType.FLOAT), 1, 4) * feat_stride).named("x")
    y = (align(iota(height, DType.FLOAT), 0, 4) * feat_stride).named("y")
    one = align(vector((0.0, 0.0, 1.0, 1.0)), 3, 4)
    base = (x * right + y * down + align(anchors, 2, 4) + one).named("base", "up to behind the last pixel")
    base = reshape(base, (1, height * width * count, 4))
    boxes = decode_boxes(by_cell(deltas), base, code_type=CodeType.CENTER_SIZE)
    bottom, right_end = (cut(info, 0, i, i + 1) - 1 for i in (0, 1))
    ends = [right_end.named("last_column"), bottom.named("last_row")]
    border = concat([*ends, *ends], 0).named("border")
    return relu(minimum(boxes, align(border, 2, 3)))


@function("items boxes numbers height width")
def by_cell(x: Array) -> Array:
    """The numbers of each box, N×P×numbers, by row, column and box."""
    n, boxes, numbers, height, width = x.shape
    return reshape(transpose(x, (0, 3, 4, 1, 2)), (n, height * width * boxes, numbers))
