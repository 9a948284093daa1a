"""DetectionOutput: box by box."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType, DetectionOutput
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def detection_output(layer: DetectionOutput, place: Place) -> tuple[Values, ...]:
    inputs = place.inputs[: layer.used(len(place.inputs))]
    location, score, prior, *first = _joined(layer, inputs) if layer.levels(len(inputs)) else inputs
    boxes, variances = prior.reshape(2, -1, 4)
    if layer.variance_encoded_in_target:
        variances = np.ones_like(variances)
    rows: list[list[float]] = []
    for item in range(len(location)):
        scores: Values = score[item].reshape(-1, layer.num_classes)
        if first:
            nothing = first[0][item].reshape(-1, 2)[:, 1] < layer.objectness_score
            scores = np.where(nothing[:, np.newaxis], np.arange(layer.num_classes) == 0, scores)
        base = boxes
        if len(first) > 1:
            base = decoded(first[1][item].reshape(-1, 4) * variances, boxes, layer.code_type)
        offsets = location[item].reshape(len(boxes), -1, 4)
        found: list[tuple[float, int, Values]] = []
        for label in range(layer.num_classes):
            if label != layer.background_label_id:
                own = offsets[:, 0 if layer.share_location else label] * variances
                found += _of_class(layer, label, decoded(own, base, layer.code_type), scores[:, label])
        if -1 < layer.keep_top_k < len(found):
            best = sorted(range(len(found)), key=lambda i: -found[i][0])[: layer.keep_top_k]
            found = [found[i] for i in sorted(best)]
        rows += [[item, label, value, *box] for value, label, box in found]
    if not rows:
        rows = [[item, *(-1.0,) * 6] for item in range(len(location))]
    return (np.array(rows)[np.newaxis, np.newaxis],)


def _joined(layer: DetectionOutput, inputs: tuple[Values, ...]) -> tuple[Values, ...]:
    """Locations, scores and prior boxes of all levels; every item has those of the first one."""
    n, items, ratios = layer.levels(len(inputs)), len(inputs[0]), layer.ratios(len(inputs))
    all_scores: list[Values] = []
    all_locations: list[Values] = []
    boxes: list[Values] = []
    for i in range(n):
        score, location = inputs[i][0], inputs[n + i][0]
        if layer.no_permute:
            location = location.reshape(-1, 4, score.shape[2]).swapaxes(1, 2)
            all_scores.append(score.reshape(layer.num_classes, -1).T)
        elif layer.ratio_permute:
            location = location.reshape(4, -1).T
            all_scores.append(score.reshape(layer.num_classes, -1).T)
        else:
            all_scores.append(score.reshape(-1, layer.num_classes))
        all_locations.append(location.reshape(-1))
        if len(inputs) == 3 * n:
            prior = inputs[2 * n + i].reshape(2, -1)
            boxes.append(prior.reshape(2, 4, -1).swapaxes(1, 2) if layer.ratio_permute else prior.reshape(2, -1, 4))
        elif layer.no_permute or ratios:
            first, count = sum(map(len, boxes)), location.size // 4
            each = inputs[i].shape[2] if layer.no_permute else ratios[i]
            order = [first + cell * each + r for r in range(each) for cell in range(count // each)]
            boxes.append(inputs[2 * n].reshape(2, -1, 4)[0, order])
    if len(inputs) == 3 * n:
        joined = np.concatenate(boxes, 1)
    else:
        joined = inputs[2 * n].reshape(2, -1, 4).copy()
        joined[0] = np.concatenate(boxes) if boxes else joined[0]
    rows = (np.concatenate(all_locations), np.concatenate(all_scores).reshape(-1))
    return *(np.tile(row, (items, 1)) for row in rows), joined[np.newaxis].reshape(1, 2, -1)


def _of_class(layer: DetectionOutput, label: int, boxes: Values, scores: Values) -> list[tuple[float, int, Values]]:
    """What is found of a class: score, class, box."""
    least = -math.inf if layer.confidence_threshold is None else layer.confidence_threshold
    order = [int(i) for i in np.argsort(-scores, stable=True) if scores[i] > least]
    param = layer.nms_param
    if param.top_k is not None and param.top_k >= 0:
        order = order[: param.top_k]
    kept = nms(boxes[order], param.nms_threshold, param.eta)
    return [(float(scores[order[i]]), label, boxes[order[i]]) for i in kept]


def decoded(offsets: Values, prior: Values, code: CodeType) -> Values:
    """Boxes from what a net says of them beside prior ones."""
    size = prior[:, 2:] - prior[:, :2]
    match code:
        case CodeType.CORNER:
            return prior + offsets
        case CodeType.CORNER_SIZE:
            return prior + offsets * np.concatenate([size, size], 1)
        case CodeType.CENTER_SIZE:
            middle = (prior[:, :2] + prior[:, 2:]) / 2 + offsets[:, :2] * size
            half = np.exp(offsets[:, 2:]) * size / 2
            return np.concatenate([middle - half, middle + half], 1)


def nms(
    boxes: Values, iou_threshold: float, eta: float = 1.0, margin: float = 0.0, inclusive: bool = False
) -> Iterator[int]:
    """The boxes, best first, whose IoU with all kept before is at most the threshold, or below it if `inclusive`."""
    kept: list[Values] = []
    for i, box in enumerate(boxes):
        ious = [iou(box, other, margin) for other in kept]
        if all(each < iou_threshold if inclusive else each <= iou_threshold for each in ious):
            kept.append(box)
            yield i
            if eta < 1 and iou_threshold > 0.5:
                iou_threshold *= eta


def iou(a: Sequence[float] | Values, b: Sequence[float] | Values, margin: float = 0.0) -> float:
    """Intersection over union."""
    wide, high = (min(a[k + 2], b[k + 2]) - max(a[k], b[k]) + margin for k in (0, 1))
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [max(x[2] - x[0] + margin, 0) * max(x[3] - x[1] + margin, 0) for x in (a, b)]
    return wide * high / (sum(areas) - wide * high)


MEANINGS: dict[type[Layer], Meaning] = {DetectionOutput: detection_output}
