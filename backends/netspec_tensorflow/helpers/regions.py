"""Pooling of regions."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def rounded(x: tf.Tensor) -> tf.Tensor:
    """To whole numbers, halves away from 0."""
    return tf.floor(tf.abs(x) + 0.5) * tf.sign(x)


def roi_pool(
    x: tf.Tensor,
    rois: tf.Tensor,
    *,
    output_size: list[int],
    spatial_scale: float = 1.0,
    pad_ratio: float = 0.0,
) -> tf.Tensor:
    """The maxima of height×width bins of each region (item, x1, y1, x2, y2); 0 for one outside.

    pad_ratio: how much a region is made larger at each side, by its size.
    """
    wide = (
        tf.float64 if rois.dtype == tf.float64 else tf.float32
    )  # half precision is too coarse for places
    rois = tf.reshape(tf.cast(tf.stop_gradient(rois), wide), [-1, 5])
    _, height, width, _ = tf.unstack(tf.shape(x))
    channels = x.shape[3]

    def bins(
        first: tf.Tensor, last: tf.Tensor, low: tf.Tensor, high: tf.Tensor, count: int
    ) -> tf.Tensor:
        """For each bin, which of the cells from `low` to before `high` are in it."""
        length, i, cell = (
            tf.maximum(last - first + 1, 1),
            tf.range(count)[:, tf.newaxis],
            tf.range(low, high),
        )
        return (cell >= first + i * length // count) & (cell < first - (-(i + 1) * length) // count)

    def pool(region: tf.Tensor) -> tf.Tensor:
        item, x1, y1, x2, y2 = tf.unstack(region)
        left, top = tf.clip_by_value(x1, 0, width - 1), tf.clip_by_value(y1, 0, height - 1)
        right, bottom = (
            tf.clip_by_value(x2 + 1, left + 1, width),
            tf.clip_by_value(y2 + 1, top + 1, height),
        )
        plane = x[item, top:bottom, left:right]
        rows, columns = (
            bins(y1, y2, top, bottom, output_size[0]),
            bins(x1, x2, left, right, output_size[1]),
        )
        # The first of equal maxima takes the gradient: first by columns in every row, then by rows.
        lowest = x.dtype.min
        seen = tf.where(columns[:, tf.newaxis, :, tf.newaxis], plane, lowest)
        best, column = tf.reduce_max(seen, 2), tf.argmax(seen, 2, tf.int32)
        row = tf.argmax(tf.where(rows[:, tf.newaxis, :, tf.newaxis], best, lowest), 2, tf.int32)
        column = tf.gather(
            tf.transpose(column, [0, 2, 1]), tf.transpose(row, [1, 2, 0]), batch_dims=2
        )
        index = tf.transpose(row, [2, 0, 1]) * (right - left) + tf.transpose(column, [1, 2, 0])
        maxima = tf.gather(tf.transpose(tf.reshape(plane, [-1, channels])), index, batch_dims=1)
        filled = tf.reduce_any(rows, 1)[:, tf.newaxis] & tf.reduce_any(columns, 1)
        return tf.transpose(tf.where(filled, maxima, 0.0), [1, 2, 0])

    pad = (rois[:, 3:] - rois[:, 1:3] + 1) * pad_ratio
    ends = rois[:, 1:] + tf.concat([-pad, pad], 1)
    regions = tf.cast(tf.concat([rois[:, :1], rounded(ends * spatial_scale)], 1), tf.int32)
    y = tf.map_fn(
        pool, regions, fn_output_signature=tf.TensorSpec([*output_size, channels], x.dtype)
    )
    # A region that ends before it starts has a cell, but gives it no gradient, as in Caffe.
    there = tf.reduce_all(regions[:, 3:] >= regions[:, 1:3], 1)[:, None, None, None]
    return tf.where(there, y, tf.stop_gradient(y))


def psroi_pool(
    x: tf.Tensor, rois: tf.Tensor, *, output_dim: int, group_size: int, spatial_scale: float
) -> tf.Tensor:
    """The means of group_size² bins of each region (item, x1, y1, x2, y2), every bin from channels
    of its own.
    """
    wide = (
        tf.float64 if rois.dtype == tf.float64 else tf.float32
    )  # half precision is too coarse for places
    rois = tf.reshape(tf.cast(tf.stop_gradient(rois), wide), [-1, 5])
    ends = rounded(rois[:, 1:])
    start = ends[:, :2] * spatial_scale
    bins = tf.maximum((ends[:, 2:] + 1) * spatial_scale - start, 0.1) / group_size
    n, height, width, _ = tf.unstack(tf.shape(x))

    def shares(axis: int, count: tf.Tensor) -> tf.Tensor:
        """How much of each bin, R×group_size, each of `count` cells along an axis is."""
        i, most = tf.range(group_size, dtype=wide), tf.cast(count, wide)
        first = tf.floor(i * bins[:, axis, tf.newaxis] + start[:, axis, tf.newaxis])
        last = tf.math.ceil((i + 1) * bins[:, axis, tf.newaxis] + start[:, axis, tf.newaxis])
        first, last = tf.clip_by_value(first, 0.0, most), tf.clip_by_value(last, 0.0, most)
        cell = tf.range(count, dtype=wide)
        inside = (cell >= first[..., tf.newaxis]) & (cell < last[..., tf.newaxis])
        return tf.cast(
            tf.cast(inside, wide) / tf.maximum(last - first, 1.0)[..., tf.newaxis], x.dtype
        )

    items = tf.cast(tf.equal(tf.cast(rois[:, :1], tf.int32), tf.range(n)), x.dtype)
    rows = shares(1, height)[:, tf.newaxis] * items[..., tf.newaxis, tf.newaxis]
    grouped = tf.reshape(x, [n, height, width, output_dim, group_size, group_size])
    columns = tf.einsum("nhwdij,rjw->nrhdij", grouped, shares(0, width))
    return tf.einsum("nrhdij,rnih->rijd", columns, rows)


def interval_pool(
    x: tf.Tensor, intervals: tf.Tensor, *, bins: int, temporal_scale: float = 1.0
) -> tf.Tensor:
    """The maxima of the bins of each interval (item, start, end) of N×C×L, R×C×bins; 0 outside."""
    ends = rounded(intervals[:, 1:] * temporal_scale)
    i, cell = tf.range(bins)[:, tf.newaxis], tf.range(tf.shape(x)[2])

    def pool(interval: tf.Tensor) -> tf.Tensor:
        item, first, last = tf.unstack(interval)
        length = tf.maximum(last - first + 1, 1)
        inside = cell >= first + i * length // bins
        inside &= cell < first - (-(i + 1) * length) // bins
        seen = tf.where(inside, x[item][:, tf.newaxis], x.dtype.min)
        best = tf.gather(seen, tf.argmax(seen, 2), batch_dims=2)
        best = tf.where(tf.reduce_any(inside, 1), best, 0.0)
        # One that ends before it starts has a cell, but gives it no gradient.
        return tf.where(last >= first, best, tf.stop_gradient(best))

    places = tf.cast(tf.concat([intervals[:, :1], ends], 1), tf.int32)
    return tf.map_fn(pool, places, fn_output_signature=tf.TensorSpec([x.shape[1], bins], x.dtype))
