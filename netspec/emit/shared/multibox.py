"""MultiBoxLoss."""

from __future__ import annotations

import math

from netspec.emit.code import Argument, Code, call, prefixed, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType
from netspec.layers.detection.multibox import ConfLossType, LocLossType, MiningType, MultiBoxLoss
from netspec.layers.losses import NormalizationMode

DIVISORS = {NormalizationMode.FULL: "boxes", NormalizationMode.BATCH_SIZE: "items", NormalizationMode.NONE: "one"}


def multi_box_loss(layer: MultiBoxLoss, place: Place) -> Code:
    location, score, prior, annotations, *first = place.inputs
    if count := layer.read(place.site):
        annotations = subscript(place.spelling.flat(annotations), f":{count}")
    code, mined = layer.code_type.name.lower(), layer.mining() is MiningType.MAX_NEGATIVE
    hard = layer.mining() is MiningType.HARD_EXAMPLE
    coded = not layer.use_prior_for_matching or len(first) > 1
    which: dict[str, Argument] = {
        "background_label_id": layer.background_label_id or None,
        "neg_overlap": math.inf if hard else layer.neg_overlap if mined and layer.neg_overlap != 0.5 else None,
        "use_difficult_gt": None if layer.use_difficult_gt else False,
        "one_object": layer.one_object() or None,
        "ignore_cross_boundary_bbox": layer.ignore_cross_boundary_bbox or None,
        "predicted": not layer.use_prior_for_matching or None,
        "code_type": code if coded and layer.code_type is not CodeType.CORNER else None,
        "encode_variance_in_target": (coded and layer.encode_variance_in_target) or None,
        "objectness_score": layer.objectness_score if first and layer.objectness_score != 0.01 else None,
    }
    function = place.helper("match_annotations")
    inputs = location, prior, annotations, *first
    matches = place.let("matches", call(function, *inputs, overlap_threshold=layer.threshold(), **which))
    options: dict[str, Argument] = {
        "sample_size": layer.sample_size if hard else None,
        "code_type": None if layer.code_type is CodeType.CORNER else code,
        "loc_weight": None if layer.loc_weight == 1 else layer.loc_weight,
        "l2": layer.loc_loss_type is LocLossType.L2 or None,
        "logistic": layer.conf_loss_type is ConfLossType.LOGISTIC or None,
        "share_location": None if layer.share_location else False,
        "encode_variance_in_target": layer.encode_variance_in_target or None,
        "bp_inside": layer.bp_inside or None,
        "divisor": DIVISORS.get(layer.normalization()),
    }
    function, ratio = place.helper("multibox_loss"), layer.neg_pos_ratio if mined else None
    inputs = location, score, prior, prefixed("*", matches), *first[1:]
    return call(function, *inputs, num_classes=layer.num_classes, neg_pos_ratio=ratio, **options)


EMITTERS: dict[type[Layer], Emitter] = {MultiBoxLoss: multi_box_loss}
