"""Layers of single-shot detectors: detections from what a net predicts for each prior box.

A box is (x1, y1, x2, y2), in parts of the image's width and height. Source: the SSD fork (weiliu89/caffe).
"""

import math
from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, DType, align, cast, cut, equal, iota, reshape, stop_gradient, tile, transpose, where
from netspec.layers.base import CallSite, Count, Field, Layer, Message, Refusal, UInt
from netspec.layers.detection.geometry import CodeType, boxes_and_variances, decode_boxes, odd_priors
from netspec.layers.detection.levels import ByLevels
from netspec.layers.detection.selection import detections, or_nothing
from netspec.layers.fit import axes, expect_size
from netspec.layers.readers.augment import ResizeParameter
from netspec.layers.readers.transform import ForksTransformation
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Shape, product, show


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
    Cascade R-CNN's has a third bottom, height and width of the image, 1×2, and needs name_size_file: detections K×7 and
    annotations A×8 are in pixels, its top R×5×1×1.
    Source: detection_evaluate_layer.cpp of the SSD fork, and of zhaoweicai/cascade-rcnn.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "detection_evaluate_param"
    inside: ClassVar = frozenset({"resize_param"})
    is_metric: ClassVar = True
    bottoms: ClassVar = Count(2, 3)
    in_place: ClassVar = False

    num_classes: UInt = Field(gt=0, description="how many classes there are, background among them")
    background_label_id: UInt = Field(0, description="the class that is nothing")
    overlap_threshold: float = Field(0.5, gt=0, description="the IoU from which a detection is right")
    evaluate_difficult_gt: bool = Field(True, description="whether annotations marked as difficult count")
    name_size_file: str = Field("", description="the names and sizes of images")
    resize_param: ResizeParameter | None = Field(None, description="how images were resized")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if len(site.bottoms) > 2:
            return self._in_pixels(site)
        expect_rows(self.type_name(), site, {0: 7, 1: 8})
        return ((1, 1, VARYING, 5),)

    def _in_pixels(self, site: CallSite) -> tuple[Shape, ...]:
        """Cascade R-CNN's."""
        if not self.name_size_file:
            message = "DetectionEvaluate with the size of an image needs a file with the sizes of all"
            raise Refusal(MissingField, message, fields=("name_size_file",), bottoms={2: ""})
        for i, width in enumerate((7, 8, 2)):
            shape = site.bottoms[i]
            message = f"DetectionEvaluate needs rows of {width} numbers in bottom {i}, not {show(shape)}"
            expect_size(message, product(shape[1:]), width, (i,))
        return ((VARYING, 5, 1, 1),)

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
