"""PriorBox and DetectionOutput."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Emitter, Place
from netspec.emit.sizes import fixed
from netspec.layers.base import Layer
from netspec.layers.boxes import CodeType, DetectionOutput, PriorBox


def prior_box(layer: PriorBox, place: Place) -> Code:
    """Computed when the graph is traced, and folded there."""
    function, sizes = place.helper("prior_boxes"), [[width, height] for width, height in layer.sizes()]
    return call(
        function,
        list(fixed(place.site.bottoms[0][2:])),
        list(fixed(layer.image(place.site))),
        sizes,
        list(layer.steps(place.site)),
        list(layer.variances()),
        Code("self.dtype"),
        offset=None if layer.offset == 0.5 else layer.offset,
        clip=layer.clip or None,
    )


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
