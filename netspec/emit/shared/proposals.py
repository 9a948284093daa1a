"""Proposal, and the Python layer that it stands for."""

from __future__ import annotations

from netspec.emit.code import Code, call, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.detection.proposals import Proposal, PythonProposal


def proposal(layer: Proposal, place: Place) -> Code:
    found = call(
        place.helper("proposals"),
        *place.inputs,
        anchors=[place.spelling.row(box) for box in layer.anchors()],
        stride=layer.feat_stride,
        least=float(layer.min_size),
        examined=layer.pre_nms_topn,
        most=layer.post_nms_topn,
        limit=layer.nms_thresh,
        empty=0.0,
    )
    return found if len(place.node.outputs) > 1 else subscript(found, "0")


def proposal_layer(layer: PythonProposal, place: Place) -> Code | tuple[Code, ...]:
    examined, most = layer.limits(place.site.phase)
    found = call(
        place.helper("proposals"),
        *place.inputs,
        anchors=[place.spelling.row(box) for box in layer.anchors()],
        stride=layer.feat_stride,
        least=16.0,
        examined=examined,
        most=most,
        limit=0.7,
    )
    if len(place.node.outputs) == 1:
        return subscript(found, "0")
    found = place.let("found", found)
    return subscript(found, "0"), subscript(subscript(found, "1"), ":", place.spelling.new_axis)


EMITTERS: dict[type[Layer], Emitter] = {Proposal: proposal, PythonProposal: proposal_layer}
