"""Layers of eric612/MobileNet-YOLO that train YOLO version 3 and maps of classes beside it, or judge these."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, full_like, matrix, reshape, sigmoid, stop_gradient, total, vector, where
from netspec.layers.base import (
    CallSite,
    Count,
    Field,
    Formula,
    Layer,
    Positive,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    UInt,
)
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.detection.yolo import anchor_pairs
from netspec.layers.detection.yolo3_loss import yolo3_loss
from netspec.layers.detection.yolo_losses import annotated
from netspec.layers.fit import axes, expect_equal, expect_size
from netspec.layers.losses import per_item
from netspec.layers.requirements import equal_needed
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, product, show


class IouLoss(IntEnum):
    IOU = 0
    GIOU = 1
    MSE = 2


class Yolov3Loss(Layer):
    """What the losses of YOLO version 3 have in common."""

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "yolov3_param"
    bottoms: ClassVar = Count(2, 2)
    loss: ClassVar = True
    in_place: ClassVar = False
    ignored: ClassVar = {"side": UInt, "noobject_scale": float}
    numbers: ClassVar = 4  # how many numbers say a box

    num_class: Positive = Field(20, description="how many classes there are")
    num: Positive = Field(5, description="how many boxes a cell has")
    object_scale: float = Field(1.0, description="with use_logic_gradient: the weight of the scores of objects")
    class_scale: float = Field(1.0, description="the weight of classes")
    coord_scale: float = Field(5.0, description="the weight of locations")
    thresh: float = Field(0.2, description="the IoU above which a box without an object is not judged")
    anchors_scale: Positive = Field(32, description="how far cells are apart, in pixels")
    biases: tuple[float, ...] = Field((), description="width and height of boxes, in pixels of the net's input")
    mask: tuple[UInt, ...] = Field((), description="which pairs of biases the boxes have")
    use_logic_gradient: bool = Field(False, description="whether gradients go through the sigmoids")
    use_focal_loss: bool = Field(False, description="whether classes that are right already count less")
    iou_loss: IouLoss = Field(IouLoss.MSE, description="how boxes are compared: by their numbers (MSE), or IoU")
    iou_normalizer: float = Field(0.25, description="IOU, GIOU: the weight of boxes")
    iou_thresh: float | None = Field(None, description="of a later version; not supported")
    max_delta: float | None = Field(None, description="of a later version; not supported")
    accumulate: bool | None = Field(None, description="of a later version; not supported")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        name, shape, label = self.type_name(), *site.bottoms
        if len(shape) != 4:
            message = f"{name} takes predictions N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(shape)))
        wanted = self.num * (self.numbers + 1 + self.num_class)
        message = f"{name} needs num·({self.numbers + 1} + num_class) = {wanted} channels, not {shape[1]}"
        expect_size(message, shape[1], wanted, (0,))
        if not label or product(label[1:]) % 5 != 0:
            message = f"{name} takes annotations N×1×A×5 (class, x, y, width, height), not {show(label)}"
            raise Refusal(BadDimensions, message, bottoms={1: ""})
        expect_size(f"{name} needs annotations for each item: {show(label)}", label[0], shape[0], (0, 1))
        self.all_anchors()
        return ((),)

    def all_anchors(self) -> tuple[tuple[float, float], ...]:
        """Width and height of all boxes, in pixels."""
        if len(self.mask) < self.num:
            message = f"mask needs num = {self.num} entries, has {len(self.mask)}"
            raise Refusal(EntryCount, message, fields=("mask", "num"), help="say which biases the boxes have")
        return anchor_pairs(self.biases, 1 + max(self.mask[: self.num]))

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Annotations of objects."""
        numbers = product(site.bottoms[1][1:])
        box = ((0.1, 0.9),) * 4
        return {1: ((0, self.num_class), *box) * (numbers // 5)} if isinstance(numbers, int) else {}


class Yolov3(Yolov3Loss, Formula):
    """How far the predictions of YOLO version 3 are from annotations: the sum of the squares of what follows, by N. For
    training.

    Bottoms: predictions N×(num·(5 + num_class))×H×W, for each box x, y, width, height, object, classes, with a box as
    Yolov3DetectionOutput has it; and annotations of each item, rows of class, x, y, width and height, as AnnotatedData
    makes them with yolo_data_type 1. They end where x is 0.
    - Each box has o = sigmoid(object), or 0 if its IoU with an annotation is above thresh.
    - An annotation, up to one whose width is 0, belongs to the cell its middle is in, and there to the box whose bias
      has the largest IoU with it if both stand on one middle. If mask does not name that bias it is not of this bottom.
    - Such a box has k·(sigmoid(x) − tx), y likewise, k·(width − log(tw / bias)), height likewise, with
      k = coord_scale·(2 − tw·th); o − 1, times object_scale with use_logic_gradient; and class_scale·(p − 1 for its
      class, else p), p = sigmoid(class). With use_focal_loss the latter are multiplied by
      0.5·(p − 1)·(2·p·log p + p − 1) for the p of the class.
    - Of two annotations of a box the last one counts; but of classes all are from the first, and those of the others
      have p − 1 each.
    - With IOU or GIOU the numbers of a box are −iou_normalizer times the derivatives of its IoU, for GIOU less the
      share that neither covers of the smallest box around both; in their place 1 − GIOU counts, times iou_normalizer.
    Shape: a scalar. Its gradient is not that of the sum, but the numbers themselves, by N, as in the fork; with
    use_logic_gradient times s·(1 − s) but for width and height, where s is the sigmoid, for x and y with IOU and GIOU
    what is predicted.
    Source: yolov3_layer.cpp of eric612/MobileNet-YOLO. Its first versions have MSE alone; one has GIOU where a net does
    not say.
    """

    def formula(self, prediction: Array, annotations: Array) -> Array:
        n, mask, by_overlap = prediction.shape[0], self.mask[: self.num], self.iou_loss is not IouLoss.MSE
        x = reshape(prediction, (n, self.num, 5 + self.num_class, *prediction.shape[2:]))
        table = reshape(stop_gradient(annotations), (n, product(annotations.shape[1:]) // 5, 5)).named("table")
        biases = [[side / self.anchors_scale for side in pair] for pair in self.all_anchors()]
        return yolo3_loss(
            x,
            annotated(table, 1),
            annotated(table, 3),
            matrix(biases),
            vector(mask),
            self.thresh,
            self.coord_scale,
            self.object_scale if self.use_logic_gradient else 1.0,
            self.class_scale,
            self.iou_normalizer if by_overlap else 1.0,
            focal=self.use_focal_loss,
            logistic=self.use_logic_gradient,
            overlap=self.iou_loss.name.lower() if by_overlap else "",
            classes=bool(self.class_scale),
        )

    def lacks(self, site: CallSite) -> str:
        later = [name for name in ("iou_thresh", "max_delta", "accumulate") if self.has(name)]
        return f"{later[0]}, which a later version of the fork has" if later else ""


class GaussianYolov3(Yolov3Loss):
    """As Yolov3, of boxes of which each number comes with how sure it is. For training.

    Bottoms: predictions N×(num·(9 + num_class))×H×W, for each box x, y, width, height, each followed by its deviation,
    object, classes; and annotations as for Yolov3. Shape: a scalar.
    Source: gaussian_yolov3_layer.cpp of eric612/MobileNet-YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    numbers: ClassVar = 8
    unsupported: ClassVar = "versions of the fork differ in what it is"


class YoloSeg(LossLayer):
    """Σ d² / N with d = scale·(sigmoid(x) − t), for maps of classes: t is 1 where there is one. N is the batch size.

    The scale is object_scale; with a third bottom, which has how much each class covers in each item, it is where
    t > 0.5 object_scale·(2 − c), with c how much the class covers in the batch by how much it does not.
    Bottoms: x and t, N×C×H×W, and perhaps N×C. Its gradient is not that of the sum, but d / N, as in the fork.
    Source: yolo_seg.cpp of eric612/MobileNet-YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "yolo_seg_param"
    bottoms: ClassVar = Count(2, 3)
    ignored: ClassVar = {"num_class": UInt, "class_scale": float, "use_logic_gradient": bool, "use_hardsigmoid": bool}

    object_scale: float = Field(5.0, description="the weight of differences")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms)

    def formula(self, x: Array, target: Array, covered: Array | None = None) -> Array:
        if x.rank != 4:
            message = f"YoloSeg takes maps N×C×H×W, not {show(x.shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(x.rank))
        expect_equal("YoloSeg needs bottoms of equal shape", (x.shape, target.shape), 1)
        target = stop_gradient(target).named("target")
        difference = stop_gradient(sigmoid(x)) - target
        if covered is None:
            difference = self.object_scale * difference
        else:
            scale = self._scales(x, stop_gradient(covered))
            difference = where(target > 0.5, scale, self.object_scale) * difference
        difference = difference.named("difference")
        pull = per_item(x * difference).named("pull")
        return per_item(difference**2) + (pull - stop_gradient(pull))

    def _scales(self, x: Array, covered: Array) -> Array:
        """The weight of each class where it is, 1×C×1×1."""
        items, classes = x.shape[:2]
        message = f"YoloSeg needs a number for each item and class: {show((items, classes))}, not {show(covered.shape)}"
        expect_size(message, product(covered.shape), product((items, classes)), (0, 2))
        covered = reshape(covered, (items, classes, 1, 1))
        there = total(covered, (0,), keepdims=True).named("there")
        places = total(full_like(stop_gradient(x), 1.0), (0, 2, 3), keepdims=True)
        return (self.object_scale * (2 - there / (places - there))).named("scale")


class AssistedExcitation(Layer):
    """y = x + a·m in every channel where an object is annotated, y = x elsewhere; a falls from 1 to 0 in training.

    Bottoms: x, N×C×H×W, annotations as for Yolov3, and m, N×1×H×W or N×H×W. Shape: that of x.
    Source: assisted_excitation_layer.cpp of eric612/MobileNet-YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    bottoms: ClassVar = Count(3, 3)
    in_place: ClassVar = False
    unsupported: ClassVar = "it depends on the step of training, which a compiled model does not know"

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, _, mean = site.bottoms
        mean = (mean[0], 1, *mean[1:]) if len(mean) == 3 else mean
        for i, shape in ((0, x), (2, mean)):
            if len(shape) != 4:
                message = f"AssistedExcitation takes N×C×H×W as bottom {i}, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        one: Dim = 1
        message = f"AssistedExcitation needs a number for each place of bottom 0, N×1×H×W, not {show(mean)}"
        expect_equal(message, ((x[0], one, *x[2:]), mean), 1)
        return (x,)


class SegmentationEvaluate(Layer):
    """How maps of classes compare with annotated ones. A measure of training: compiled code leaves it out.

    Bottoms: maps N×C×H×W and annotated maps N×C×H'×W', to whose size Caffe brings the first. Shape: 1×1×1×C, the
    IoU of each class. Source: segmentation_evaluate_layer.cpp of eric612/MobileNet-YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "segmentation_evaluate_param"
    is_metric: ClassVar = True
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    num_classes: UInt = Field(1, description="how many classes there are")
    threshold: float = Field(0.5, description="from which number on a class is there")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"SegmentationEvaluate takes maps N×C×H×W, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        return ((1, 1, 1, site.bottoms[1][1]),)
