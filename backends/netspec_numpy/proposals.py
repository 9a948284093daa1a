"""Proposal, and the Python layer that it stands for: box by box."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType
from netspec.layers.detection.mnc import PythonMNCProposal, PythonStageBridge
from netspec.layers.detection.proposals import Proposal, Proposing, PythonProposal
from netspec.layers.hardware.proposals import CountedAnchors
from netspec.layers.video.proposals import PythonTwinProposal
from netspec_numpy.boxes import decoded, nms
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def proposal(layer: Proposal, place: Place) -> tuple[Values, ...]:
    if isinstance(layer, CountedAnchors):
        top_n = layer.pre_nms_topn, layer.max_rois
        rois, *scores = _proposals(layer, place, layer.rpn_min_size, top_n, layer.rpn_nms_thresh, -math.inf)
        return rois, *(each[:, None] for each in scores)
    top_n = layer.pre_nms_topn, layer.post_nms_topn
    return _proposals(layer, place, layer.min_size, top_n, layer.nms_thresh, small_score=0.0)


def proposal_layer(layer: PythonProposal, place: Place) -> tuple[Values, ...]:
    rois, *scores = _proposals(layer, place, 16, layer.top_n(place.phase), 0.7, small_score=-math.inf)
    return (rois, *(score[:, np.newaxis] for score in scores))


def mnc_proposal(layer: PythonMNCProposal, place: Place) -> tuple[Values, ...]:
    rows = _found(layer, place, 16, layer.top_n(place.phase), 0.7, small_score=-math.inf)
    return (rows[:, :5], rows[np.newaxis, :, 6])[: place.site.tops]


def twin_proposal(layer: PythonTwinProposal, place: Place) -> tuple[Values, ...]:
    scores, deltas = (x[0, :, :, 0, 0] for x in place.inputs)
    anchors, last = layer.anchors(), layer.feat_stride * scores.shape[1] - 1
    found: list[tuple[float, float, float]] = []
    for cell, (a, (start, end)) in product(range(scores.shape[1]), enumerate(anchors)):
        start, length = start + layer.feat_stride * cell, end - start + 1
        middle = deltas[2 * a, cell] * length + start + length / 2
        reach = np.exp(deltas[2 * a + 1, cell]) * length / 2
        begin, end = (min(max(float(x), 0.0), last) for x in (middle - reach, middle + reach))
        if end - begin + 1 >= 8:
            found.append((-float(scores[len(anchors) + a, cell]), begin, end))
    pre, post = layer.top_n(place.phase)
    best = np.array(sorted(found, key=lambda row: row[0])[:pre]).reshape(-1, 3)
    kept = list(nms(best[:, [1, 1, 2, 2]] * [1, 0, 1, 0], 0.7, margin=1))[:post]
    rows = best[kept].reshape(-1, 3)
    tops = np.concatenate([np.zeros((len(rows), 1)), rows[:, 1:]], 1), -rows[:, :1]
    return tops[: place.site.tops]


def stage_bridge(layer: PythonStageBridge, place: Place) -> tuple[Values, ...]:
    rois, deltas, scores, info = (x.reshape(len(x), -1) for x in place.inputs)
    border = np.array([info[0, 1], info[0, 0]] * 2) - 1
    found: list[Values] = []
    for roi, said, row in zip(rois, deltas, scores, strict=True):
        own = said.reshape(-1, 4)[[int(np.argmax(row))]]
        box = decoded(own, roi[np.newaxis, 1:] + [0, 0, 1, 1], CodeType.CENTER_SIZE)[0]
        found.append(np.concatenate([[0], np.maximum(np.minimum(box, border), 0)]))
    return (np.array(found).reshape(-1, 5),)


def _proposals(
    layer: Proposing, place: Place, min_size: float, top_n: tuple[int, int], nms_threshold: float, small_score: float
) -> tuple[Values, ...]:
    rows = _found(layer, place, min_size, top_n, nms_threshold, small_score)
    return (rows[:, :5], rows[:, 5])[: place.site.tops]


def _found(
    layer: Proposing, place: Place, min_size: float, top_n: tuple[int, int], nms_threshold: float, small_score: float
) -> Values:
    """The proposals R×7: item, x1, y1, x2, y2, score, number among all boxes."""
    (scores, bbox_deltas, im_info), (pre_nms_top_n, post_nms_top_n) = place.inputs, top_n
    found: list[list[float]] = []
    for item in range(len(scores)):
        boxes, values = _boxes(layer, scores[item], bbox_deltas[item], im_info.reshape(-1), min_size, small_score)
        order = [i for i in np.argsort(-values, stable=True) if values[i] > -math.inf][:pre_nms_top_n]
        kept = list(nms(boxes[order], nms_threshold, margin=1))[:post_nms_top_n]
        found += [[float(x) for x in (item, *boxes[order[i]], values[order[i]], order[i])] for i in kept]
    return np.array(found).reshape(-1, 7)


def _boxes(
    layer: Proposing, scores: Values, bbox_deltas: Values, im_info: Values, min_size: float, small_score: float
) -> tuple[Values, Values]:
    """All proposals of an item, row by row, column by column, anchor by anchor; and their scores."""
    anchors = layer.anchors()
    boxes: list[Values] = []
    values: list[float] = []
    border = np.array([im_info[1], im_info[0], im_info[1], im_info[0]]) - 1
    for row, column in np.ndindex(*scores.shape[1:]):
        for a, anchor in enumerate(anchors):
            # As far as pixels go, a box ends one behind the last that is in it; what comes out does not say so.
            base = np.array([anchor]) + np.array([column, row, column, row]) * layer.cell() + [0, 0, 1, 1]
            offsets = bbox_deltas[4 * a : 4 * a + 4, row, column][np.newaxis]
            box = np.maximum(np.minimum(decoded(offsets, base, CodeType.CENTER_SIZE)[0], border), 0)
            wide, high = box[2:] - box[:2] + 1
            small = wide < min_size * im_info[min(3, len(im_info) - 1)] or high < min_size * im_info[2]
            boxes.append(box)
            values.append(small_score if small else float(scores[len(anchors) + a, row, column]))
    return np.array(boxes), np.array(values)


MEANINGS: dict[type[Layer], Meaning] = {
    Proposal: proposal,
    PythonProposal: proposal_layer,
    PythonMNCProposal: mnc_proposal,
    PythonStageBridge: stage_bridge,
    PythonTwinProposal: twin_proposal,
}
