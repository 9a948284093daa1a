"""How far what YOLO version 3 predicts is from annotations."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.yolo3 import IouLoss, Yolov3


def loss(layer: Yolov3, place: Place) -> Code:
    by_iou = layer.iou_loss is not IouLoss.MSE
    options: dict[str, Argument] = {
        "focal": layer.use_focal_loss or None,
        "logistic": layer.use_logic_gradient or None,
        "iou_loss": layer.iou_loss.name.lower() if by_iou else None,
        "iou_normalizer": layer.iou_normalizer if by_iou else None,
    }
    return call(
        place.helper("yolo3_loss"),
        *place.inputs,
        anchors=list(layer.all_anchors()),
        mask=list(layer.mask[: layer.num]),
        stride=layer.anchors_scale,
        ignore_threshold=layer.thresh,
        scales=[layer.coord_scale, layer.object_scale if layer.use_logic_gradient else 1.0, layer.class_scale],
        **options,
    )


EMITTERS: dict[type[Layer], Emitter] = {Yolov3: loss}
