"""Loops over maps and over graphs of neighbours."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def first_of_region(values: tf.Tensor) -> tf.Tensor:
    """The number, row by row, of the first element of each one's region in maps N×H×W: elements
    side by side, or one above the other, of the same value.
    """
    n, height, width = tf.unstack(tf.shape(values))
    right = tf.pad(tf.equal(values[:, :, :-1], values[:, :, 1:]), [[0, 0], [0, 0], [0, 1]])
    below = tf.pad(tf.equal(values[:, :-1], values[:, 1:]), [[0, 0], [0, 1], [0, 0]])
    right, below = (tf.reshape(alike, [n, height * width]) for alike in (right, below))

    def spread(first: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = first
        for step, alike in ((1, right), (width, below)):
            found = tf.where(alike, tf.minimum(found, tf.roll(found, -step, 1)), found)
            before = tf.minimum(found, tf.roll(found, step, 1))
            found = tf.where(tf.roll(alike, step, 1), before, found)
        found = tf.gather(found, found, batch_dims=1)
        return found, tf.reduce_any(found < first)

    begin = tf.zeros_like(right, tf.int64) + tf.range(tf.cast(height * width, tf.int64))
    first, _ = tf.while_loop(lambda _, more: more, spread, (begin, tf.constant(True)))
    return tf.reshape(first, tf.shape(values))


def joined_pairs(
    strength: tf.Tensor, ends: tf.Tensor, labels: tf.Tensor, *, alike: bool
) -> tf.Tensor:
    """What share of all pairs of places each edge joins, N×M, if the strongest come first, of equal
    ones the first, and count where nothing has joined their places before.

    strength: of edges, N×M; edge e begins at place e mod V. ends: where each leads, M; -1 is
    nowhere. labels: of places, N×V; 0 does not count. alike: whether pairs of equal labels are
    meant, or of different ones.
    """
    places = tf.shape(labels, out_type=tf.int64)[1]

    def of_item(given: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        strength, labels = given
        order = tf.argsort(strength, direction="DESCENDING", stable=True)
        order = tf.boolean_mask(order, tf.gather(ends, order) >= 0)
        labelled = tf.cast(tf.not_equal(labels, 0), strength.dtype)
        names, kind = tf.unique(labels)

        def counts(counted: tf.Tensor) -> tf.Tensor:
            return tf.math.unsorted_segment_sum(counted, kind, tf.size(names))

        def pairs(shared: tf.Tensor, every: tf.Tensor) -> tf.Tensor:
            return shared if alike else every - shared

        def look(i: tf.Tensor, group: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, ...]:
            edge = order[i]
            a = group[tf.cast(edge, tf.int64) % places]
            b = group[ends[edge]]

            def join() -> tuple[tf.Tensor, tf.Tensor]:
                here, there = (
                    counts(tf.where(tf.equal(group, each), labelled, 0)) for each in (a, b)
                )
                every = tf.reduce_sum(here) * tf.reduce_sum(there)
                joined = pairs(tf.reduce_sum(here * there), every)
                return (
                    tf.where(tf.equal(group, b), a, group),
                    tf.tensor_scatter_nd_update(found, [[edge]], [joined]),
                )

            return i + 1, *tf.cond(tf.equal(a, b), lambda: (group, found), join)

        begin = tf.constant(0), tf.range(places), tf.zeros_like(strength)
        found = tf.while_loop(lambda i, *_: i < tf.size(order), look, begin)[2]
        sizes = counts(labelled)
        every = tf.reduce_sum(sizes)
        most = pairs(tf.reduce_sum(sizes * (sizes - 1)), every * (every - 1)) / 2
        return found / tf.maximum(most, 1)

    return tf.map_fn(of_item, (strength, labels), fn_output_signature=strength.dtype)
