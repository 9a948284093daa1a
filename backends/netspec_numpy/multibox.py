"""MultiBoxLoss: item by item."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.boxes import CodeType
from netspec.layers.detection.multibox import ConfLossType, LocLossType, MiningType, MultiBoxLoss
from netspec.layers.losses import LOG_FLT_MIN, NormalizationMode
from netspec_numpy.boxes import decoded, iou, nms
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def multi_box_loss(layer: MultiBoxLoss, place: Place) -> tuple[Values, ...]:
    location, score, prior, annotations, *first = place.inputs
    anchors, variances = prior.reshape(2, -1, 4)
    factor = 1.0 if layer.encode_variance_in_target else variances
    rows = annotations.ravel()[: layer.read(annotations.shape)].reshape(-1, 8)
    if not layer.use_difficult_gt:
        rows = rows[rows[:, 7] == 0]
    n, count, others = len(location), len(anchors), float(layer.background_label_id)
    far_loss, class_loss, matches = 0.0, 0.0, 0
    mixed: Values = np.full(score.size, others)  # what LOGISTIC compares all scores with if nothing is mined
    for item in range(n):
        mine = rows[np.trunc(rows[:, 0]) == item]
        labels = np.trunc(mine[:, 1]).astype(int)
        if layer.one_object():
            labels[:] = layer.background_label_id + 1
        offsets, scores = location[item].reshape(count, -1, 4), score[item].reshape(count, -1)
        boxes = anchors
        if len(first) > 1:
            boxes = decoded(first[1][item].reshape(-1, 4) * factor, anchors, layer.code_type)
        label = np.full(count, layer.background_label_id)
        positive, outside, nearest, far, candidates = (np.zeros(count, bool),) * 2 + (np.zeros(count),) * 2 + (boxes,)
        aside = far  # the losses of locations beside the prior boxes, which a first stage may have moved
        for own in _in_turn(layer, labels):
            if not layer.use_prior_for_matching:
                slot = labels[own[0]] if layer.by_class() and len(own) else 0
                candidates = decoded(offsets[:, slot] * factor, anchors, layer.code_type)
            outside = np.any((candidates < 0) | (candidates > 1), 1) & layer.ignore_cross_boundary_bbox
            ious = np.array([[iou(box, other) for other in mine[own, 3:7]] for box in candidates])
            ious = np.where(outside[:, np.newaxis], 0.0, ious.reshape(count, len(own)))
            nearest, match = ious.max(1, initial=0.0), _matched(ious, layer.threshold())
            positive = match >= 0
            known = own[match[positive]]
            label[positive] = labels[known]
            found = offsets[positive, 0 if layer.share_location else labels[known]]
            target = encoded(mine[known, 3:7], boxes[positive], layer.code_type)
            if layer.encode_variance_in_target:
                found = found / variances[positive]
            inside = (candidates[positive] >= 0) & (candidates[positive] <= 1) | (not layer.bp_inside)
            far, aside = np.zeros(count), np.zeros(count)
            far[positive] = _moved(layer, (found - target / variances[positive]) * inside)
            target = encoded(mine[known, 3:7], anchors[positive], layer.code_type)
            ends = anchors[positive] if layer.use_prior_for_matching else candidates[positive]
            within = (ends >= 0) & (ends <= 1) | (not layer.bp_inside)
            aside[positive] = _moved(layer, (found - target / variances[positive]) * within)
            mixed[item * count + np.flatnonzero(positive) * (layer.num_classes or 1) + labels[known]] = 1
            if not layer.mining():
                far_loss, matches = far_loss + far.sum(), matches + int(positive.sum())
        losses = _of_classes(layer, scores, label)
        if layer.mining():
            hard = layer.mining() is MiningType.HARD_EXAMPLE
            negative = ~positive & ~outside & (len(mine) > 0) & (hard | (nearest < layer.neg_overlap))
            likely = np.full(count, len(mine) > 0)
            if first:
                likely &= first[0][item].reshape(-1, 2)[:, 1] >= layer.objectness_score
            negative &= likely
            near = anchors if layer.use_prior_for_nms else decoded(offsets[:, 0] * factor, anchors, layer.code_type)
            hardest = _hardest(layer, losses + aside * hard, likely if hard else negative, near)
            chosen: Values = np.zeros(count, bool)
            chosen[hardest[: layer.sample_size if hard else max(int(positive.sum() * layer.neg_pos_ratio), 0)]] = True
            positive = positive & chosen if hard else positive
            far_loss, matches = far_loss + far[positive].sum(), matches + int(positive.sum())
            losses = _of_classes(layer, scores, label, others)[positive | (negative & chosen)]
        class_loss += losses.sum()
    if layer.conf_loss_type is ConfLossType.LOGISTIC and not layer.mining():
        class_loss = _logistic(score.ravel(), mixed).sum()
    divisors = {
        NormalizationMode.VALID: max(matches, 1),
        NormalizationMode.FULL: n * count,
        NormalizationMode.BATCH_SIZE: n,
    }
    flags = place.site.propagate_down or (True, True)
    loss = flags[0] * layer.loc_weight * far_loss + flags[1] * class_loss
    return (np.array(loss / divisors.get(layer.normalization(), 1)),)


def _in_turn(layer: MultiBoxLoss, labels: Values) -> list[Values]:
    """The annotations that are matched together, by their places: all, or those of each class."""
    if not layer.by_class():
        return [np.arange(len(labels))]
    return [np.flatnonzero(labels == c) for c in np.unique(labels)]


def _hardest(layer: MultiBoxLoss, losses: Values, eligible: Values, boxes: Values) -> list[int]:
    """Those that may be chosen, the greatest loss first; after NMS, if there is one."""
    order = [int(i) for i in np.argsort(-losses, stable=True) if eligible[i]]
    param = layer.suppressing()
    if not param:
        return order
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    most = param.top_k or 0
    order = [i for i in (order if most < 0 else order[:most]) if size[i].prod() >= 1e-5]
    return [order[k] for k in nms(boxes[order], param.nms_threshold)]


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


def _of_classes(layer: MultiBoxLoss, score: Values, label: Values, others: float = 0.0) -> Values:
    """The loss of each box's class. others: what LOGISTIC compares the scores of classes but the label's with."""
    if layer.conf_loss_type is ConfLossType.LOGISTIC:
        count: int = score.shape[1]
        classes: Values = np.arange(count)
        own: Values = np.equal(classes, label[:, np.newaxis])
        return np.sum(_logistic(score, np.where(own, 1.0, others)), 1)
    largest = score.max(1, keepdims=True)
    total = np.log(np.sum(np.exp(score - largest), 1)) + largest[:, 0]
    return np.minimum(total - score[np.arange(len(score)), label], -LOG_FLT_MIN)


def _logistic(score: Values, target: Values) -> Values:
    return np.maximum(score, 0) + np.log1p(np.exp(-np.abs(score))) - score * target


MEANINGS: dict[type[Layer], Meaning] = {MultiBoxLoss: multi_box_loss}
