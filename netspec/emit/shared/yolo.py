"""What YOLO has found, and how far that is from annotations."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.yolo import RegionLoss, YoloDetectionOutput, Yolov3DetectionOutput


def yolo2(layer: YoloDetectionOutput, place: Place) -> Code:
    inputs = place.inputs[:2]
    return call(
        place.helper("yolo_output"),
        *inputs,
        anchors=[list(layer.anchors())] * len(inputs),
        strides=[1] * len(inputs),
        confidence_threshold=layer.confidence_threshold,
        nms_threshold=layer.nms_threshold,
        exclusive=True,
    )


def yolo3(layer: Yolov3DetectionOutput, place: Place) -> Code:
    count = len(place.inputs)
    return call(
        place.helper("yolo_output"),
        *place.inputs,
        anchors=[list(pairs) for pairs in layer.anchors(count)],
        strides=list(layer.anchors_scale[:count]),
        confidence_threshold=layer.confidence_threshold,
        nms_threshold=layer.nms_threshold,
    )


def region_loss(layer: RegionLoss, place: Place) -> Code:
    param = layer.region_loss_param
    prediction, annotations = place.inputs[:2]
    options: dict[str, Argument] = {
        "rows": layer.rows(place.site) or None,
        "bias_match": None if param.bias_match else False,
        "rescore": None if param.rescore else False,
        "averaged": layer.averaged(place.site) or None,
    }
    return call(
        place.helper("region_loss"),
        prediction,
        annotations,
        anchors=list(layer.anchors()),
        ignore_threshold=param.thresh,
        scales=[param.coord_scale, param.object_scale, param.noobject_scale, param.class_scale],
        **options,
    )


EMITTERS: dict[type[Layer], Emitter] = {
    RegionLoss: region_loss,
    YoloDetectionOutput: yolo2,
    Yolov3DetectionOutput: yolo3,
}
