"""Layers of FlowNet 2.0: place by place."""

from __future__ import annotations

import math

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.flow.flow import Accum, Downsample, FillParameter, FlowWarp
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def flow_warp(layer: FlowWarp, place: Place) -> tuple[Values, ...]:
    x, flow = place.inputs
    height, width = x.shape[2:]
    fill = 0.0 if layer.fill_value is FillParameter.ZERO else math.nan
    y = np.full_like(x, fill)
    for n, i, j in np.ndindex(len(x), height, width):
        column, row = j + flow[n, 0, i, j], i + flow[n, 1, i, j]
        if 0 <= column < width and 0 <= row < height:
            y[n, :, i, j] = _between(x[n], row, column)
    return (y,)


def _between(x: Values, row: float, column: float) -> Values:
    """The channels at a place between elements."""
    height, width = x.shape[1:]
    above, left = int(row), int(column)
    below, right = min(above + 1, height - 1), min(left + 1, width - 1)
    down, share = row - above, column - left
    upper = (1 - share) * x[:, above, left] + share * x[:, above, right]
    lower = (1 - share) * x[:, below, left] + share * x[:, below, right]
    return (1 - down) * upper + down * lower


def accum(layer: Accum, place: Place) -> tuple[Values, ...]:
    y = np.empty(integers(layer.infer(place.site)[0]) or (), place.inputs[0].dtype)
    n, _, height, width = y.shape
    begin = 0
    for x in place.inputs[: -1 if layer.have_reference else None]:
        end = begin + x.shape[1]
        for item, i, j in np.ndindex(n, height, width):
            row, column = (k * (s - 1) / (t - 1) for k, s, t in zip((i, j), x.shape[2:], (height, width), strict=True))
            y[item, begin:end, i, j] = _between(x[item], row, column)
        begin = end
    return (y,)


def downsample(layer: Downsample, place: Place) -> tuple[Values, ...]:
    x = place.inputs[0]
    y = np.empty(integers(layer.infer(place.site)[0]) or (), x.dtype)
    if x.shape == y.shape:
        return (x.copy(),)
    _, _, height, width = y.shape
    for i, j in np.ndindex(height, width):
        weights = np.outer(_nearness(i, x.shape[2], height), _nearness(j, x.shape[3], width))
        missing = np.isnan(x)
        value = np.sum(np.where(missing, 0, x) * weights, (2, 3))
        counted, lost = np.sum(~missing * weights, (2, 3)), np.sum(missing * weights, (2, 3))
        with np.errstate(divide="ignore", invalid="ignore"):
            y[:, :, i, j] = np.where(lost / counted > 0.5, np.nan, value / counted)
    return (y,)


def _nearness(i: int, size: int, output: int) -> Values:
    """What each element of an axis counts for output i."""
    step = (size - 1) / (output - 1)
    return np.maximum(1 - np.abs(np.arange(size) - i * step) / step, 0)


MEANINGS: dict[type[Layer], Meaning] = {FlowWarp: flow_warp, Accum: accum, Downsample: downsample}
