"""Layers of YOLO in its forks of Caffe: they train or judge a detector, or find boxes in what it predicts."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, concat, matrix, reshape, stop_gradient
from netspec.layers.base import ANY_NUMBER, CallSite, Count, Field, Formula, Layer, Message, Positive, Refusal, UInt
from netspec.layers.detection.selection import or_nothing, yolo_detections
from netspec.layers.detection.yolo_losses import (
    annotated,
    annotated_rows,
    boxes_by_cell,
    region_loss,
    scores_by_cell,
)
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Shape, product, show


class RegionLossParameter(Message):
    """What the loss of YOLO version 2 is made of."""

    side: UInt = Field(default=13, description="how many cells there are on an axis")
    num_class: UInt = Field(default=20, description="how many classes there are")
    bias_match: UInt = Field(default=1, description="whether sizes of annotations are compared with biases")
    coords: UInt = Field(default=4, description="how many numbers say a box")
    num: UInt = Field(default=5, description="how many boxes a cell has")
    softmax: UInt = Field(default=1, description="whether classes exclude each other")
    jitter: float = Field(default=0.2, description="how much images are moved")
    rescore: UInt = Field(default=1, description="whether a box should score its IoU")
    object_scale: float = Field(default=1.0, description="the weight of the scores of boxes with an object")
    class_scale: float = Field(default=1.0, description="the weight of classes")
    noobject_scale: float = Field(default=0.5, description="the weight of the scores of boxes without an object")
    coord_scale: float = Field(default=5.0, description="the weight of locations")
    absolute: UInt = Field(default=1, description="has no effect in the forks")
    thresh: float = Field(default=0.2, description="the IoU above which a box without an object is not judged")
    random: UInt = Field(default=1, description="whether image sizes change")
    biases: tuple[float, ...] = Field(default=(), description="width and height of each of a cell's boxes, in cells")
    softmax_tree: str = Field(default="", description="a file with the tree of classes")
    class_map: str = Field(default="", description="a file that maps classes")


class RegionLoss(Formula):
    """How far the predictions of YOLO version 2 are from annotations: the sum of the squares of what follows. For
    training.

    Bottoms: predictions N×(num·(5 + num_class))×H×W, for each box x, y, width, height, object, classes, with a box as
    YoloDetectionOutput has it; and annotations, either 1×1×A×8 as AnnotatedData makes them, with classes from 1, or N×M
    with rows of class, x, y, width and height, of which an item's end where x is 0. Of N×1×A×5, as AnnotatedData makes
    them with yolo_data_type 1, the sum is divided by N, and without rescore locations have 2 − tw·th times the weight.
    - An annotation belongs to the cell its middle is in, and there to the box whose bias, or without bias_match whose
      size, has the largest IoU with it if both stand on one middle. Of two of a box the last one counts.
    - Such a box has coord_scale·(sigmoid(x) − tx)·sigmoid′(x), y likewise, coord_scale·(width − log(tw / bias)), height
      likewise, object_scale·(o − t)·o·(1 − o) for o = sigmoid(object), t the IoU with the annotation, or 1 without
      rescore, and class_scale·(p − 1 for its class, else p) with p from a softmax over classes.
    - Any other box whose IoU with all annotations is at most thresh has noobject_scale·o²·(1 − o).
    Shape: a scalar. Its gradient is not that of the sum, but the numbers themselves, by N, as in the forks.
    What the forks add for the first 12800 images, which draws all boxes to their biases, is left out.
    Source: region_loss_layer.cpp of choasup/caffe-yolo9000, of PerfXLab/caffe for annotations of AnnotatedData, and of
    eric612/MobileNet-YOLO for those with yolo_data_type 1.
    """

    edition: ClassVar = "mobilenet-yolo"
    bottoms: ClassVar = Count(2, None)
    loss: ClassVar = True

    region_loss_param: RegionLossParameter = Field(
        RegionLossParameter.model_construct(), description="what the loss is made of"
    )

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if len(site.bottoms[0]) != 4:
            shape = site.bottoms[0]
            message = f"RegionLoss takes predictions N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(shape)))
        param = self.region_loss_param
        wanted = param.num * (param.coords + 1 + param.num_class)
        message = f"RegionLoss needs num·(coords + 1 + num_class) = {wanted} channels, not {site.bottoms[0][1]}"
        expect_size(message, site.bottoms[0][1], wanted, (0,))
        label = site.bottoms[1]
        if not self.rows(site):
            numbers = product(label[1:])
            expect_size(
                f"RegionLoss needs annotations for each item: {show(label)}", label[0], site.bottoms[0][0], (0, 1)
            )
            if numbers % 5 != 0:
                message = f"RegionLoss takes annotations 1×1×A×8, or N×M with 5 numbers each, not {show(label)}"
                raise Refusal(BadDimensions, message, bottoms={1: ""})
        if param.biases:
            self.anchors()
        return ((),)

    def formula(self, prediction: Array, annotations: Array, *_: Array) -> Array:
        param, site = self.region_loss_param, CallSite((prediction.shape, annotations.shape))
        n = prediction.shape[0]
        x = reshape(prediction, (n, param.num, 5 + param.num_class, *prediction.shape[2:]))
        table, numbers = stop_gradient(annotations), product(annotations.shape)
        if self.rows(site):
            truths = annotated_rows(x, reshape(table, (1, numbers // 8, 8)))
        else:
            truths = annotated(reshape(table, (n, product(annotations.shape[1:]) // 5, 5)), 1)
        return region_loss(
            x,
            truths,
            matrix(self.anchors()),
            param.thresh,
            param.coord_scale,
            param.object_scale,
            param.noobject_scale,
            param.class_scale,
            by_bias=bool(param.bias_match),
            rescore=bool(param.rescore),
            averaged=self.averaged(site),
        )

    def rows(self, site: CallSite) -> bool:
        """Whether annotations are rows of eight, as AnnotatedData makes them."""
        label = site.bottoms[1]
        return len(label) == 4 and label[1] == 1 and label[3] == 8

    def averaged(self, site: CallSite) -> bool:
        """Whether the layer is that of MobileNet-YOLO, by the annotations that it makes."""
        label = site.bottoms[1]
        return len(label) == 4 and label[1] == 1 and label[3] == 5

    def anchors(self) -> tuple[tuple[float, float], ...]:
        """Width and height of each of a cell's boxes, in cells."""
        return anchor_pairs(self.region_loss_param.biases, self.region_loss_param.num)[: self.region_loss_param.num]

    def lacks(self, site: CallSite) -> str:
        param = self.region_loss_param
        reasons = {
            "a box of more or less than 4 coords": param.coords != 4,
            "softmax_tree, a file": bool(param.softmax_tree),
            "class_map, a file": bool(param.class_map),
            "no biases": not param.biases,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Annotations of objects."""
        items, classes, label = site.bottoms[0][0], self.region_loss_param.num_class, site.bottoms[1]
        if self.rows(site):
            box = ((0, 0.4), (0, 0.4), (0.6, 1), (0.6, 1))
            return {1: ((0, items), (1, classes + 1), (0, 9), *box, (0, 0))} if isinstance(items, int) else {}
        numbers = product(label[1:])
        box = ((0.1, 0.9),) * 4
        return {1: ((0, classes), *box) * (numbers // 5)} if isinstance(numbers, int) else {}


class ScoreType(IntEnum):
    OBJ = 0
    PROB = 1
    MULTIPLY = 2


class EvalDetection(Layer):
    """How the boxes that YOLO predicts compare with annotations. A measure of training: compiled code leaves it out.

    Bottoms: predictions, annotations, and in some forks the image. Shape: N×(num_class + side²·num_object·4) by the
    source; here N×?, since the forks differ. Source: eval_detection_layer.cpp of the YOLO forks.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "eval_detection_param"
    is_metric: ClassVar = True
    bottoms: ClassVar = Count(2, 3)
    in_place: ClassVar = False

    side: UInt = Field(7, description="how many cells there are on an axis")
    num_class: UInt = Field(20, description="how many classes there are")
    num_object: UInt = Field(2, description="how many boxes a cell has")
    threshold: float = Field(0.5, description="the IoU from which a box is right")
    sqrt: bool = Field(True, description="whether roots of width and height are predicted")
    constriant: bool = Field(True, description="whether the middle of a box lies in its cell")
    score_type: ScoreType = Field(
        ScoreType.MULTIPLY, description="the score: of an object, of its class, or their product"
    )
    nms: float = Field(-1.0, description="NMS drops boxes whose IoU with a better one exceeds this; -1 is none")
    biases: tuple[float, ...] = Field((), description="width and height of each of a cell's boxes, in cells")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if not site.bottoms[0]:
            raise Refusal(BadDimensions, "EvalDetection takes predictions N×…, not a scalar", bottoms={0: ""})
        return ((site.bottoms[0][0], VARYING),)


class YoloDetectionOutput(Formula):
    """What YOLO version 2 has found: the boxes it predicts, decoded, after non-maximum suppression (NMS).

    Bottoms: predictions N×(num_box·(5 + num_classes))×S×S, for each box x, y, width, height, object, classes. Of a box
    in column i and row j the middle is (i + sigmoid(x)) / S and (j + sigmoid(y)) / S, the width exp(width)·bias / S,
    the height likewise. The score is sigmoid(object) times that of the best class, by a softmax; it has to reach
    confidence_threshold. Boxes of all classes and items go through NMS together, best first: one whose IoU with a box
    kept is nms_threshold or more is dropped. Of bottoms the first two count.
    Shape: 1×1×K×7, where K depends on the data; a row is 0, class + 1, score, x1, y1, x2, y2, by score. If nothing is
    found there is a row of −1 for each item, with its number. No gradient.
    Source: yolo_detection_output_layer.cpp of the MobileNet-YOLO fork.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "yolo_detection_output_param"
    bottoms: ClassVar = ANY_NUMBER
    in_place: ClassVar = False
    ignored: ClassVar = {"side": UInt, "coords": UInt, "label_map_file": str}

    num_classes: UInt = Field(20, gt=0, description="how many classes there are")
    num_box: UInt = Field(5, gt=0, description="how many boxes a cell has")
    confidence_threshold: float = Field(0.01, description="the score that a box must reach")
    nms_threshold: float = Field(0.45, ge=0, description="NMS drops boxes whose IoU with a better one reaches this")
    biases: tuple[float, ...] = Field((), description="width and height of each of a cell's boxes, in cells")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        found = _found(self, site, self.num_box, 5 + self.num_classes)
        for i, (*_, rows, columns) in enumerate(site.bottoms):
            message = f"YoloDetectionOutput takes as many rows of cells as columns, not {rows} and {columns}"
            expect_size(message, rows, columns, (i,))
        self.anchors()
        return found

    def formula(self, *xs: Array) -> Array:
        biases = [self.anchors()] * 2
        return _detected(xs[:2], biases, self.confidence_threshold, self.nms_threshold, exclusive=True)

    def anchors(self) -> tuple[tuple[float, float], ...]:
        """Width and height of each of a cell's boxes, in cells."""
        return anchor_pairs(self.biases, self.num_box)[: self.num_box]


class Yolov3DetectionOutput(Formula):
    """What YOLO version 3 has found: the boxes it predicts, decoded, after non-maximum suppression (NMS).

    Bottoms: predictions N×(num_box·(5 + num_classes))×H×W, of several sizes, for each box x, y, width, height, object,
    classes. Of a box in column i and row j the middle is (i + sigmoid(x)) / W and (j + sigmoid(y)) / H, the width
    exp(width)·bias / (W·anchors_scale), the height likewise. A bottom's biases are the pairs that its part of mask
    names. A box counts once for each class whose score, sigmoid(object)·sigmoid(class), is above confidence_threshold.
    Boxes of all classes and items go through NMS together, best first: one whose IoU with a box kept is nms_threshold
    or more is dropped.
    Shape: 1×1×K×7, where K depends on the data; a row is 0, class + 1, score, x1, y1, x2, y2, by score. If nothing is
    found there is a row of −1 for each item, with its number. No gradient.
    Source: yolov3_detection_output_layer.cpp of the MobileNet-YOLO fork.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "yolov3_detection_output_param"
    bottoms: ClassVar = ANY_NUMBER
    in_place: ClassVar = False

    num_classes: Positive = Field(20, description="how many classes there are")
    num_box: Positive = Field(3, description="how many boxes a cell has")
    confidence_threshold: float = Field(0.01, description="the score that a box must exceed")
    nms_threshold: float = Field(0.45, ge=0, description="NMS drops boxes whose IoU with a better one reaches this")
    biases: tuple[float, ...] = Field((), description="width and height of boxes, in pixels of the net's input")
    anchors_scale: tuple[Positive, ...] = Field((), description="how far cells are apart in each bottom, in pixels")
    mask_group_num: Positive = Field(2, description="how many bottoms mask is for")
    mask: tuple[UInt, ...] = Field((), description="which pairs of biases the boxes of each bottom have")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        count, found = len(site.bottoms), _found(self, site, self.num_box, 5 + self.num_classes)
        if self.mask_group_num != count:
            message = f"Yolov3DetectionOutput has {count} bottoms and mask_group_num {self.mask_group_num}"
            raise Refusal(EntryCount, message, fields=("mask_group_num",), help=f"write mask_group_num: {count}")
        if len(self.anchors_scale) < count:
            message = f"Yolov3DetectionOutput has {count} bottoms and {len(self.anchors_scale)} anchors_scale"
            raise Refusal(EntryCount, message, fields=("anchors_scale",), help="give one for each bottom")
        self.anchors(count)
        return found

    def formula(self, *xs: Array) -> Array:
        pairs = zip(self.anchors(len(xs)), self.anchors_scale, strict=False)
        biases = [[(width / stride, height / stride) for width, height in sizes] for sizes, stride in pairs]
        return _detected(xs, biases, self.confidence_threshold, self.nms_threshold, exclusive=False)

    def anchors(self, bottoms: int) -> tuple[tuple[tuple[float, float], ...], ...]:
        """For each bottom, width and height of a cell's boxes, in pixels."""
        each = len(self.mask) // self.mask_group_num
        needed = each * (bottoms - 1) + self.num_box
        if len(self.mask) < needed:
            message = f"mask needs {each}·{bottoms - 1} + {self.num_box} = {needed} entries, has {len(self.mask)}"
            raise Refusal(EntryCount, message, fields=("mask",), help="give num_box of them for each bottom")
        used = [self.mask[each * i : each * i + self.num_box] for i in range(bottoms)]
        pairs = anchor_pairs(self.biases, 1 + max(number for numbers in used for number in numbers))
        return tuple(tuple(pairs[number] for number in numbers) for numbers in used)


def anchor_pairs(biases: tuple[float, ...], least: int) -> tuple[tuple[float, float], ...]:
    """Width and height of boxes. Raises Refusal for fewer than `least`."""
    if len(biases) < 2 * least:
        message = f"biases needs at least 2·{least} = {2 * least} entries, has {len(biases)}"
        raise Refusal(EntryCount, message, fields=("biases",), help="give a width and a height for each box")
    return tuple(zip(biases[::2], biases[1::2], strict=False))


def _found(layer: Layer, site: CallSite, boxes: int, numbers: int) -> tuple[Shape, ...]:
    for i, shape in enumerate(site.bottoms):
        if len(shape) != 4:
            message = f"{layer.type_name()} takes predictions N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        channels = boxes * numbers
        message = f"{layer.type_name()} needs {channels} channels for its boxes and classes, not {shape[1]}"
        expect_size(message, shape[1], channels, (i,))
    return ((1, 1, VARYING, 7),)


def _detected(
    predictions: Sequence[Array],
    biases: Sequence[Sequence[tuple[float, float]]],
    confidence_threshold: float,
    nms_threshold: float,
    exclusive: bool,
) -> Array:
    """What is found in all that is predicted. biases: for each prediction those of a cell's boxes, in cells."""
    boxes: list[Array] = []
    scores: list[Array] = []
    for x, sizes in zip(predictions, biases, strict=False):
        n, channels, *space = x.shape
        count = len(sizes)
        x = reshape(stop_gradient(x), (n, count, channels // count, *space)).named("prediction")
        boxes.append(boxes_by_cell(x, matrix(sizes)))
        scores.append(scores_by_cell(x, exclusive=exclusive).named("scores"))
    # Boxes of all items go through NMS together.
    rows = (concat([reshape(x, (1, VARYING, x.shape[2])) for x in each], 1) for each in (boxes, scores))
    found = yolo_detections(*rows, confidence_threshold, nms_threshold=nms_threshold, exclusive=exclusive)
    return or_nothing(found, scores[0])
