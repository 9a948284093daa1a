"""Layers of YOLO in its forks of Caffe: they train or judge a detector, or find boxes in what it predicts."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from pydantic import Field

from netspec.layers.base import Count, Layer, Message, Positive, Refusal, Site, UInt
from netspec.layers.fit import axes, expect_size
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Shape, show


class RegionLossParameter(Message):
    """What the loss of YOLO version 2 is made of."""

    side: UInt = Field(default=13, description="how many cells there are on an axis")
    num_class: UInt = Field(default=20, description="how many classes there are")
    bias_match: UInt = Field(default=1, description="whether sizes of annotations are compared with biases")
    coords: UInt = Field(default=4, description="how many numbers say a box")
    num: UInt = Field(default=5, description="how many boxes a cell has")
    softmax: UInt = Field(default=1, description="whether classes exclude each other")
    jitter: float = Field(default=0.2, description="how much images are moved")
    rescore: UInt = Field(default=1, description="whether a box should score its overlap")
    object_scale: float = Field(default=1.0, description="the weight of the scores of boxes with an object")
    class_scale: float = Field(default=1.0, description="the weight of classes")
    noobject_scale: float = Field(default=0.5, description="the weight of the scores of boxes without an object")
    coord_scale: float = Field(default=5.0, description="the weight of locations")
    absolute: UInt = Field(default=1, description="has no effect in the forks")
    thresh: float = Field(default=0.2, description="the overlap from which a box without an object is not judged")
    random: UInt = Field(default=1, description="whether image sizes change")
    biases: tuple[float, ...] = Field(default=(), description="width and height of each of a cell's boxes, in cells")
    softmax_tree: str = Field(default="", description="a file with the tree of classes")
    class_map: str = Field(default="", description="a file that maps classes")


class RegionLoss(Layer):
    """How far the predictions of YOLO version 2 are from annotations. For training: a compiled model has no meaning
    for it.

    Bottoms: predictions N×(num·(coords + 1 + num_class))×side×side, and annotations. Shape: a scalar.
    Source: region_loss_layer.cpp of the yolov2 forks (choasup/caffe-yolo9000, eric612).
    """

    unsupported: ClassVar = "this loss is not there yet; load the net without the layer"
    bottoms: ClassVar = Count(2, None)
    loss: ClassVar = True

    region_loss_param: RegionLossParameter = Field(
        RegionLossParameter.model_construct(), description="what the loss is made of"
    )

    def infer(self, site: Site) -> tuple[Shape, ...]:
        if len(site.bottoms[0]) != 4:
            shape = site.bottoms[0]
            message = f"RegionLoss takes predictions N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(shape)))
        param = self.region_loss_param
        wanted = param.num * (param.coords + 1 + param.num_class)
        message = f"RegionLoss needs num·(coords + 1 + num_class) = {wanted} channels, not {site.bottoms[0][1]}"
        expect_size(message, site.bottoms[0][1], wanted, (0,))
        return ((),)


class ScoreType(IntEnum):
    OBJ = 0
    PROB = 1
    MULTIPLY = 2


class EvalDetection(Layer):
    """How the boxes that YOLO predicts compare with annotations. A measure of training: compiled code leaves it out.

    Bottoms: predictions, annotations, and in some forks the image. Shape: N×(num_class + side²·num_object·4) by the
    source; here N×?, since the forks differ. Source: eval_detection_layer.cpp of the YOLO forks.
    """

    message: ClassVar = "eval_detection_param"
    measures: ClassVar = True
    bottoms: ClassVar = Count(2, 3)
    in_place: ClassVar = False

    side: UInt = Field(7, description="how many cells there are on an axis")
    num_class: UInt = Field(20, description="how many classes there are")
    num_object: UInt = Field(2, description="how many boxes a cell has")
    threshold: float = Field(0.5, description="the overlap from which a box is right")
    sqrt: bool = Field(True, description="whether roots of width and height are predicted")
    constriant: bool = Field(True, description="whether the middle of a box lies in its cell")
    score_type: ScoreType = Field(
        ScoreType.MULTIPLY, description="the score: of an object, of its class, or their product"
    )
    nms: float = Field(-1.0, description="boxes that overlap by more than this exclude each other; -1 is none")
    biases: tuple[float, ...] = Field((), description="width and height of each of a cell's boxes, in cells")

    def infer(self, site: Site) -> tuple[Shape, ...]:
        if not site.bottoms[0]:
            raise Refusal(BadDimensions, "EvalDetection takes predictions N×…, not a scalar", bottoms={0: ""})
        return ((site.bottoms[0][0], VARYING),)


class YoloDetectionOutput(Layer):
    """What YOLO version 2 has found. Shape: 1×1×K×7, where K depends on the data; as DetectionOutput.

    Bottom: predictions N×(num_box·(coords + 1 + num_classes))×H×W.
    Source: yolo_detection_output_layer.cpp of the MobileNet-YOLO fork.
    """

    message: ClassVar = "yolo_detection_output_param"
    unsupported: ClassVar = "this search for boxes is not there yet; remove the layer, and ask for its bottoms"
    bottoms: ClassVar = Count(1, None)
    in_place: ClassVar = False

    side: UInt = Field(13, description="how many cells there are on an axis")
    num_classes: UInt = Field(20, gt=0, description="how many classes there are")
    num_box: UInt = Field(5, gt=0, description="how many boxes a cell has")
    coords: UInt = Field(4, description="how many numbers say a box")
    confidence_threshold: float = Field(0.01, description="the score that a box must exceed")
    nms_threshold: float = Field(0.45, ge=0, description="boxes that overlap by more than this exclude each other")
    biases: tuple[float, ...] = Field((), description="width and height of each of a cell's boxes, in cells")
    label_map_file: str = Field("", description="the names of classes; has no effect here")

    def infer(self, site: Site) -> tuple[Shape, ...]:
        return _found(self, site, self.num_box * (self.coords + 1 + self.num_classes))


class Yolov3DetectionOutput(Layer):
    """What YOLO version 3 has found. Shape: 1×1×K×7, where K depends on the data; as DetectionOutput.

    Bottoms: predictions N×(num_box·(5 + num_classes))×H×W, at several sizes.
    Source: yolov3_detection_output_layer.cpp of the MobileNet-YOLO fork.
    """

    message: ClassVar = "yolov3_detection_output_param"
    unsupported: ClassVar = "this search for boxes is not there yet; remove the layer, and ask for its bottoms"
    bottoms: ClassVar = Count(1, None)
    in_place: ClassVar = False

    num_classes: Positive = Field(20, description="how many classes there are")
    num_box: Positive = Field(3, description="how many boxes a cell has")
    confidence_threshold: float = Field(0.01, description="the score that a box must exceed")
    nms_threshold: float = Field(0.45, ge=0, description="boxes that overlap by more than this exclude each other")
    biases: tuple[float, ...] = Field((), description="width and height of boxes, in pixels of the net's input")
    anchors_scale: tuple[UInt, ...] = Field((), description="how far cells are apart in each bottom, in pixels")
    mask_group_num: UInt = Field(2, description="how many bottoms mask tells apart")
    mask: tuple[UInt, ...] = Field((), description="which of the biases the boxes of each bottom have")

    def infer(self, site: Site) -> tuple[Shape, ...]:
        return _found(self, site, self.num_box * (5 + self.num_classes))


def _found(layer: Layer, site: Site, channels: int) -> tuple[Shape, ...]:
    for i, shape in enumerate(site.bottoms):
        if len(shape) != 4:
            message = f"{layer.type_name()} takes predictions N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        message = f"{layer.type_name()} needs {channels} channels for its boxes and classes, not {shape[1]}"
        expect_size(message, shape[1], channels, (i,))
    return ((1, 1, VARYING, 7),)
