"""What YOLO has found."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.yolo import YoloDetectionOutput, Yolov3DetectionOutput


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


EMITTERS: dict[type[Layer], Emitter] = {
    YoloDetectionOutput: yolo2,
    Yolov3DetectionOutput: yolo3,
}
