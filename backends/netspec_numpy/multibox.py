"""MultiBoxLoss: item by item."""

from __future__ import annotations

import math

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType
from netspec.layers.detection.multibox import ConfLossType, LocLossType, MiningType, MultiBoxLoss
from netspec.layers.losses import LOG_FLT_MIN, NormalizationMode
from netspec_numpy.boxes import decoded, iou
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def multi_box_loss(layer: MultiBoxLoss, place: Place) -> tuple[Values, ...]:
    location, score, prior, annotations, *first = place.inputs
    anchors, variances = prior.reshape(2, -1, 4)
    factor = 1.0 if layer.encode_variance_in_target else variances
    rows = annotations.ravel()[: layer.read(place.site)].reshape(-1, 8)
    if not layer.use_difficult_gt:
        rows = rows[rows[:, 7] == 0]
    loss, matches, n = 0.0, 0, len(location)
    for item in range(n):
        mine = rows[np.trunc(rows[:, 0]) == item]
        labels = np.trunc(mine[:, 1]).astype(int)
        if layer.one_object():
            labels[:] = layer.background_label_id + 1
        offsets = location[item].reshape(len(anchors), -1, 4)
        boxes = anchors
        if len(first) > 1:
            boxes = decoded(first[1][item].reshape(-1, 4) * factor, anchors, layer.code_type)
        candidates = boxes
        if not layer.use_prior_for_matching:
            candidates = decoded(offsets[:, 0] * factor, anchors, layer.code_type)
        outside = np.any((candidates < 0) | (candidates > 1), 1) & layer.ignore_cross_boundary_bbox
        ious = np.array([[iou(box, other) for other in mine[:, 3:7]] for box in candidates])
        ious = np.where(outside[:, np.newaxis], 0.0, ious.reshape(len(boxes), len(mine)))
        match = _matched(ious, layer.threshold())
        positive = match >= 0
        own = offsets[positive, 0 if layer.share_location else labels[match[positive]]]
        target = encoded(mine[match[positive], 3:7], boxes[positive], layer.code_type)
        if layer.encode_variance_in_target:
            own = own / variances[positive]
        difference = own - target / variances[positive]
        inside = (boxes[positive] >= 0) & (boxes[positive] <= 1) | (not layer.bp_inside)
        moved = _moved(layer, difference * inside)
        label = np.full(len(boxes), layer.background_label_id)
        label[positive] = labels[match[positive]]
        losses = _of_classes(layer, score[item].reshape(len(boxes), -1), label)
        if layer.mining() is MiningType.HARD_EXAMPLE:
            far: Values = np.zeros(len(boxes))
            far[positive] = moved
            hardest = np.argsort(-(losses + far), stable=True)[: layer.sample_size if len(mine) else 0]
            chosen: Values = np.isin(np.arange(len(boxes)), hardest)
            losses, moved = losses[chosen & (positive | ~outside)], moved[chosen[positive]]
            positive = positive & chosen
        elif layer.mining():
            negative = ~positive & ~outside & (ious.max(1, initial=0.0) < layer.neg_overlap)
            if first:
                negative &= first[0][item].reshape(-1, 2)[:, 1] >= layer.objectness_score
            hardest = np.argsort(np.where(negative, -losses, math.inf), stable=True)
            most = min(int(positive.sum() * layer.neg_pos_ratio), int(negative.sum()))
            losses = np.concatenate([losses[positive], losses[hardest[: max(most, 0)]]])
        matches += int(positive.sum())
        loss += layer.loc_weight * moved.sum() + losses.sum()
    divisors = {
        NormalizationMode.VALID: max(matches, 1),
        NormalizationMode.FULL: n * len(anchors),
        NormalizationMode.BATCH_SIZE: n,
    }
    return (np.array(loss / divisors.get(layer.normalization(), 1)),)


def encoded(boxes: Values, prior: Values, code: CodeType) -> Values:
    """What a net has to say of boxes beside prior ones."""
    size = prior[:, 2:] - prior[:, :2]
    match code:
        case CodeType.CORNER:
            return boxes - prior
        case CodeType.CORNER_SIZE:
            return (boxes - prior) / np.concatenate([size, size], 1)
        case CodeType.CENTER_SIZE:
            middle = (boxes[:, :2] + boxes[:, 2:] - prior[:, :2] - prior[:, 2:]) / 2
            return np.concatenate([middle / size, np.log((boxes[:, 2:] - boxes[:, :2]) / size)], 1)


def _matched(ious: Values, threshold: float | None) -> Values:
    """The annotation of each box, or −1, from their IoU."""
    match, left = np.full(len(ious), -1), ious.copy()
    while left.max(initial=0.0) > 1e-6:
        box, annotation = np.unravel_index(np.argmax(left), left.shape)
        match[box] = annotation
        left[box], left[:, annotation] = 0, 0
    if threshold is not None and ious.shape[1]:
        match = np.where((match < 0) & (ious.max(1) >= threshold), ious.argmax(1), match)
    return match


def _moved(layer: MultiBoxLoss, difference: Values) -> Values:
    """The loss of each box's location."""
    size: Values = np.abs(difference)
    square: Values = difference**2 / 2
    losses: Values = square if layer.loc_loss_type is LocLossType.L2 else np.where(size < 1, square, size - 0.5)
    return np.sum(losses, 1)


def _of_classes(layer: MultiBoxLoss, score: Values, label: Values) -> Values:
    """The loss of each box's class."""
    if layer.conf_loss_type is ConfLossType.LOGISTIC:
        count: int = score.shape[1]
        classes: Values = np.arange(count)
        target: Values = np.equal(classes, label[:, np.newaxis])
        losses: Values = np.maximum(score, 0) + np.log1p(np.exp(-np.abs(score))) - score * target
        return np.sum(losses, 1)
    largest = score.max(1, keepdims=True)
    total = np.log(np.sum(np.exp(score - largest), 1)) + largest[:, 0]
    return np.minimum(total - score[np.arange(len(score)), label], -LOG_FLT_MIN)


MEANINGS: dict[type[Layer], Meaning] = {MultiBoxLoss: multi_box_loss}
