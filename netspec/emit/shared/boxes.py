"""DetectionOutput, and what both backends say of PriorBox."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call, prefixed
from netspec.emit.place import Emitter, Place
from netspec.emit.runtime_sizes import fixed
from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType, DetectionOutput, PriorBox


def prior_boxes(layer: PriorBox, place: Place, dtype: Code | None = None) -> Code:
    """The boxes of a map of features; a backend says where they are kept, and in which precision if need be."""
    row, image = place.spelling.row, fixed(layer.image(place.site))
    cell = layer.boxes((image[0], image[1]))
    return call(
        place.helper("prior_boxes"),
        cells=row(fixed(place.site.bottoms[0][2:])),
        image=row(image),
        sizes=[row((box.width, box.height)) for box in cell],
        steps=row(layer.steps(place.site)),
        variances=row(layer.variances()),
        dtype=dtype,
        offset=None if layer.offset == 0.5 else layer.offset,
        clip=layer.clip or None,
        moved=[row((box.right, box.down)) for box in cell] if any(b.right or b.down for b in cell) else None,
        yx=cell[0].swapped or None,
    )


def detection_output(layer: DetectionOutput, place: Place) -> Code:
    nms, inputs = layer.nms_param, place.inputs[: layer.used(len(place.inputs))]
    if levels := layer.levels(len(inputs)):
        inputs = (_joined(layer, levels, place),)
    options: dict[str, Argument] = {
        "confidence_threshold": layer.confidence_threshold,
        "code_type": None if layer.code_type is CodeType.CORNER else layer.code_type.name.lower(),
        "background_label_id": layer.background_label_id or None,
        "share_location": None if layer.share_location else False,
        "variance_encoded_in_target": layer.variance_encoded_in_target or None,
        "top_k": nms.top_k if nms.top_k is not None and nms.top_k >= 0 else None,
        "keep_top_k": layer.keep_top_k if layer.keep_top_k >= 0 else None,
        "eta": None if nms.eta == 1 else nms.eta,
        "objectness_score": None if layer.objectness_score == 0.01 or len(inputs) < 4 else layer.objectness_score,
    }
    function = place.helper("detection_output")
    return call(function, *inputs, num_classes=layer.num_classes, nms_threshold=nms.nms_threshold, **options)


def _joined(layer: DetectionOutput, levels: int, place: Place) -> Code:
    """Locations, scores and prior boxes of all levels, as three arguments."""
    order = "maps" if layer.no_permute else "planes" if layer.ratio_permute else None
    ratios = layer.ratios(len(place.inputs))
    function, classes = place.helper("join_levels"), layer.num_classes
    joined = call(function, *place.inputs, levels=levels, num_classes=classes, order=order, ratios=list(ratios) or None)
    return prefixed("*", place.let("joined", joined))


EMITTERS: dict[type[Layer], Emitter] = {DetectionOutput: detection_output}
