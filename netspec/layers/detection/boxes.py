"""Layers of single-shot detectors: prior boxes, and detections from what a net predicts for each of them.

A box is (x1, y1, x2, y2), in parts of the image's width and height. Source: the SSD fork (weiliu89/caffe).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, NamedTuple, TypeAlias

from pydantic import Field, field_validator, model_validator

from netspec.arrays import Array, DType, align, cast, cut, equal, iota, reshape, stop_gradient, tile, transpose, where
from netspec.layers.base import Above0, CallSite, Count, Finite, Layer, Message, Refusal, UInt
from netspec.layers.detection.geometry import CodeType, boxes_and_variances, decode_boxes, odd_priors, prior_boxes
from netspec.layers.detection.levels import ByLevels
from netspec.layers.detection.selection import detections, or_nothing
from netspec.layers.fit import axes, expect_size
from netspec.layers.readers.augment import ResizeParameter
from netspec.layers.readers.transform import ForksTransformation
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Dim, Shape, integers, product, show

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
    Shape: 1×2×(H·W·boxes·4): the boxes row by row, then their variances.
    Source: prior_box_layer.cpp of the SSD fork, and of Synopsys' fork.
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

    @field_validator("min_size", "variance", "aspect_ratio")
    @classmethod
    def _positive(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if any(value <= 0 for value in values):
            raise ValueError(f"must be greater than 0: {', '.join(f'{value:g}' for value in values)}")
        return values

    @model_validator(mode="after")
    def _consistent(self) -> PriorBox:
        if len(self.variance) not in (0, 1, 4):
            raise ValueError(f"variance takes 1 or 4 values, has {len(self.variance)}")
        for one, pair in (("img_size", ("img_h", "img_w")), ("step", ("step_h", "step_w"))):
            given = [name for name in pair if getattr(self, name) is not None]
            if given and getattr(self, one) is not None:
                raise ValueError(f"{one} and {given[0]} are two forms of one thing")
            if len(given) == 1:
                raise ValueError(f"{given[0]} needs its partner: {' and '.join(pair)}")
        return self

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

    def boxes(self, image: tuple[int, int]) -> tuple[CellBox, ...]:
        """A cell's boxes, in pixels, for an image of some height and width."""
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

    def cell(self, image: tuple[int, int]) -> list[list[float]]:
        """Sizes of a cell's boxes, behind how far they are moved if some are, for an image of some height and width."""
        boxes = self.boxes(image)
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


class NonMaximumSuppressionParameter(Message):
    """Non-maximum suppression (NMS): of boxes that overlap the one with the highest score is kept."""

    nms_threshold: float = Field(
        default=0.3, ge=0, description="NMS drops boxes whose IoU with a better one exceeds this"
    )
    top_k: int | None = Field(default=None, description="how many boxes of a class enter NMS, best first; -1 is all")
    eta: float = Field(
        default=1.0, gt=0, le=1, description="what the threshold is multiplied by after each box kept, while above 0.5"
    )


class SaveOutputParameter(Message):
    """Files that Caffe writes detections to. A compiled model does not."""

    output_directory: str = Field(default="", description="where to")
    output_name_prefix: str = Field(default="", description="what names of files begin with")
    output_format: str = Field(default="", description="VOC, COCO or ILSVRC")
    label_map_file: str = Field(default="", description="the names of classes")
    name_size_file: str = Field(default="", description="the names and sizes of images")
    num_test_image: UInt = Field(default=0, description="how many images there are")
    resize_param: ResizeParameter | None = Field(default=None, description="how images were resized")


