"""Random fields, whose filters are in a permutohedral lattice (Adams, Baek, Davis 2010)."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def lattice(features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Where P points with D features are: the D + 1 vertices of the simplex around each, P×(D + 1),
    how much each of these counts, and the vertices before and behind each of M vertices on each
    axis, (D + 1)×2×M. A vertex that no point has is M.
    """
    axes = features.shape[1] + 1
    total, raised = tf.zeros_like(features[:, 0]), []
    for j in range(axes - 1, 0, -1):
        scaled = features[:, j - 1] * ((2 / 3) ** 0.5 * axes / (j * (j + 1)) ** 0.5)
        raised.insert(0, total - j * scaled)
        total = total + scaled
    point = tf.stack([total, *raised], 1)
    whole = tf.round(point * (1 / axes))
    rest = point - whole * axes
    less = rest[:, :, tf.newaxis] < rest[:, tf.newaxis]
    later = tf.range(axes)[:, tf.newaxis] < tf.range(axes)
    above, below = (
        tf.reduce_sum(tf.cast(each & later, tf.int64), axis)
        for each, axis in ((less, 2), (~less, 1))
    )
    rank = above + below + tf.cast(tf.reduce_sum(whole, 1, keepdims=True), tf.int64)
    wrapped = tf.cast(rank < 0, tf.int64) - tf.cast(rank >= axes, tf.int64)
    rank, corner = rank + axes * wrapped, (tf.cast(whole, tf.int64) + wrapped) * axes
    share = (point - tf.cast(corner, point.dtype)) * (1 / axes)
    share = tf.gather(share, tf.argsort(rank, 1, "DESCENDING"), batch_dims=1)
    first = share[:, :1] + (1 - share[:, -1:])
    weights = tf.concat([first, share[:, 1:] - share[:, :-1]], 1)
    step = tf.range(axes, dtype=tf.int64)[:, tf.newaxis]
    beyond = rank[:, tf.newaxis, :-1] > axes - 1 - step
    keys = corner[:, tf.newaxis, :-1] + step - axes * tf.cast(beyond, tf.int64)
    least = tf.reduce_min(keys, (0, 1))
    span = tf.reduce_max(keys, (0, 1)) - least + 2 * axes
    stride = tf.math.cumprod(span, exclusive=True)
    code = tf.reduce_sum((keys - least + axes) * stride, 2)
    vertices, _ = tf.unique(tf.sort(tf.reshape(code, [-1])))
    count = tf.size(vertices)
    moved = tf.pad(stride * axes, [[0, 1]]) - tf.reduce_sum(stride)
    beside = vertices + tf.stack([moved, -moved], 1)[..., tf.newaxis]

    def number(codes: tf.Tensor) -> tf.Tensor:
        found = tf.searchsorted(vertices, tf.reshape(codes, [-1]))
        return tf.reshape(found, tf.shape(codes))

    found = tf.minimum(number(beside), count - 1)
    found = tf.where(tf.equal(tf.gather(vertices, found), beside), found, count)
    return number(code), weights, found


def lattice_filter(
    x: tf.Tensor, places: tf.Tensor, weights: tf.Tensor, beside: tf.Tensor
) -> tf.Tensor:
    """Numbers of points, C×P, spread to the vertices of a `lattice`, from there to those beside
    them on each axis in turn, and back to the points.
    """
    axes, count = beside.shape[0], tf.shape(beside)[2]
    spread = tf.transpose(x)[:, tf.newaxis] * weights[..., tf.newaxis]
    spread = tf.reshape(spread, [-1, tf.shape(x)[0]])
    values = tf.math.unsorted_segment_sum(spread, tf.reshape(places, [-1]), count + 1)
    for axis in range(axes):
        around = tf.gather(values, beside[axis, 0]) + tf.gather(values, beside[axis, 1])
        values = tf.pad(values[:-1] + 0.5 * around, [[0, 1], [0, 0]])
    back = tf.reduce_sum(tf.gather(values, places) * weights[..., tf.newaxis], 1)
    return tf.transpose(back) / (1 + 2.0 ** (1 - axes))


def mean_field(
    scores: tf.Tensor,
    start: tf.Tensor,
    image: tf.Tensor,
    spatial: tf.Tensor,
    bilateral: tf.Tensor,
    compatibility: tf.Tensor,
    *,
    iterations: int,
    alpha: float,
    beta: float,
    gamma: float,
    eps: float,
) -> tf.Tensor:
    """Scores N×C×H×W less what pixels near by, and those near by of like colors, make of them.

    spatial, bilateral, compatibility: of classes, C×C. alpha, gamma: how far pixels see each other,
    of like colors and in any case. beta: how alike these are.
    """
    n, classes, height, width = tf.unstack(tf.shape(scores))
    columns, rows = tf.meshgrid(
        *(tf.cast(tf.range(size), scores.dtype) for size in (width, height))
    )
    place = tf.stack([tf.reshape(columns, [-1]), tf.reshape(rows, [-1])], 1)
    near = lattice(place / gamma)

    def of_item(given: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tf.Tensor:
        own, likely, colors = (tf.reshape(x, [tf.shape(x)[0], height * width]) for x in given)
        colors = tf.reshape(tf.transpose(colors), [height * width, 3])
        alike = lattice(tf.concat([place / alpha, colors / beta], 1))
        kinds = [
            (weight, around, 1 / (lattice_filter(tf.ones_like(own[:1]), *around) + eps))
            for weight, around in ((spatial, near), (bilateral, alike))
        ]
        for _ in range(iterations):
            p = tf.nn.softmax(likely, 0)
            message = [
                tf.matmul(weight, norm * lattice_filter(p, *around))
                for weight, around, norm in kinds
            ]
            likely = own - tf.matmul(compatibility, message[0] + message[1])
        return likely

    found = tf.map_fn(of_item, (scores, start, image), fn_output_signature=scores.dtype)
    return tf.reshape(found, [n, classes, height, width])
