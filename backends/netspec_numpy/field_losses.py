"""The losses of MS-CNN and of Cascade R-CNN: place by place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.field_losses import DetectionGroupLoss, MSCNNDetectionLoss
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

LEAST = 2.0**-126  # below which no probability counts


class _Item:
    """The places of an item, field by field, cell by cell: scores P×C, what is said P×4, class, IoU, what should be."""

    def __init__(self, layer: Any, scores: Values, said: Values, truth: Values, fields: Any, stride: int) -> None:
        self.scores = scores.transpose(0, 2, 3, 1).reshape(-1, scores.shape[1])
        self.said = said.transpose(0, 2, 3, 1).reshape(-1, 4)
        rows = truth.transpose(0, 2, 3, 1).reshape(-1, 6)
        self.label, self.overlap = rows[:, 0].astype(int), rows[:, 5]
        if layer.objectness:
            self.label = np.minimum(self.label, 1)
        self.wanted = np.zeros_like(self.said)
        param = layer.bbox_reg_param
        for p, (f, row, column) in enumerate(np.ndindex(truth.shape[0], *truth.shape[2:])):
            wide, high = fields[f]
            x, y, w, h = rows[p, 1:5]
            moved = (x - (column + 0.5) * stride) / wide, (y - (row + 0.5) * stride) / high
            wanted = np.array([*moved, math.log(max(w, 2) / wide), math.log(max(h, 2) / high)])
            if param.bbox_mean and param.bbox_std:
                wanted = (wanted - np.array(param.bbox_mean)) / np.array(param.bbox_std)
            self.wanted[p] = wanted

    def probability(self, p: int, label: int) -> float:
        e = np.exp(self.scores[p] - self.scores[p].max())
        return max(float(e[label] / e.sum()), LEAST)


def detection_loss(layer: MSCNNDetectionLoss, place: Place) -> tuple[Values, ...]:
    x, truth = place.inputs
    split, fields = layer.cls_num, [(layer.field_w, layer.field_h)]
    items = [
        _Item(layer, x[i : i + 1, :split], x[i : i + 1, split:], truth[i : i + 1], fields, layer.downsample_rate)
        for i in range(len(x))
    ]
    chosen = [_chosen_of_map(layer, item, place.random) for item in items]
    objects = [[int(p) for p in np.flatnonzero(item.label)] for item in items]
    return _summed(layer, items, objects, chosen, layer.bb_smooth, layer.iou_weighted, limited=True)


def _chosen_of_map(layer: MSCNNDetectionLoss, item: _Item, random: np.random.Generator) -> set[int]:
    candidates = [p for p, label in enumerate(item.label) if label == 0 and item.overlap[p] < layer.bg_threshold]
    mode, share = layer.sample_mode, 0.5 if layer.sample_mode == "mixture" else 1
    if mode not in ("random", "bootstrap", "mixture"):
        return set(candidates)
    found: set[int] = set()
    if mode != "bootstrap":
        count = max(int(np.count_nonzero(item.label) * layer.bg_multiple * share), 4 * (layer.cls_num - 1))
        found |= set(random.integers(len(item.label), size=count).tolist()) & set(candidates)
    if mode != "random":
        for label in range(1, layer.cls_num):
            count = max(int(np.count_nonzero(item.label == label) * layer.bg_multiple * share), 4)
            found |= set(sorted(candidates, key=lambda p, c=label: (item.scores[p, c], p), reverse=True)[:count])
    return found


def detection_group_loss(layer: DetectionGroupLoss, place: Place) -> tuple[Values, ...]:
    fields = [*zip(layer.field_w, layer.field_h, strict=True)]
    scores, said, truth = (x.reshape(-1, len(fields), *x.shape[1:]) for x in place.inputs)
    items = [_Item(layer, scores[i], said[i], truth[i], fields, layer.stride) for i in range(len(scores))]
    objects, chosen = list[list[int]](), list[set[int]]()
    for item in items:
        own = [p for p, label in enumerate(item.label) if label > 0]
        candidates = [p for p, label in enumerate(item.label) if label == 0 and item.overlap[p] < layer.bg_threshold]
        count = max(len(own) * layer.bg_multiple, layer.min_num_neg)
        if layer.batch_size > 0:
            own = _some(own, int(layer.batch_size / (1 + layer.bg_multiple) + 0.5), place.random)
            count = layer.batch_size - len(own)
        count = min(count, len(candidates))
        hard = {"random": 0, "bootstrap": count, "mixture": int(count / 2 + 0.5)}[layer.neg_mining_type]
        by_loss = sorted(candidates, key=lambda p, item=item: (-item.probability(p, 0), p), reverse=True)
        rest = sorted(by_loss[hard:])
        objects.append(own)
        chosen.append({*by_loss[:hard], *_some(rest, count - hard, place.random)})
    limited = layer.has("field_xyr") and layer.has("field_whr")
    return _summed(layer, items, objects, chosen, layer.bbox_loss_type == "Smooth_L1", False, limited)


def _some(places: list[int], count: int, random: np.random.Generator) -> list[int]:
    return places if len(places) <= count else random.permutation(places)[:count].tolist()


def _summed(
    layer: Any,
    items: list[_Item],
    objects: list[list[int]],
    chosen: list[set[int]],
    smoothed: bool,
    weighted: bool,
    limited: bool,
) -> tuple[Values, ...]:
    weights = [
        {p: float(item.overlap[p]) if weighted else 1.0 for p in own} for item, own in zip(items, objects, strict=True)
    ]
    factors = 1.0, 1.0
    if layer.pos_neg_weighted:
        count = sum(map(len, (*objects, *chosen)))
        own, others, share = sum(sum(w.values()) for w in weights), sum(map(len, chosen)), 1 / (1 + layer.bg_multiple)
        factors = share * count / (own or 1), (1 - share) * count / (others or 1)
    losses, numbers = list[float](), list[float]()
    for item, own, others in zip(items, weights, chosen, strict=True):
        for p, weight in [*((p, w * factors[0]) for p, w in own.items()), *((p, factors[1]) for p in others)]:
            label = int(item.label[p])
            if label == layer.loss_param.ignore_label:
                continue
            losses.append(-weight * math.log(item.probability(p, label)))
            if p in own:
                said = _within(layer, item.said[p]) if limited else item.said[p]
                d = np.abs(said - item.wanted[p])
                numbers += [float(x - 0.5 if smoothed and x >= 1 else x * x / 2) for x in d]
    boxes = layer.lambda_ * sum(numbers) / (len(numbers) or 1)
    return (np.array([sum(losses) / (len(losses) or 1) + boxes, boxes]).reshape(1, 1, 1, 2),)


def _within(layer: Any, said: Values) -> Values:
    mean, deviation = layer.bbox_reg_param.normal()
    limits = 1 / layer.field_xyr, math.log(layer.field_whr)
    both = [
        ((s * limits[i]) - (mean[2 * i] + mean[2 * i + 1]) / 2) / math.sqrt(deviation[2 * i] * deviation[2 * i + 1])
        for i in (0, 1)
        for s in (-1, 1)
    ]
    low, high = np.array(both[::2]).repeat(2), np.array(both[1::2]).repeat(2)
    return np.minimum(np.maximum(said, low), high)


MEANINGS: dict[type[Layer], Meaning] = {
    MSCNNDetectionLoss: detection_loss,
    DetectionGroupLoss: detection_group_loss,
}