class DetectionOutput(ByLevels):
    """What a single-shot detector has found: the boxes it predicts, decoded, after non-maximum suppression (NMS).

    Bottoms: locations N×(P·L·4), scores N×(P·C), and prior boxes 1×2×(P·4) with their variances; L is 1, or C without
    share_location. RefineDet adds scores N×(P·2) and locations N×(P·4) of its first stage: a box that this holds for
    background has scores of 0 but for class 0, and the locations are relative to the boxes of the first stage. A
    fourth bottom alone is an image to show, which has no effect.
    Or, for the nbottom levels of Synopsys' fork, scores of each, N×(P·C), then locations of each, then prior boxes,
    joined or of each. With no_permute they are N×C×R×(H·W) and N×(R·4)×H×W for the R boxes of a cell, with
    ratio_permute N×(C·P) and N×(4·P); boxes then go by r before they go by cells. As in the fork, all items of a batch
    have what is predicted for the first one.
    Each class but the background goes through NMS by itself: boxes with a score above confidence_threshold, best first;
    then an image keeps the keep_top_k best of all classes. Of equal scores the earlier one comes first;
    the fork cuts more than 16 of them in the order in which std::sort happens to leave them.
    Shape: 1×1×K×7, where K depends on the data; a row is image, class, score, x1, y1, x2, y2, by image and class. If
    nothing is found there is a row of −1 for each image, with its number. No gradient.
    Source: detection_output_layer.cpp of the SSD fork; RefineDet's for five bottoms; Synopsys' for levels.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "detection_output_param"
    inside: ClassVar = frozenset({"nms_param", "save_output_param"})
    in_place: ClassVar = False
    ignored: ClassVar = {
        "visualize_threshold": float,
        "save_file": str,
        "nms_threshold": float,
        "top_k": int,
    }

    num_classes: UInt = Field(gt=0, description="C: how many classes there are, background among them")
    share_location: bool = Field(True, description="whether all classes have the same boxes")
    background_label_id: int = Field(0, description="the class that is nothing; -1 if there is none")
    nms_param: NonMaximumSuppressionParameter = Field(
        NonMaximumSuppressionParameter.model_construct(), description="non-maximum suppression"
    )
    save_output_param: SaveOutputParameter = Field(
        SaveOutputParameter.model_construct(), description="has no effect here"
    )
    code_type: CodeType = Field(CodeType.CORNER, description="how locations say a box beside the prior one")
    variance_encoded_in_target: bool = Field(False, description="whether locations are used without the variances")
    keep_top_k: int = Field(-1, description="how many boxes an image keeps; -1 is all")
    confidence_threshold: float | None = Field(None, description="the score that a box must exceed; none takes all")
    visualize: bool = Field(False, description="show images; has no effect here")
    objectness_score: float = Field(0.01, description="RefineDet: the score of its first stage that a box must have")
    transform_param: ForksTransformation = Field(
        ForksTransformation.model_construct(), description="how images are shown; has no effect here"
    )

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.levels(len(site.bottoms)):
            self.check_levels(site, self.num_classes, self.share_location)
            return ((1, 1, VARYING, 7),)
        if self.share_location and self.background_label_id == -1:
            message = "DetectionOutput with background_label_id -1 needs locations of each class"
            help = "the fork takes the locations that all classes share for those of background, and aborts"
            raise Refusal(InvalidValue, message, fields=("background_label_id", "share_location"), help=help)
        location, prior = site.bottoms[0], site.bottoms[2]
        bottoms = site.bottoms[: self.used(len(site.bottoms))]
        for i, shape in enumerate(bottoms):
            if len(shape) < 2 or (i == 2 and len(shape) < 3):
                form = "1×2×(P·4)" if i == 2 else "items along axis 0 and predictions behind it"
                message = f"DetectionOutput's bottom {i} has {form}; this is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""})
        priors = product(prior[2:]) // 4
        boxes = 1 if self.share_location else self.num_classes
        wanted = [priors * boxes * 4, priors * self.num_classes, None, priors * 2, priors * 4]
        sums = [f"{priors}·{boxes}·4", f"{priors}·{self.num_classes}", "", f"{priors}·2", f"{priors}·4"]
        for i, (shape, size, sum_) in enumerate(zip(bottoms, wanted, sums, strict=False)):
            if size is None:
                continue
            expect_size(
                f"DetectionOutput needs {sum_} = {size} numbers for each item in bottom {i}, for {priors} prior boxes; "
                f"it has {product(shape[1:])}",
                product(shape[1:]),
                size,
                (i, 2),
                "P·num_classes scores and P·4 locations, or P·num_classes·4 without share_location" if i < 2 else None,
            )
            expect_size(
                f"DetectionOutput needs as many items in bottom {i} as in bottom 0", shape[0], location[0], (0, i)
            )
        return ((1, 1, VARYING, 7),)

    def lacks(self, site: CallSite) -> str:
        n, shapes = self.levels(len(site.bottoms)), site.bottoms
        whole = [*((shape, self.num_classes) for shape in shapes[:n]), *((shape, 4) for shape in shapes[n : 2 * n])]
        if self.ratio_permute and any(product(shape[1:]) % each != 0 for shape, each in whole):
            return "ratio_permute of a level that is not whole boxes"
        return super().lacks(site) or odd_priors(*(shapes[2 * n :] if n else shapes[2:3]))

    def formula(self, *xs: Array) -> Array:
        inputs = tuple(stop_gradient(x) for x in xs[: self.used(len(xs))])
        location, score, prior, *first = self.joined(inputs, self.num_classes) if self.levels(len(inputs)) else inputs
        prior, variance = boxes_and_variances(prior)
        (_, count, _), n, classes = prior.shape, location.shape[0], self.num_classes
        scores = reshape(score, (n, count, classes)).named("scores")
        if first:
            nothing = cut(reshape(first[0], (n, count, 2)), 2, 1, 2) < self.objectness_score
            only = cast(equal(align(iota(classes), 2, 3), 0), DType.FLOAT)
            scores = where(nothing, only, scores).named("scores")
        factor = 1.0 if self.variance_encoded_in_target else variance
        if len(first) > 1:
            moved = reshape(first[1], (n, count, 4)) * factor
            prior = decode_boxes(moved, prior, code_type=self.code_type).named("prior")
        lists = n if self.share_location else n * classes
        if not self.share_location:
            location = transpose(reshape(location, (n, count, classes, 4)), (0, 2, 1, 3))
            prior = reshape(tile(prior, 1, classes), (lists, count, 4)) if len(first) > 1 else prior
        boxes = decode_boxes(reshape(location, (lists, count, 4)) * factor, prior, code_type=self.code_type)
        nms = self.nms_param
        found = detections(
            boxes,
            scores,
            -math.inf if self.confidence_threshold is None else self.confidence_threshold,
            background_label_id=self.background_label_id,
            top_k=nms.top_k if nms.top_k is not None and nms.top_k >= 0 else None,
            nms_threshold=nms.nms_threshold,
            eta=nms.eta,
            keep_top_k=self.keep_top_k if self.keep_top_k >= 0 else None,
            share_location=self.share_location,
        )
        return or_nothing(found, scores)

    def used(self, bottoms: int) -> int:
        """How many of the bottoms count."""
        return 3 if bottoms == 4 else bottoms


class DetectionEvaluate(Layer):
    """How detections compare with annotations. A measure of training: compiled code leaves it out.

    Bottoms: detections 1×1×K×7 (image, class, score, x1, y1, x2, y2) and annotations 1×1×A×8 (image, class, number, x1,
    y1, x2, y2, difficult), up to the first whose image is −1. Detections of the class −1 do not count.
    Shape: 1×1×(classes + K)×5, which Caffe's solver makes an average precision of. First a row for each class but the
    background: −1, class, how many annotations it has, −1, −1. Then one for each detection, by image, class and score:
    image, class, score, and 1, 0 if it is right, 0, 1 if it is wrong. It is right if of all annotations of its image
    and class the one with the largest IoU reaches overlap_threshold, and no better detection has been right by that.
    Without evaluate_difficult_gt the difficult ones are not counted, and what meets one is neither right nor wrong.
    Where nothing is annotated of a class in an image, detections keep their order.
    Source: detection_evaluate_layer.cpp of the SSD fork.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "detection_evaluate_param"
    inside: ClassVar = frozenset({"resize_param"})
    is_metric: ClassVar = True
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    num_classes: UInt = Field(gt=0, description="how many classes there are, background among them")
    background_label_id: UInt = Field(0, description="the class that is nothing")
    overlap_threshold: float = Field(0.5, gt=0, description="the IoU from which a detection is right")
    evaluate_difficult_gt: bool = Field(True, description="whether annotations marked as difficult count")
    name_size_file: str = Field("", description="the names and sizes of images")
    resize_param: ResizeParameter | None = Field(None, description="how images were resized")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_rows(self.type_name(), site, {0: 7, 1: 8})
        return ((1, 1, VARYING, 5),)

    def lacks(self, site: CallSite) -> str:
        return "name_size_file: boxes in pixels of the images that a file names" if self.name_size_file else ""


def expect_rows(type_name: str, site: CallSite, widths: Mapping[int, int]) -> None:
    """Raises Refusal unless these bottoms are lists of rows, 1×1×n×width."""
    for i, width in widths.items():
        shape = site.bottoms[i]
        if len(shape) != 4:
            message = f"{type_name}'s bottom {i} is 1×1×n×{width}, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        expect_size(f"{type_name} needs rows of {width} numbers in bottom {i}", shape[3], width, (i,))
