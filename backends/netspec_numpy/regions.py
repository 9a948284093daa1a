"""Pooling of regions and of intervals: one by one, bin by bin or point by point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.detection.regions import PSROIPooling, ROIAlign, ROIPooling
from netspec.layers.segmentation.cascade import ROIWarping
from netspec.layers.video.proposals import TemporalROIPooling
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def roi_pooling(layer: ROIPooling, place: Place) -> tuple[Values, ...]:
    x, rois = place.inputs[0], place.inputs[1].reshape(-1, 5)
    y = np.zeros((len(rois), x.shape[1], layer.pooled_h, layer.pooled_w), x.dtype)
    for r, (item, *corners) in enumerate(rois):
        corners = _with_context(corners, x.dtype.type(layer.pad_ratio))
        x1, y1, x2, y2 = (_rounded(corner * x.dtype.type(layer.spatial_scale)) for corner in corners)
        plane = x[int(item)]
        for i, rows in enumerate(_whole_bins(y1, max(y2 - y1 + 1, 1), layer.pooled_h, x.shape[2])):
            for j, columns in enumerate(_whole_bins(x1, max(x2 - x1 + 1, 1), layer.pooled_w, x.shape[3])):
                seen = plane[:, rows, columns]
                if seen.size:
                    y[r, :, i, j] = seen.max((1, 2))
    return (y,)


def psroi_pooling(layer: PSROIPooling, place: Place) -> tuple[Values, ...]:
    x, rois = place.inputs[0], place.inputs[1].reshape(-1, 5)
    size, scale = layer.group_size, x.dtype.type(layer.spatial_scale)
    y = np.zeros((len(rois), layer.output_dim, size, size), x.dtype)
    for r, (item, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (x.dtype.type(_rounded(corner)) for corner in corners)
        grouped = x[int(item)].reshape(layer.output_dim, size, size, *x.shape[2:])
        for i, rows in enumerate(_bins(y1 * scale, (y2 + 1) * scale, size, x.shape[2])):
            for j, columns in enumerate(_bins(x1 * scale, (x2 + 1) * scale, size, x.shape[3])):
                seen = grouped[:, i, j, rows, columns]
                if seen.size:
                    y[r, :, i, j] = seen.mean((1, 2))
    return (y,)


def roi_align(layer: ROIAlign, place: Place) -> tuple[Values, ...]:
    x, rois = place.inputs[0], place.inputs[1].reshape(-1, 5)
    y = np.zeros((len(rois), x.shape[1], layer.pooled_h + 1, layer.pooled_w + 1), x.dtype)
    for r, (item, *corners) in enumerate(rois):
        ends = _with_context(corners, x.dtype.type(layer.pad_ratio))
        x1, y1, x2, y2 = (corner * x.dtype.type(layer.spatial_scale) - 0.5 for corner in ends)
        if x2 <= x1 or y2 <= y1:
            continue
        for i, j in np.ndindex(*y.shape[2:]):
            row, column = y1 + i * ((y2 - y1) / layer.pooled_h), x1 + j * ((x2 - x1) / layer.pooled_w)
            if -0.5 <= row <= x.shape[2] - 0.5 and -0.5 <= column <= x.shape[3] - 0.5:
                y[r, :, i, j] = _between(x[int(item)], row, column)
    return (y,)


def roi_warping(layer: ROIWarping, place: Place) -> tuple[Values, ...]:
    x, rois = place.inputs[0], place.inputs[1].reshape(-1, 5)
    y = np.zeros((len(rois), x.shape[1], layer.pooled_h, layer.pooled_w), x.dtype)
    for r, (item, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (_rounded(corner * x.dtype.type(layer.spatial_scale)) for corner in corners)
        for i, j in np.ndindex(*y.shape[2:]):
            row, column = y1 + i * (max(y2 - y1, 0) / layer.pooled_h), x1 + j * (max(x2 - x1, 0) / layer.pooled_w)
            if -0.5 <= row <= x.shape[2] - 0.5 and -0.5 <= column <= x.shape[3] - 0.5:
                y[r, :, i, j] = _between(x[int(item)], row, column)
    return (y,)


def temporal_roi_pooling(layer: TemporalROIPooling, place: Place) -> tuple[Values, ...]:
    x, rois = place.inputs[0], place.inputs[1].reshape(-1, 3)
    y = np.zeros((len(rois), x.shape[1], layer.pooled_l, layer.pooled_h, layer.pooled_w), x.dtype)
    for r, (item, *ends) in enumerate(rois):
        start, last = (_rounded(end * x.dtype.type(layer.temporal_scale)) for end in ends)
        for i, frames in enumerate(_whole_bins(start, max(last - start + 1, 1), layer.pooled_l, x.shape[2])):
            for j, rows in enumerate(_whole_bins(0, 7, layer.pooled_h, x.shape[3])):
                for k, columns in enumerate(_whole_bins(0, 7, layer.pooled_w, x.shape[4])):
                    seen = x[int(item), :, frames, rows, columns]
                    if seen.size:
                        y[r, :, i, j, k] = seen.max((1, 2, 3))
    return (y,)


def _between(plane: Values, row: float, column: float) -> Values:
    """Each channel at a place among the middles of cells, or at the nearest place among them."""
    for axis, place in ((1, row), (1, column)):
        place = min(max(place, 0), plane.shape[axis] - 1)
        before = math.floor(place)
        behind = min(before + 1, plane.shape[axis] - 1)
        plane = plane.take(before, axis) * (1 - (place - before)) + plane.take(behind, axis) * (place - before)
    return plane


def _with_context(corners: list[Any], ratio: Any) -> list[Any]:
    """A region, larger by its size times a ratio at each side."""
    x1, y1, x2, y2 = corners
    wide, high = (x2 - x1 + 1) * ratio, (y2 - y1 + 1) * ratio
    return [x1 - wide, y1 - high, x2 + wide, y2 + high]


def _rounded(value: float) -> int:
    """Halves away from 0."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def _whole_bins(start: int, length: int, count: int, limit: int) -> Iterator[slice]:
    """The cells of each bin, as far as they are below `limit`."""
    for i in range(count):
        first, last = start + i * length // count, start - (-(i + 1) * length // count)
        yield slice(min(max(first, 0), limit), min(max(last, 0), limit))


def _bins(start: float, end: float, count: int, limit: int) -> Iterator[slice]:
    """The cells that each bin touches, as far as they are below `limit`."""
    step = max(end - start, type(end)(0.1)) / count
    for i in range(count):
        first, last = math.floor(i * step + start), math.ceil((i + 1) * step + start)
        yield slice(min(max(first, 0), limit), min(max(last, 0), limit))


MEANINGS: dict[type[Layer], Meaning] = {
    ROIPooling: roi_pooling,
    PSROIPooling: psroi_pooling,
    ROIAlign: roi_align,
    ROIWarping: roi_warping,
    TemporalROIPooling: temporal_roi_pooling,
}
