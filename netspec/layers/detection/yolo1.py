"""The loss of the first YOLO, in the forks that have it."""

from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    concat,
    cut,
    equal,
    full_like,
    maximum,
    minimum,
    not_equal,
    one_hot,
    reshape,
    sqrt,
    stop_gradient,
    total,
    transpose,
    vector,
    where,
)
from netspec.layers.base import Field, Positive
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import counted, expect_size
from netspec.layers.losses import expect_items, per_item, shaped
from netspec.shapes import product

FAR = 20.0  # a box further from the annotation than this is not taken


class YoloDetectionLoss(LossLayer):
    """How far the predictions of the first YOLO are from annotations. For training.

    Bottoms: predictions N×…, for each of S² cells, S = side, the classes, then a score of each of num_object boxes,
    then x, y, width, height of each; and annotations N×…, for each cell whether it is difficult, whether there is an
    object, then its class, and then by cells x, y, width, height. With constriant x and y of predictions are within the
    cell, in cells, with sqrt width and height are roots.
    - In a cell with an object: class_scale·(p − 1 for its class, else p)²; and of the box with the largest IoU with it,
      or if none meets it of the nearest, object_scale·(score − 1)² and coord_scale·d² of each number. By the number of
      objects.
    - Of every other box noobject_scale·score², by their number.
    Shape: a scalar. The gradient is not that of the sum, but by N the scale times each difference, where in the place
    of score − 1 stands score − IoU.
    Source: detection_loss_layer.cpp of eric612/Caffe-YOLOv3-Windows, and of other ports of YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "detection_loss_param"

    side: Positive = Field(7, description="how many cells there are on an axis")
    num_class: Positive = Field(20, description="how many classes there are")
    num_object: Positive = Field(2, description="how many boxes a cell has")
    object_scale: float = Field(1.0, description="the weight of the scores of boxes with an object")
    noobject_scale: float = Field(0.5, description="the weight of the scores of boxes without an object")
    class_scale: float = Field(1.0, description="the weight of classes")
    coord_scale: float = Field(5.0, description="the weight of locations")
    sqrt: bool = Field(True, description="whether roots of width and height are predicted")
    constriant: bool = Field(False, description="whether the middle of a box is predicted within its cell")

    def formula(self, x: Array, label: Array) -> Array:
        expect_items(self, x.shape, label.shape)
        cells, classes, boxes = self.side**2, self.num_class, self.num_object
        for i, shape, each in ((0, x.shape, classes + 5 * boxes), (1, label.shape, 7)):
            message = f"DetectionLoss needs side²·{each} = {cells * each} numbers for each item in bottom {i}, not "
            expect_size(message + counted(shape[1:]), product(shape[1:]), cells * each, (i,))
        n = x.shape[0]
        rows = shaped(x, (n, classes + 5 * boxes, cells)).named("rows")
        known = stop_gradient(rows).named("known")
        truth = stop_gradient(shaped(label, (n, 7, cells))).named("truth")
        there = cast(not_equal(cut(truth, 1, 1, 2), 0.0), DType.FLOAT).named("there")
        box = transpose(reshape(cut(truth, 1, 3, 7), (n, cells, 4)), (0, 2, 1)).named("box")
        kind = transpose(one_hot(cast(reshape(cut(truth, 1, 2, 3), (n, cells)), DType.INT), classes), (0, 2, 1))
        scores = cut(known, 1, classes, classes + boxes)
        mine, ious = self._chosen(known, box, there)
        wrong = (there * (cut(known, 1, 0, classes) - kind)).named("wrong")
        away = (concat([mine[k] * self._apart(known, box, k) for k in range(boxes)], 1)).named("away")
        chosen = concat(mine, 1).named("chosen")
        idle = ((1.0 - chosen) * scores).named("idle")
        count, places = total(there, (0, 1, 2)).named("count"), total(full_like(scores, 1.0), (0, 1, 2))
        loss = self.class_scale * _squares(wrong) + self.coord_scale * _squares(away)
        loss = (loss + self.object_scale * _squares(chosen * (scores - 1.0))) / count
        loss = loss + self.noobject_scale * _squares(idle) / (places - count)
        objects = self.object_scale * chosen * (scores - ious) + self.noobject_scale * idle
        delta = concat([self.class_scale * wrong, objects, self.coord_scale * away], 1).named("delta")
        pull = per_item(rows * delta).named("pull")
        return loss + (pull - stop_gradient(pull))

    def _places(self) -> tuple[Array, Array]:
        """The column and the row of each cell, 1×1×S²."""
        cells = range(self.side**2)
        columns, rows = [float(i % self.side) for i in cells], [float(i // self.side) for i in cells]
        return align(vector(columns), 2, 3), align(vector(rows), 2, 3)

    def _predicted(self, known: Array, k: int) -> list[Array]:
        """x, y, width and height of a cell's box as they are predicted, N×1×S² each."""
        first = self.num_class + self.num_object + 4 * k
        return [cut(known, 1, first + i, first + i + 1) for i in range(4)]

    def _apart(self, known: Array, box: Array, k: int) -> Array:
        """What is predicted of a box less what should be, N×4×S²."""
        wanted = [cut(box, 1, i, i + 1) for i in range(4)]
        if self.constriant:
            places = self._places()
            wanted[:2] = [wanted[i] * float(self.side) - places[i] for i in range(2)]
        if self.sqrt:
            wanted[2:] = [sqrt(size) for size in wanted[2:]]
        return concat([a - b for a, b in zip(self._predicted(known, k), wanted, strict=True)], 1)

    def _chosen(self, known: Array, box: Array, there: Array) -> tuple[list[Array], Array]:
        """For each of a cell's boxes whether the object is its, N×1×S²; and the IoU of that with the annotation."""
        truth = [cut(box, 1, i, i + 1) for i in range(4)]
        best, nearest = full_like(there, 0.0), full_like(there, FAR)
        which = full_like(there, 0.0)
        for k in range(self.num_object):
            found = self._predicted(known, k)
            if self.constriant:
                found[:2] = [(found[i] + place) / float(self.side) for i, place in enumerate(self._places())]
            if self.sqrt:
                found[2:] = [size**2 for size in found[2:]]
            ious = _iou(found, truth, there).named("ious")
            distance = sqrt(total((concat(found, 1) - box) ** 2, (1,), keepdims=True)).named("distance")
            meets = maximum(best, ious) > 0.0
            better = where(meets, ious - best, nearest - distance) > 0.0
            which = where(better, float(k), which).named("which")
            nearest = where(meets, nearest, minimum(nearest, distance)).named("nearest")
            best = maximum(best, ious).named("best")
        return [there * cast(equal(which, float(k)), DType.FLOAT) for k in range(self.num_object)], best


def _iou(a: list[Array], b: list[Array], there: Array) -> Array:
    """Intersection over union, where there is an object."""
    sides = [
        minimum(a[i] + a[i + 2] / 2, b[i] + b[i + 2] / 2) - maximum(a[i] - a[i + 2] / 2, b[i] - b[i + 2] / 2)
        for i in range(2)
    ]
    shared = where(minimum(sides[0], sides[1]) < 0.0, 0.0, sides[0] * sides[1]).named("shared")
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / where(there > 0.0, union, 1.0)


def _squares(x: Array) -> Array:
    return total(x**2, (0, 1, 2))
