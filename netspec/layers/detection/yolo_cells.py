"""Losses of YOLO versions 2 and 3 in Synopsys' fork, whose annotations come cell by cell."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netspec.arrays import Array, cut, matrix, reshape, stop_gradient, vector
from netspec.layers.base import CallSite, Count, Field, Formula, Message, Positive, Refusal
from netspec.layers.detection.yolo_cells_loss import annotated_cells, cell_loss
from netspec.layers.fit import axes, counted, expect_size
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, product, show


class CellLossParameter(Message):
    """What both have in common."""

    side: Positive = Field(description="S: how many cells there are on an axis")
    num_classes: Positive = Field(description="how many classes there are")
    num_object: Positive = Field(description="how many boxes a cell has")


class YoloV2LossParameter(CellLossParameter):
    """What the loss of version 2 is made of."""

    anchors: tuple[float, ...] = Field((), description="width and height of each of a cell's boxes, in cells")
    box_scale: float = Field(0.5, description="the weight of locations")
    class_scale: float = Field(0.5, description="the weight of classes")
    noobject_scale: float = Field(0.5, description="the weight of the scores of boxes without an object")
    object_scale: float = Field(0.5, description="the weight of the scores of boxes with an object")
    rescore: bool = Field(True, description="whether a box should score its IoU")
    constraint: bool = Field(True, description="no effect in the fork")
    thresh: float = Field(0.7, description="the IoU above which a box without an object is not judged")


class YoloV3LossParameter(CellLossParameter):
    """What the loss of version 3 is made of."""

    anchors: tuple[int, ...] = Field((), description="width and height of boxes, in pixels of the net's input")
    mask: tuple[int, ...] = Field((), description="which pairs of anchors the boxes have")
    total_object: Positive = Field(description="how many pairs of anchors there are")
    ignore_thresh: float = Field(0.7, description="the IoU above which a box without an object is not taught")
    truth_thresh: float = Field(1.0, description="the IoU from which it counts as an object; below 1 not supported")
    net_w: Positive = Field(description="the width of the net's input")
    net_h: Positive = Field(description="its height; for a mask from 6, 3 or 0 on both are S times 32, 16 or 8")


class CellLoss(Formula):
    """The rules of both."""

    bottoms: ClassVar = Count(2, 2)
    loss: ClassVar = True
    in_place: ClassVar = False

    def param(self) -> YoloV2LossParameter | YoloV3LossParameter:
        raise NotImplementedError

    def sizes(self) -> tuple[tuple[float, float], ...]:
        """Width and height of anchors, in parts of the image. Raises Refusal."""
        raise NotImplementedError

    def boxes(self) -> tuple[int, ...]:
        """Which of the anchors the boxes of a cell have. Raises Refusal."""
        return tuple(range(self.param().num_object))

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        name, param, (shape, label) = self.called(), self.param(), site.bottoms
        if len(shape) != 4 or not label:
            message = f"{name} takes predictions N×C×S×S and annotations N×(S²·7), not {show(shape)} and {show(label)}"
            raise Refusal(BadDimensions, message, bottoms={0: "", 1: ""}, label=axes(len(shape)))
        wanted = param.num_object * (5 + param.num_classes)
        message = f"{name} needs num_object·(5 + num_classes) = {wanted} channels, not {shape[1]}"
        expect_size(message, shape[1], wanted, (0,))
        for axis in (2, 3):
            message = f"{name} has side {param.side}, and its predictions {shape[axis]} on axis {axis}"
            expect_size(message, shape[axis], param.side, (0,))
        cells = param.side**2
        message = f"{name} needs side²·7 = {cells * 7} numbers for each item in bottom 1, not {counted(label[1:])}"
        expect_size(message, product(label[1:]), cells * 7, (1,))
        expect_size(f"{name} needs annotations for each item: {show(label)}", label[0], shape[0], (0, 1))
        self.boxes()
        self.sizes()
        return ((),)

    def formula(self, prediction: Array, annotations: Array) -> Array:
        param, cells, n = self.param(), self.param().side ** 2, prediction.shape[0]
        x = reshape(prediction, (n, param.num_object, 5 + param.num_classes, param.side, param.side))
        table = reshape(stop_gradient(annotations), (n, 7 * cells)).named("table")
        biases = [[side * param.side for side in pair] for pair in self.sizes()]
        return cell_loss(
            x,
            annotated_cells(table, cells),
            reshape(cut(table, 1, 2 * cells, 3 * cells), (n, cells, 1)),
            matrix(biases),
            vector(self.boxes()),
            *self.weights(),
            exclusive=isinstance(self, YoloV2Loss),
            rescore=isinstance(param, YoloV2LossParameter) and param.rescore,
        )

    def weights(self) -> tuple[float, float, float, float, float]:
        """The overlap from which a box is not judged; what locations, boxes with an object and without one, and classes
        count."""
        raise NotImplementedError

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Annotations of objects in every other cell."""
        side = self.param().side
        marks = [(float(i % 2), float(i % 2)) for i in range(side * side)]
        rows = [((i % side, i % side + 1), (i // side, i // side + 1), (0.5, 3), (0.5, 3)) for i in range(side * side)]
        boxes = [(low / side, high / side) for row in rows for low, high in row]
        return {1: ((0, 0),) * side**2 + tuple(marks) + ((0, self.param().num_classes),) * side**2 + tuple(boxes)}


class YoloV2Loss(CellLoss):
    """How far the predictions of YOLO version 2 are from annotations. For training.

    Bottoms: predictions N×(num_object·(5 + num_classes))×S×S, for each box x, y, width, height, object, classes, with a
    box as YoloDetectionOutput has it; and annotations N×(S²·7), for each cell whether it is difficult, whether there is
    an object, its class, and then by cells x, y, width and height, in parts of the image.
    - An annotation belongs to the cell its middle is in, and there to the box whose anchor has the largest IoU with
      it if both stand on one middle. Of it count box_scale·(2 − tw·th)·d², d being sigmoid(x) − tx, y likewise,
      width − log(tw / anchor) and height likewise; object_scale·(o − t)² for o = sigmoid(object), t the IoU with
      the annotation, or 1 without rescore; and class_scale·(p − 1 for its class, else p)², p from a softmax. All that
      by the number of annotations, so that none at all gives no number.
    - Of each box whose IoU with all annotations is at most thresh counts noobject_scale·o², by the number of boxes
      less that of annotations.
    Shape: a scalar. Its gradient is not that of the sum, but by N each weight times its difference, for x, y and object
    times s·(1 − s) of the sigmoid; of a box with an object and without one, as that with one.
    What the fork adds for the first 12800 images, which draws all boxes to their anchors, is left out.
    Source: yolo_v2_loss_layer.cpp of Synopsys' fork.
    """

    edition: ClassVar = "synopsys"

    yolo_v2_loss_param: YoloV2LossParameter = Field(description="what the loss is made of")

    def param(self) -> YoloV2LossParameter:
        return self.yolo_v2_loss_param

    def sizes(self) -> tuple[tuple[float, float], ...]:
        param = self.yolo_v2_loss_param
        if len(param.anchors) != 2 * param.num_object:
            message = f"anchors needs 2·num_object = {2 * param.num_object} entries, has {len(param.anchors)}"
            raise Refusal(EntryCount, message, fields=("yolo_v2_loss_param.anchors",))
        sides = [anchor / param.side for anchor in param.anchors]
        return tuple(zip(sides[::2], sides[1::2], strict=True))

    def weights(self) -> tuple[float, float, float, float, float]:
        param = self.yolo_v2_loss_param
        return param.thresh, param.box_scale, param.object_scale, param.noobject_scale, param.class_scale


class YoloV3Loss(CellLoss):
    """How far the predictions of YOLO version 3 are from annotations. For training.

    As YoloV2Loss, with these differences. Anchors are pixels of the net's input, of which mask names those of this
    bottom: an annotation whose IoU with another is largest is not of this bottom, and not counted. All weights are 1,
    the object's t is 1, and p = sigmoid(class). Of all boxes count o², but one whose IoU with an annotation is above
    ignore_thresh has no gradient for it. Of two annotations of a box the classes are from the first, and that of the
    other has p − 1.
    Source: yolo_v3_loss_layer.cpp of Synopsys' fork.
    """

    edition: ClassVar = "synopsys"

    yolo_v3_loss_param: YoloV3LossParameter = Field(description="what the loss is made of")

    def param(self) -> YoloV3LossParameter:
        return self.yolo_v3_loss_param

    def boxes(self) -> tuple[int, ...]:
        param = self.yolo_v3_loss_param
        mask = param.mask[: param.num_object]
        if len(mask) < param.num_object or not all(0 <= number < param.total_object for number in mask):
            message = f"mask needs {param.num_object} numbers below total_object {param.total_object}: {show(mask)}"
            raise Refusal(EntryCount, message, fields=("yolo_v3_loss_param.mask",))
        return mask

    def sizes(self) -> tuple[tuple[float, float], ...]:
        param = self.yolo_v3_loss_param
        pairs, each = param.total_object, {6: 32, 3: 16, 0: 8}.get(param.mask[0] if param.mask else -1, 0)
        if len(param.anchors) < 2 * pairs:
            message = f"anchors needs 2·total_object = {2 * pairs} entries, has {len(param.anchors)}"
            raise Refusal(EntryCount, message, fields=("yolo_v3_loss_param.anchors",))
        width, height = (param.side * each or net for net in (param.net_w, param.net_h))
        numbers = param.anchors[: 2 * pairs]
        return tuple((w / width, h / height) for w, h in zip(numbers[::2], numbers[1::2], strict=True))

    def weights(self) -> tuple[float, float, float, float, float]:
        return self.yolo_v3_loss_param.ignore_thresh, 1.0, 1.0, 1.0, 1.0

    def lacks(self, site: CallSite) -> str:
        return "a truth_thresh below 1" if self.yolo_v3_loss_param.truth_thresh < 1 else super().lacks(site)
