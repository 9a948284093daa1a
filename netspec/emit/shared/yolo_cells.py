"""How far what YOLO predicts is from annotations cell by cell."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.yolo_cells import CellLoss, YoloV2Loss, YoloV3Loss


def loss(layer: CellLoss, place: Place) -> Code:
    options: dict[str, Argument] = {}
    threshold, scales = 0.0, [1.0] * 4
    match layer:
        case YoloV2Loss(yolo_v2_loss_param=param):
            threshold = param.thresh
            scales = [param.box_scale, param.object_scale, param.noobject_scale, param.class_scale]
            options = {"exclusive": True, "rescore": param.rescore or None}
        case YoloV3Loss(yolo_v3_loss_param=param):
            threshold = param.ignore_thresh
        case _:
            pass
    anchors: list[Argument] = [place.spelling.row(size) for size in layer.sizes()]
    mask = list(layer.boxes())
    function = place.helper("cell_loss")
    return call(
        function, *place.inputs, anchors=anchors, mask=mask, ignore_threshold=threshold, scales=scales, **options
    )


EMITTERS: dict[type[Layer], Emitter] = {YoloV2Loss: loss, YoloV3Loss: loss}
