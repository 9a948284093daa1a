"""PriorBox and DetectionOutput."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.emit.sizes import fixed
from netspec.layers.base import Layer
from netspec.layers.boxes import CodeType, DetectionOutput, PriorBox


def prior_box(layer: PriorBox, place: Place) -> Code:
    """A buffer, so that it follows the module to its device and precision."""
    function, sizes = place.helper("prior_boxes"), [(width, height) for width, height in layer.sizes()]
    boxes = call(
        function,
        fixed(place.site.bottoms[0][2:]),
        fixed(layer.image(place.site)),
        sizes,
        layer.steps(place.site),
        layer.variances(),
        offset=None if layer.offset == 0.5 else layer.offset,
        clip=layer.clip or None,
    )
    return place.module(call("nn.Buffer", boxes, persistent=False))


def detection_output(layer: DetectionOutput, place: Place) -> Code:
    nms, inputs = layer.nms_param, place.inputs[: layer.used(len(place.inputs))]
    options: dict[str, Argument] = {
        "threshold": layer.confidence_threshold,
        "code": None if layer.code_type is CodeType.CORNER else layer.code_type.name.lower(),
        "background": layer.background_label_id or None,
        "share_location": None if layer.share_location else False,
        "variance_in_target": layer.variance_encoded_in_target or None,
        "top_k": nms.top_k if nms.top_k is not None and nms.top_k >= 0 else None,
        "keep_top_k": layer.keep_top_k if layer.keep_top_k >= 0 else None,
        "eta": None if nms.eta == 1 else nms.eta,
        "objectness": None if layer.objectness_score == 0.01 or len(inputs) == 3 else layer.objectness_score,
    }
    function = place.helper("detection_output")
    return call(function, *inputs, classes=layer.num_classes, limit=nms.nms_threshold, **options)


EMITTERS: dict[type[Layer], Emitter] = {PriorBox: prior_box, DetectionOutput: detection_output}
