"""The prior boxes of single-shot detectors. Source: the SSD fork (weiliu89/caffe), Synopsys' fork, and TextBoxes."""

import math
from typing import Annotated, ClassVar, NamedTuple, TypeAlias

from netspec.arrays import Array
from netspec.layers.base import Above0, CallSite, Count, Field, Finite, Layer, Refusal, UInt, checks
from netspec.layers.detection.geometry import prior_boxes
from netspec.layers.extensions import joined
from netspec.layers.fit import axes
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, integers, product, show

Side: TypeAlias = Annotated[float, Field(le=2**31 - 1, allow_inf_nan=False)]  # which Caffe makes an int of


class CellBox(NamedTuple):
    """A box around the middle of a cell: its sides, how far it is moved, and whether y comes before x."""

    width: float
    height: float
    right: float = 0
    down: float = 0
    swapped: bool = False


class PriorBox(Layer):
    """The boxes that a net's predictions are relative to: some around the middle of each cell of a feature map.

    Bottoms: the feature map N×C×H×W and the image N×C×H'×W', of which the sizes alone count. Every cell has, for each
    min_size s: a square of s; if there is a max_size, one of √(s·max_size); and for each aspect_ratio a other than 1 a
    box of s·√a by s/√a. Sizes are cut to whole numbers, as the fork does: boxes of a min_size below 1 are of size 0.
    Synopsys' fork has boxes of other nets: with `tf` that of max_size comes last, and the square of 60 is smaller by
    0.1 of the image; with `keras` that of max_size comes first; with `faceboxes` squares are smaller by a pixel, and
    those of 32 and 64 stand 16 and 4 times in a cell, 8 and 16 pixels apart. With box_width and box_height the sizes
    are these instead. With yx_order a box is (y1, x1, y2, x2), but for the squares of `faceboxes`.
    A net of TextBoxes has each box twice, the second half a cell lower. Nothing in its text says so but that its
    predictions are of twice as many boxes; so it is read where these fit no other way.
    Shape: 1×2×(H·W·boxes·4): the boxes row by row, then their variances.
    Source: prior_box_layer.cpp of the SSD fork, of Synopsys' fork, and of MhLiao/TextBoxes.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "prior_box_param"
    bottoms: ClassVar = Count(2, 2)
    shape_alone: ClassVar = frozenset({0, 1})
    in_place: ClassVar = False

    min_size: tuple[Side, ...] = Field((), description="the side of the smaller square, in pixels; needed")
    max_size: tuple[Side, ...] = Field((), description="what the larger square's side is √(min_size·max_size) with")
    aspect_ratio: tuple[Finite, ...] = Field((), description="width by height of other boxes; 1 is there already")
    flip: bool = Field(True, description="whether each aspect_ratio stands for 1 / aspect_ratio, too")
    clip: bool = Field(False, description="whether boxes end where the image does")
    variance: tuple[Finite, ...] = Field((), description="of all four numbers, or of each; none is 0.1")
    img_size: UInt | None = Field(
        None, gt=0, description="the image's height and width; else those of the second bottom"
    )
    img_h: UInt | None = Field(None, gt=0, description="its height, beside img_w")
    img_w: UInt | None = Field(None, gt=0, description="its width, beside img_h")
    step: Above0 | None = Field(None, description="how far cells are apart, in pixels; else image by feature map")
    step_h: Above0 | None = Field(None, description="how far rows of cells are apart, beside step_w")
    step_w: Above0 | None = Field(None, description="how far columns are apart, beside step_h")
    offset: Finite = Field(0.5, description="where in a cell its boxes have their middle")
    faceboxes: bool = Field(False, description="Synopsys' fork: the boxes of FaceBoxes")
    box_width: tuple[Finite, ...] = Field((), description="Synopsys' fork: widths of boxes, instead of min_size")
    box_height: tuple[Finite, ...] = Field((), description="Synopsys' fork: their heights")
    tf: bool = Field(False, description="Synopsys' fork: the boxes of TensorFlow's detectors")
    yx_order: bool = Field(False, description="Synopsys' fork: whether y comes before x")
    keras: bool = Field(False, description="Synopsys' fork: the boxes of a detector in Keras")

    @checks("min_size", "variance", "aspect_ratio")
    @staticmethod
    def _positive(values: tuple[float, ...]) -> tuple[float, ...]:
        if any(value <= 0 for value in values):
            raise ValueError(f"must be greater than 0: {', '.join(f'{value:g}' for value in values)}")
        return values

    def consistent(self) -> None:
        if len(self.variance) not in (0, 1, 4):
            raise ValueError(f"variance takes 1 or 4 values, has {len(self.variance)}")
        for one, pair in (("img_size", ("img_h", "img_w")), ("step", ("step_h", "step_w"))):
            given = [name for name in pair if getattr(self, name) is not None]
            if given and getattr(self, one) is not None:
                raise ValueError(f"{one} and {given[0]} are two forms of one thing")
            if len(given) == 1:
                raise ValueError(f"{given[0]} needs its partner: {' and '.join(pair)}")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, what in enumerate(("feature map", "image")):
            if len(site.bottoms[i]) != 4:
                shape = site.bottoms[i]
                message = f"PriorBox takes a {what} N×C×H×W, not {show(shape)} of {axes(len(shape))}"
                raise Refusal(BadDimensions, message, bottoms={i: ""})
        self._check_boxes()
        if self.max_size and len(self.max_size) != len(self.min_size):
            raise Refusal(
                EntryCount,
                f"PriorBox has {len(self.min_size)} min_size and {len(self.max_size)} max_size",
                fields=("max_size", "min_size"),
                help="give a max_size for each min_size, or none",
            )
        for small, large in zip(self.min_size, self.max_size, strict=False):
            if large <= small:
                message = f"max_size {large:g} is not greater than its min_size {small:g}"
                raise Refusal(InvalidValue, message, fields=("max_size", "min_size"))
        height, width = site.bottoms[0][2:]
        return ((1, 2, product((height, width, len(self.boxes((1, 1))), 4))),)

    def _check_boxes(self) -> None:
        """Raises Refusal for sizes of which Caffe would make no boxes, or not as many as it counts."""
        if len(self.box_width) != len(self.box_height):
            message = f"PriorBox has {len(self.box_width)} box_width and {len(self.box_height)} box_height"
            raise Refusal(EntryCount, message, fields=("box_width", "box_height"), help="give both for each box")
        if not self.min_size and not self.box_width:
            message = "PriorBox needs min_size, the sides of its squares"
            raise Refusal(MissingField, message, fields=("min_size",), help="give a min_size")
        if self.faceboxes and not self.box_width:
            squares = 21 if len(self.min_size) == 3 else len(self.min_size)
            wanted = squares if squares == 21 else squares * len(self.ratios())
            found = len(self.boxes((1, 1)))
            if found != wanted + len(self.max_size):
                message = (
                    f"PriorBox counts {wanted + len(self.max_size)} boxes of faceboxes in a cell, and makes {found}"
                )
                raise Refusal(InvalidValue, message, fields=("faceboxes", "min_size"), help="min_size: [32, 64, 128]")

    def lacks(self, site: CallSite) -> str:
        if len({box.swapped for box in self.boxes((1, 1))}) > 1:
            return "boxes of which some have y before x, and some not: faceboxes with yx_order"
        return super().lacks(site)

    def ratios(self) -> tuple[float, ...]:
        """The aspect ratios of a cell's boxes, 1 first."""
        ratios = [1.0]
        for ratio in self.aspect_ratio:
            if all(abs(ratio - other) >= 1e-6 for other in ratios):
                ratios += [ratio, 1 / ratio] if self.flip else [ratio]
        return tuple(ratios)

    def boxes(self, image: tuple[int, int], row: float = 1.0) -> tuple[CellBox, ...]:
        """A cell's boxes, in pixels, for an image of some height and width, and rows of cells that are so far apart."""
        if self.box_width:
            sides = zip(self.box_width, self.box_height, strict=True)
            return tuple(CellBox(*pair, swapped=self.yx_order) for pair in sides)
        found: list[CellBox] = []
        for i, size in enumerate(self.min_size):
            small = int(size)
            sides = [math.sqrt(small * int(large)) for large in self.max_size[i : i + 1]]
            largest = [CellBox(side, side, swapped=self.yx_order) for side in sides]
            roots = [math.sqrt(ratio) for ratio in self.ratios() if abs(ratio - 1) >= 1e-6]
            others = [CellBox(small * root, small / root, swapped=self.yx_order) for root in roots]
            squares = self._squares(small, image)
            if self.keras:
                found += [*largest, *squares, *others]
            else:
                found += [*squares, *others, *largest] if self.tf else [*squares, *largest, *others]
        return tuple(found)

    def _squares(self, side: int, image: tuple[int, int]) -> list[CellBox]:
        """The squares of a min_size."""
        if self.faceboxes and not self.keras:
            count, apart = {32: (4, 8), 64: (2, 16)}.get(side, (1, 0))
            places = [(i - count // 2) * apart for i in range(count)]
            return [CellBox(side - 1, side - 1, x, y) for y in places for x in places]
        less = 0.1 if self.tf and not self.keras and side == 60 else 0.0
        return [CellBox(side - less * image[1], side - less * image[0], swapped=self.yx_order)]

    def cell(self, image: tuple[int, int], row: float = 1.0) -> list[list[float]]:
        """Sizes of a cell's boxes as `boxes` has them, behind how far they are moved if some are."""
        boxes = self.boxes(image, row)
        still = not any(box.right or box.down for box in boxes)
        pairs = (((box.right, box.down), (box.width, box.height))[still:] for box in boxes)
        step = -1 if boxes[0].swapped else 1
        return [[side for pair in each for side in pair[::step]] for each in pairs]

    def in_all_cells(self, site: CallSite, cell: Array, variance: Array) -> Array:
        """All boxes and their variances, from those of a cell. All sizes are known."""
        rows, columns = site.bottoms[0][2:]
        (height, width), (step_y, step_x) = integers(self.image(site)) or (1, 1), self.steps(site)
        sizes = rows, columns, float(height), float(width), float(step_y), float(step_x)
        options = {"moved": cell.shape[1] == 4, "yx": self.boxes((height, width))[0].swapped, "clipped": self.clip}
        return prior_boxes(cell, variance, *sizes, self.offset, **options)

    def variances(self) -> tuple[float, ...]:
        """One for each of the four numbers, or one for all."""
        return self.variance or (0.1,)

    def image(self, site: CallSite) -> tuple[Dim, Dim]:
        """Height and width of the image."""
        if self.img_h is not None and self.img_w is not None:
            return self.img_h, self.img_w
        if self.img_size is not None:
            return self.img_size, self.img_size
        height, width = site.bottoms[1][2:]
        return height, width

    def steps(self, site: CallSite) -> tuple[float, float]:
        """How far rows and columns are apart. All sizes are known."""
        if self.step_h is not None and self.step_w is not None:
            return self.step_h, self.step_w
        if self.step is not None:
            return self.step, self.step
        pairs = [(a, b) for a, b in zip(self.image(site), site.bottoms[0][2:], strict=True)]
        rows, columns = (a / b for a, b in pairs if isinstance(a, int) and isinstance(b, int))
        return rows, columns


class DoubledPriorBox(PriorBox):
    """Each box twice, the second half a cell lower, and none of a size that is cut. Source: MhLiao/TextBoxes."""

    edition: ClassVar = "textboxes"

    def boxes(self, image: tuple[int, int], row: float = 1.0) -> tuple[CellBox, ...]:
        (size,), largest = self.min_size, self.max_size
        sides = [(side, side) for side in (size, *(math.sqrt(size * large) for large in largest))]
        roots = [math.sqrt(ratio) for ratio in self.ratios() if abs(ratio - 1) >= 1e-6]
        sides += [(size * root, size / root) for root in roots]
        return tuple(CellBox(*pair, down=down) for pair in sides for down in (0, row / 2))


def twice(layer: Layer) -> tuple[Layer, str] | None:
    """Boxes as TextBoxes has them, whose message has no more than these fields, and clips unless told not to."""
    fields = {"min_size", "max_size", "aspect_ratio", "flip", "clip", "variance"}
    if not isinstance(layer, PriorBox) or not layer.model_fields_set <= fields or len(layer.min_size) != 1:
        return None
    values = {**dict(layer), "clip": layer.clip or not layer.has("clip")}
    made = joined(type(layer), (DoubledPriorBox,)).model_construct(layer.model_fields_set, **values)
    return made, "with each box twice, the second half a cell lower, as TextBoxes does"
