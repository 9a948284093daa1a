"""Layers that measure an element by others: by its neighbours, or by its channel."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.normalization import LRN, BatchNorm, NormRegion
from netspec.layers.segmentation.batch_norm import HappynearBN, MovingBatchNorm, PSPNetBN
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def lrn(layer: LRN, place: Place) -> tuple[Values, ...]:
    (x,) = place.inputs
    n, half = layer.local_size, layer.local_size // 2
    squares, sums = x * x, np.empty_like(x)
    if layer.norm_region is NormRegion.ACROSS_CHANNELS:
        for c in range(x.shape[1]):
            sums[:, c] = np.sum(squares[:, _around(c, half)], 1)
        return (x * (layer.k + layer.alpha / n * sums) ** -layer.beta,)
    spatial = x.ndim - 2
    for at in np.ndindex(*x.shape[2:]):
        window = tuple(_around(i, half) for i in at)
        sums[..., *at] = np.sum(squares[..., *window], tuple(range(2, x.ndim)))
    return (x * (1 + layer.alpha / n**spatial * sums) ** -layer.beta,)


def _around(i: int, half: int) -> slice:
    """The neighbours of i that there are: numpy cuts a slice off at the end, but not at the beginning."""
    return slice(max(i - half, 0), i + half + 1)


def batch_norm(layer: BatchNorm, place: Place) -> tuple[Values, ...]:
    (x,), (mean_sum, variance_sum, factor, *affine) = place.inputs, place.params
    mean, variance = np.empty_like(mean_sum), np.empty_like(variance_sum)
    if layer.global_stats(place.phase):
        scale = 0 if factor[0] == 0 else 1 / factor[0]
        mean[:], variance[:] = mean_sum * scale, variance_sum * scale
    else:
        for c in range(x.shape[1]):
            mean[c] = np.mean(x[:, c])
            variance[c] = np.mean((x[:, c] - mean[c]) ** 2)
        kept, m = layer.moving_average_fraction, x[:, 0].size
        factor[:] = kept * factor + 1
        mean_sum[:] = kept * mean_sum + mean
        variance_sum[:] = kept * variance_sum + (variance * m / (m - 1) if m > 1 else variance)
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        within = layer.eps_inside
        deviation = np.sqrt(variance[c] + layer.eps) if within else np.sqrt(variance[c]) + layer.eps
        y[:, c] = (x[:, c] - mean[c]) / deviation
        y[:, c] *= affine[0][c] if affine else 1
        y[:, c] += affine[1][c] if len(affine) > 1 else 0
    return (np.maximum(y, 0) if layer.rectified else y,)


def moving_batch_norm(layer: MovingBatchNorm, place: Place) -> tuple[Values, ...]:
    (x,), (factor, added, means, variances) = place.inputs, place.params
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        mean, variance = np.mean(x[:, c]), np.mean((x[:, c] - np.mean(x[:, c])) ** 2)
        if place.phase is Phase.TRAIN and layer.kept is not None:
            means[0, c] = layer.kept * means[0, c] + (1 - layer.kept) * mean
            variances[0, c] = layer.kept * variances[0, c] + (1 - layer.kept) * variance
        if layer.averages(place.phase):
            mean, variance = means[0, c, 0, 0], variances[0, c, 0, 0]
        y[:, c] = factor[0, c, 0, 0] * (x[:, c] - mean) / np.sqrt(variance + layer.added) + added[0, c, 0, 0]
    return (y,)


MEANINGS: dict[type[Layer], Meaning] = {
    LRN: lrn,
    BatchNorm: batch_norm,
    PSPNetBN: moving_batch_norm,
    HappynearBN: moving_batch_norm,
}
