"""Proposal, and the Python layer that it stands for."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.proposals import Proposal, Proposing, PythonProposal


def proposal(layer: Proposal, place: Place) -> Code:
    found = _proposals(
        layer,
        place,
        min_size=float(layer.min_size),
        pre_nms_top_n=layer.pre_nms_topn,
        post_nms_top_n=layer.post_nms_topn,
        nms_threshold=layer.nms_thresh,
        small_score=0.0,
    )
    return found if len(place.node.outputs) > 1 else subscript(found, "0")


def proposal_layer(layer: PythonProposal, place: Place) -> Code | tuple[Code, ...]:
    pre, post = layer.top_n(place.site.phase)
    found = _proposals(layer, place, min_size=16.0, pre_nms_top_n=pre, post_nms_top_n=post, nms_threshold=0.7)
    if len(place.node.outputs) == 1:
        return subscript(found, "0")
    found = place.let("found", found)
    return subscript(found, "0"), subscript(subscript(found, "1"), ":", place.spelling.new_axis)


def _proposals(layer: Proposing, place: Place, **limits: Argument) -> Code:
    anchors = [place.spelling.row(box) for box in layer.anchors()]
    return call(place.helper("proposals"), *place.inputs, anchors=anchors, feat_stride=layer.cell(), **limits)


EMITTERS: dict[type[Layer], Emitter] = {Proposal: proposal, PythonProposal: proposal_layer}
