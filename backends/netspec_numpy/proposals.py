"""Proposal, and the Python layer that it stands for: box by box."""

from __future__ import annotations

import math

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType
from netspec.layers.detection.proposals import Proposal, Proposing, PythonProposal
from netspec_numpy.boxes import decoded, unsuppressed
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def proposal(layer: Proposal, place: Place) -> tuple[Values, ...]:
    return _proposals(layer, place, layer.min_size, layer.pre_nms_topn, layer.post_nms_topn, layer.nms_thresh, 0.0)


def proposal_layer(layer: PythonProposal, place: Place) -> tuple[Values, ...]:
    rois, *scores = _proposals(layer, place, 16, *layer.limits(place.phase), 0.7, -math.inf)
    return (rois, *(score[:, np.newaxis] for score in scores))


def _proposals(
    layer: Proposal | PythonProposal, place: Place, least: int, examined: int, most: int, limit: float, empty: float
) -> tuple[Values, ...]:
    scores, deltas, info = place.inputs
    found: list[list[float]] = []
    for item in range(len(scores)):
        boxes, values = _boxes(layer, scores[item], deltas[item], info.reshape(-1), least, empty)
        order = [i for i in np.argsort(-values, stable=True) if values[i] > -math.inf][:examined]
        kept = list(unsuppressed(boxes[order], limit, margin=1))[:most]
        found += [[float(x) for x in (item, *boxes[order[i]], values[order[i]])] for i in kept]
    rows = np.array(found).reshape(-1, 6)
    return (rows[:, :5], rows[:, 5])[: place.site.tops]


def _boxes(
    layer: Proposing, scores: Values, deltas: Values, info: Values, least: int, empty: float
) -> tuple[Values, Values]:
    """All proposals of an item, row by row, column by column, anchor by anchor; and their scores."""
    anchors = layer.anchors()
    assert isinstance(layer, Proposal | PythonProposal)
    boxes: list[Values] = []
    values: list[float] = []
    limits = np.array([info[1], info[0], info[1], info[0]]) - 1
    for row, column in np.ndindex(*scores.shape[1:]):
        for a, anchor in enumerate(anchors):
            # As far as pixels go, a box ends one behind the last that is in it; what comes out does not say so.
            base = np.array([anchor]) + np.array([column, row, column, row]) * layer.feat_stride + [0, 0, 1, 1]
            offsets = deltas[4 * a : 4 * a + 4, row, column][np.newaxis]
            box = np.maximum(np.minimum(decoded(offsets, base, CodeType.CENTER_SIZE)[0], limits), 0)
            wide, high = box[2:] - box[:2] + 1
            small = wide < least * info[min(3, len(info) - 1)] or high < least * info[2]
            boxes.append(box)
            values.append(empty if small else float(scores[len(anchors) + a, row, column]))
    return np.array(boxes), np.array(values)


MEANINGS: dict[type[Layer], Meaning] = {Proposal: proposal, PythonProposal: proposal_layer}
