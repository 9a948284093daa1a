"""Which boxes are trained to be what: the loss of single-shot detectors."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf

from netspec_tensorflow.helpers.boxes import decode_boxes, iou


def first_boxes(
    prior: tf.Tensor, location: tf.Tensor | None, *, code_type: str, encode_variance_in_target: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Prior boxes and their variances; the boxes where a first stage has moved them, if its locations are given."""
    boxes, variance = tf.unstack(tf.reshape(tf.stop_gradient(prior), [2, -1, 4]))
    if location is None:
        return boxes, variance
    offsets = tf.reshape(tf.stop_gradient(location), [-1, *boxes.shape])
    offsets = offsets if encode_variance_in_target else offsets * variance
    return decode_boxes(offsets, boxes, code_type=code_type), variance


def encode_boxes(boxes: tf.Tensor, prior: tf.Tensor, *, code_type: str) -> tf.Tensor:
    """What a net has to say of boxes (x1, y1, x2, y2) beside prior ones: the inverse of `decode_boxes`."""
    size = prior[..., 2:] - prior[..., :2]
    if code_type == "corner":
        return boxes - prior
    if code_type == "corner_size":
        return (boxes - prior) / tf.concat([size, size], -1)
    middle = (boxes[..., :2] + boxes[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2
    return tf.concat([middle / size, tf.math.log((boxes[..., 2:] - boxes[..., :2]) / size)], -1)


def pair_up(ious: tf.Tensor, *, overlap_threshold: float) -> tf.Tensor:
    """The column that each row of P×G is matched with; −1 for none. The largest element of all matches its row and its
    column, then the largest of those left, and so on; rows left take their largest one, from `overlap_threshold` on.
    """
    rows, columns = tf.unstack(tf.shape(ious))

    def pair(left: tf.Tensor, matched: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        best = tf.argmax(tf.reshape(left, [-1]), output_type=tf.int32)
        row, column = tf.equal(tf.range(rows), best // columns), tf.equal(tf.range(columns), best % columns)
        left = tf.where(row[:, tf.newaxis] | column, tf.zeros_like(left), left)
        return left, tf.where(row, best % columns, matched)

    matched = tf.while_loop(lambda left, _: tf.reduce_max(left) > 1e-6, pair, (ious, tf.fill([rows], -1)))[1]
    free = (matched < 0) & (tf.reduce_max(ious, 1) >= overlap_threshold)
    return tf.where(free, tf.argmax(ious, 1, tf.int32), matched)


def match_annotations(
    location: tf.Tensor,
    prior: tf.Tensor,
    annotations: tf.Tensor,
    *first: tf.Tensor,
    overlap_threshold: float = float("inf"),
    background_label_id: int = 0,
    neg_overlap: float = 0.5,
    use_difficult_gt: bool = True,
    one_object: bool = False,
    ignore_cross_boundary_bbox: bool = False,
    predicted: bool = False,
    code_type: str = "corner",
    encode_variance_in_target: bool = False,
    objectness_score: float = 0.01,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The annotation of each prior box, N×P×8: item (−1: there is none), class, number, x1, y1, x2, y2, difficult. And
    which boxes without one may be negatives: those whose IoU with all annotations of the item is below `neg_overlap`.

    first: scores of a first stage, which must be `objectness_score` for a negative, and its locations, which move the
    prior boxes. one_object: give all the class behind background. ignore_cross_boundary_bbox: leave boxes out that go
    beyond the image. predicted: match the boxes predicted beside the prior ones.
    """
    n, dtype, annotations = tf.shape(location)[0], location.dtype, tf.stop_gradient(annotations)
    moved = location if predicted else first[1] if len(first) > 1 else None
    candidates = first_boxes(prior, moved, code_type=code_type, encode_variance_in_target=encode_variance_in_target)[0]
    candidates = candidates if moved is not None else tf.repeat(candidates[tf.newaxis], n, 0)
    usable = tf.reduce_all((candidates >= 0) & (candidates <= 1), -1) | (not ignore_cross_boundary_bbox)
    rows = tf.reshape(annotations, [-1, 8])
    rows = rows if use_difficult_gt else rows[tf.equal(rows[:, 7], 0)]
    if one_object:
        label = tf.fill([tf.shape(rows)[0], 1], tf.cast(background_label_id + 1, dtype))
        rows = tf.concat([rows[:, :1], label, rows[:, 2:]], 1)
    nothing = tf.constant([[-1, background_label_id, 0, 0, 0, 0, 0, 0]], dtype)

    def find(inputs: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        i, own, usable = inputs
        mine = tf.concat([nothing, rows[tf.equal(tf.cast(rows[:, 0], tf.int32), i)]], 0)
        ious = tf.where(usable[:, tf.newaxis], iou(own[:, tf.newaxis], mine[:, 3:7]), 0.0)
        alone = tf.equal(tf.shape(mine)[0], 1)
        largest = tf.where(alone, tf.cast(float("inf"), dtype), tf.reduce_max(ious, 1))
        return tf.gather(mine, tf.maximum(pair_up(ious, overlap_threshold=overlap_threshold), 0)), largest

    count = candidates.shape[1]
    specs = tf.TensorSpec([count, 8], dtype), tf.TensorSpec([count], dtype)
    truth, largest = tf.map_fn(find, (tf.range(n), candidates, usable), fn_output_signature=specs)
    negative = tf.equal(truth[..., 0], -1) & (largest < neg_overlap) & usable
    return truth, negative & (tf.reshape(first[0], [n, -1, 2])[..., 1] >= objectness_score) if first else negative


def multibox_loss(
    location: tf.Tensor,
    score: tf.Tensor,
    prior: tf.Tensor,
    truth: tf.Tensor,
    negative: tf.Tensor,
    first: tf.Tensor | None = None,
    *,
    num_classes: int,
    neg_pos_ratio: float | None = None,
    sample_size: int | None = None,
    code_type: str = "corner",
    loc_weight: float = 1.0,
    l2: bool = False,
    logistic: bool = False,
    share_location: bool = True,
    encode_variance_in_target: bool = False,
    bp_inside: bool = False,
    divisor: str = "matches",
) -> tf.Tensor:
    """The loss of the locations of boxes that match annotations, and of the classes of these and of negatives.

    truth, negative: of `match_annotations`. first: the locations of a first stage, which move the prior boxes.
    neg_pos_ratio: how many negatives count for each match of an item, those with the greatest loss first; None: all
    boxes count.
    sample_size: only so many boxes of an item count, matched or not: those with the greatest loss of location and
    class. bp_inside: leave coordinates out that those boxes have beyond the image.
    """
    boxes, variance = first_boxes(
        prior, first, code_type=code_type, encode_variance_in_target=encode_variance_in_target
    )
    n, count, _ = tf.unstack(tf.shape(truth))
    positive, label = truth[..., 0] > -1, tf.cast(truth[..., 1], tf.int32)
    score = tf.reshape(score, [n, count, num_classes])
    location = tf.reshape(location, [n, count, 1 if share_location else num_classes, 4])
    location = location[:, :, 0] if share_location else tf.gather(location, label, batch_dims=2)
    target = encode_boxes(truth[..., 3:7], boxes, code_type=code_type) / variance
    counted = positive[..., tf.newaxis] & ((boxes >= 0) & (boxes <= 1) | (not bp_inside))
    difference = (location / variance if encode_variance_in_target else location) - target
    if logistic:
        labels = tf.one_hot(label, num_classes, dtype=score.dtype)
        losses = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels, score), -1)
    else:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(label, score)
        losses -= tf.nn.relu(tf.stop_gradient(losses) - 87.33654475055311)  # no logarithm of less than FLT_MIN
    if sample_size is not None:
        size = tf.abs(tf.where(counted, tf.stop_gradient(difference), 0.0))
        far = tf.reduce_sum(tf.where((size < 1) | l2, size**2 / 2, size - 0.5), -1)
        order = tf.argsort(tf.stop_gradient(losses) + far, 1, "DESCENDING", stable=True)
        chosen = tf.argsort(order, 1) < sample_size
        positive, negative, counted = positive & chosen, negative & chosen, counted & chosen[..., tf.newaxis]
        losses = losses[positive | negative]
    difference = difference[counted]
    size = tf.abs(difference)
    moved = tf.where((size < 1) | l2, tf.square(difference) / 2, size - 0.5)
    matches = tf.cast(tf.math.count_nonzero(positive, 1, keepdims=True), score.dtype)
    if neg_pos_ratio is not None:
        ranked = tf.where(negative, tf.stop_gradient(losses), -float("inf"))
        place = tf.argsort(tf.argsort(ranked, 1, "DESCENDING", stable=True), 1)
        losses = losses[positive | (negative & (tf.cast(place, score.dtype) < tf.floor(matches * neg_pos_ratio)))]
    boxes, items = tf.cast(n * count, score.dtype), tf.cast(n, score.dtype)
    sizes = {"matches": tf.maximum(tf.reduce_sum(matches), 1.0), "boxes": boxes, "items": items, "one": 1.0}
    return (loc_weight * tf.reduce_sum(moved) + tf.reduce_sum(losses)) / sizes[divisor]
