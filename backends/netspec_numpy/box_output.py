"""Proposals and detections of MS-CNN and of Cascade R-CNN: box by box."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from netspec.layers.base import Layer, Phase
from netspec.layers.detection.box_output import PLACEHOLDER, BestBoxes, BoxGroupOutput, BoxOutput
from netspec.layers.detection.field_boxes import BBoxRegParameter, Overlap
from netspec.layers.detection.refinement import NOTHING, DecodeBBox, FrcnnOutput, ScaleRoute
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

Found = list[tuple[float, Values]]  # boxes with their scores


def box_output(layer: BoxOutput, place: Place) -> tuple[Values, ...]:
    found: list[Found] = [Found() for _ in range(len(place.inputs[0]))]
    sizes = zip(place.inputs, layer.field_w, layer.field_h, layer.downsample_rate, strict=True)
    for x, wide, high, stride in sizes:
        for item, row, column in np.ndindex(len(x), *x.shape[2:]):
            numbers = x[item, :, row, column]
            border = np.array([x.shape[3], x.shape[2]]) * stride
            middle, extent = _said(layer, numbers[-4:], (wide, high), (row, column), stride)
            start = np.maximum(middle - extent / 2, 0)
            extent = np.minimum(extent, border - start)
            score = float(numbers[1:-4].max() - numbers[0])
            if score >= layer.fg_thr and min(extent) >= layer.min_size:
                found[int(item)].append((score, np.concatenate([start, start + extent])))
    # Of equal scores the last comes first.
    return _regions(layer, place, [boxes[::-1] for boxes in found], 0)


def box_group_output(layer: BoxGroupOutput, place: Place) -> tuple[Values, ...]:
    found: list[Found] = [Found() for _ in range(len(place.inputs[0]) // len(layer.box_group_param[0].field_h))]
    for i, group in enumerate(layer.box_group_param):
        fields: list[tuple[int, int]] = [*zip(group.field_w, group.field_h, strict=True)]
        probability, said = place.inputs[2 * i : 2 * i + 2]
        border = np.array([said.shape[3], said.shape[2]]) * group.stride
        for each, row, column in np.ndindex(len(said), *said.shape[2:]):
            item, field = divmod(int(each), len(fields))
            middle, extent = _said(layer, said[each, :, row, column], fields[field], (row, column), group.stride)
            start = middle - extent / 2
            start, last = np.maximum(start, 0), np.minimum(start + extent - 1, border)
            score = float(1 - probability[each, 0, row, column])
            if score >= layer.fg_thr and min(last - start + 1) >= layer.min_size:
                found[item].append((score, np.concatenate([start, last])))
    return _regions(layer, place, found, 1)


def _said(
    layer: BestBoxes, said: Values, field: tuple[int, int], cell: tuple[int, int], stride: int
) -> tuple[Values, Values]:
    """Middle and extent of a box, x and y."""
    said = _differences(layer.bbox_reg_param, said)
    most, growth = 1 / layer.field_xyr, math.log(layer.field_whr)
    size = np.array(field, said.dtype)
    middle = np.clip(said[:2], -most, most) * size + (np.array(cell[::-1]) + 0.5) * stride
    return middle, size * np.exp(np.clip(said[2:], -growth, growth))


def _differences(param: BBoxRegParameter, said: Values) -> Values:
    if not param.bbox_mean or not param.bbox_std:
        return said
    return said * np.array(param.bbox_std, said.dtype) + np.array(param.bbox_mean, said.dtype)


def _regions(layer: BestBoxes, place: Place, found: Sequence[Found], more: int) -> tuple[Values, ...]:
    rows: list[list[float]] = []
    for item, boxes in enumerate(found):
        best = sorted(boxes, key=lambda pair: -pair[0])[: layer.max_nms_num or None]
        kept = list(_suppressed(best, layer.iou_thr, Overlap.named(layer.nms_type), more))
        rows += [[float(item), *map(float, box), float(score)] for score, box in kept[: layer.max_post_nms_num or None]]
    regions = np.array([row[:5] for row in rows] or [PLACEHOLDER])
    scored = np.array(rows or [[0.0] * 6])
    return tuple(top[:, :, np.newaxis, np.newaxis] for top in (regions, scored))[: place.site.tops]


def _suppressed(best: Found, threshold: float, mode: Overlap, more: int) -> Iterator[tuple[float, Values]]:
    kept: Found = []
    for score, box in best:
        if all(_overlap(other, box, mode, more) <= threshold for _, other in kept):
            kept.append((score, box))
            yield score, box


def _overlap(first: Values, second: Values, mode: Overlap, more: int) -> float:
    """more: 1 where the last pixel belongs to a box."""
    wide, high = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    if wide < 0 or high <= 0 or (wide == 0 and not more):
        return 0.0
    shared = (wide + more) * (high + more)
    areas = [np.prod(box[2:] - box[:2] + more) for box in (first, second)]
    divisors = {Overlap.IOU: sum(areas) - shared, Overlap.IOMU: min(areas), Overlap.IOFU: areas[0]}
    return float(shared / divisors[mode])


def _moved(param: BBoxRegParameter, said: Values, region: Values) -> Values:
    """x1, y1, x2, y2 of a region, moved and stretched."""
    said = _differences(param, said)
    size = region[3:5] - region[1:3] + 1
    middle = (region[1:3] + region[3:5]) / 2 + said[:2] * size
    start = middle - (size * np.exp(said[2:]) - 1) / 2
    return np.concatenate([start, start + size * np.exp(said[2:]) - 1])


def decode_bbox(layer: DecodeBBox, place: Place) -> tuple[Values, ...]:
    said, regions, *truth = (x.reshape(len(x), -1) for x in place.inputs)
    rows: list[Values] = []
    for r, region in enumerate(regions):
        box = _moved(layer.bbox_reg_param, said[r, 4:], region)
        useless = any(box[2:] < box[:2]) or (truth and truth[0][r, 5] >= layer.gt_iou_thr)
        if place.phase is Phase.TRAIN and useless:
            continue
        rows.append(np.concatenate([region[:1], box]))
    return (np.array(rows).reshape(-1, 5, 1, 1),)


def frcnn_output(layer: FrcnnOutput, place: Place) -> tuple[Values, ...]:
    scores, said, regions = (x.reshape(len(x), -1) for x in place.inputs[:3])
    height, width = place.inputs[3].reshape(2)
    found: list[tuple[int, float, Values]] = []
    for label in range(1, scores.shape[1]):
        first = 4 * label if layer.bbox_reg_param.cls_aware else 4
        boxes: Found = []
        for r in np.flatnonzero(scores[:, label] >= layer.conf_thr):
            x1, y1, x2, y2 = _moved(layer.bbox_reg_param, said[r, first : first + 4], regions[r])
            box = np.array([max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)])
            boxes.append((scores[r, label], box))
        best = sorted(boxes, key=lambda pair: -pair[0])
        kept = _suppressed(best, layer.iou_thr, Overlap.named(layer.nms_type), 1)
        found += [(label, score, box) for score, box in kept]
    if 0 < layer.max_det_num < len(found):
        best = sorted(range(len(found)), key=lambda i: -found[i][1])[: layer.max_det_num]
        found = [found[i] for i in sorted(best)]
    rows = [[0.0, *map(float, box), float(label), float(score)] for label, score, box in found]
    return (np.array([list(NOTHING), *rows]).reshape(-1, 7, 1, 1),)


def scale_route(layer: ScaleRoute, place: Place) -> tuple[Values, ...]:
    regions = place.inputs[0].reshape(len(place.inputs[0]), -1)
    sizes = np.sqrt(np.prod(np.maximum(regions[:, 3:5] - regions[:, 1:3] + 1, 0), 1))
    low, high = layer.low_scale, layer.high_scale
    chosen = np.flatnonzero((sizes >= (low or 0)) & (sizes < (high or math.inf)))
    if not len(chosen) and len(sizes):
        middle = math.sqrt(low * high) if low and high else low or high or 256
        chosen = np.argmin(np.abs(np.log2(sizes / middle)), keepdims=True)
    return tuple(x[chosen] for x in place.inputs)


MEANINGS: dict[type[Layer], Meaning] = {
    BoxOutput: box_output,
    BoxGroupOutput: box_group_output,
    DecodeBBox: decode_bbox,
    FrcnnOutput: frcnn_output,
    ScaleRoute: scale_route,
}
