"""Boxes: prior ones, decoding, IoU, NMS, detections, proposals."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def prior_boxes(
    *,
    cells: list[int],
    image: list[int],
    sizes: list[list[float]],
    steps: list[float],
    variances: list[float],
    dtype: tf.DType,
    offset: float = 0.5,
    clip: bool = False,
    moved: list[list[float]] | None = None,
    yx: bool = False,
) -> tf.Tensor:
    """Boxes of some sizes (width, height) around each cell of a feature map, in parts of the image; and variances.

    cells, image: rows and columns. steps: how many pixels they are apart. moved: how far each box is, right and down.
    yx: whether y comes before x.
    """
    rows, columns = ((tf.cast(tf.range(n), dtype) + offset) * step for n, step in zip(cells, steps, strict=True))
    y, x = tf.meshgrid(rows, columns, indexing="ij")
    middle, half = tf.stack([x, y], -1)[:, :, tf.newaxis], tf.constant(sizes, dtype) / 2
    middle = middle if moved is None else middle + tf.constant(moved, dtype)
    height, width = image
    boxes = tf.concat([middle - half, middle + half], -1) / tf.constant([width, height, width, height], dtype)
    boxes = tf.gather(boxes, [1, 0, 3, 2], axis=-1) if yx else boxes
    boxes = tf.clip_by_value(boxes, 0.0, 1.0) if clip else boxes
    spread = tf.broadcast_to(tf.constant(variances, dtype), tf.shape(boxes))
    return tf.stack([tf.reshape(boxes, [-1]), tf.reshape(spread, [-1])])[tf.newaxis]


def decode_boxes(offsets: tf.Tensor, prior: tf.Tensor, *, code_type: str) -> tf.Tensor:
    """Boxes (x1, y1, x2, y2) from what a net says of them beside prior ones."""
    size = prior[..., 2:] - prior[..., :2]
    if code_type == "corner":
        return prior + offsets
    if code_type == "corner_size":
        return prior + offsets * tf.concat([size, size], -1)
    middle = offsets[..., :2] * size + (prior[..., :2] + prior[..., 2:]) / 2
    half = tf.exp(offsets[..., 2:]) * size / 2
    return tf.concat([middle - half, middle + half], -1)


def iou(a: tf.Tensor, b: tf.Tensor, *, margin: float = 0.0) -> tf.Tensor:
    """Intersection over union. A side is longer by `margin` than its ends are apart: 1 for pixels."""
    common = tf.minimum(a[..., 2:], b[..., 2:]) - tf.maximum(a[..., :2], b[..., :2]) + margin
    shared = tf.reduce_prod(tf.nn.relu(common), -1)
    area_a, area_b = (tf.reduce_prod(tf.nn.relu(x[..., 2:] - x[..., :2] + margin), -1) for x in (a, b))
    return tf.math.divide_no_nan(shared, area_a + area_b - shared)


def put_rows(x: tf.Tensor, indices: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """N×P×F with other rows at the indices of each item, N×A×1."""
    items = tf.ones_like(indices) * tf.range(tf.shape(x)[0], dtype=indices.dtype)[:, tf.newaxis, tf.newaxis]
    return tf.tensor_scatter_nd_update(x, tf.concat([items, indices], axis=-1), values)


def nms(
    boxes: tf.Tensor,
    candidates: tf.Tensor,
    *,
    iou_threshold: float,
    eta: float = 1.0,
    margin: float = 0.0,
    inclusive: bool = False,
) -> tf.Tensor:
    """Non-maximum suppression: which candidates among boxes …×K×4, best first, are kept, those whose IoU with each box
    kept before is at most `iou_threshold`.

    eta: what the threshold is multiplied by after each box kept, while it is above 0.5. inclusive: whether an IoU of
    just the threshold is too much.
    """
    count = tf.shape(candidates)[-1]

    def look(i: tf.Tensor, kept: tf.Tensor, thresholds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        ious = iou(boxes[..., i : i + 1, :], boxes, margin=margin)
        covered = ious >= thresholds[..., tf.newaxis] if inclusive else ious > thresholds[..., tf.newaxis]
        keep = candidates[..., i] & ~tf.reduce_any(kept & covered, -1)
        if eta < 1:
            thresholds = tf.where(keep & (thresholds > 0.5), thresholds * eta, thresholds)
        return i + 1, kept | (keep[..., tf.newaxis] & tf.equal(tf.range(count), i)), thresholds

    thresholds = tf.fill(tf.shape(candidates)[:-1], tf.constant(iou_threshold, boxes.dtype))
    begin = (tf.constant(0), tf.zeros_like(candidates), thresholds)
    return tf.while_loop(lambda i, *_: i < count, look, begin)[1]


def join_levels(
    *tensors: tf.Tensor, levels: int, num_classes: int, order: str = "", ratios: list[int] | None = None
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Locations N×(P·4), scores N×(P·C) and prior boxes 1×2×(P·4) from those of each level: scores, locations, then
    prior boxes, of each or of all. All items have what is predicted for the first one.

    order: "maps" if scores are N×C×R×(H·W) and locations N×(R·4)×H×W, "planes" for N×(C·P) and N×(4·P).
    ratios: R of each level, for "planes" with prior boxes of all levels.
    """
    scores, locations, priors = tensors[:levels], tensors[levels : 2 * levels], tensors[2 * levels :]
    n, counts = tf.shape(scores[0])[0], [tf.size(x[0]) // 4 for x in locations]
    each = [tf.shape(score)[2] for score in scores] if order == "maps" else ratios or []
    if order == "maps":
        scores = [tf.transpose(score, [0, 2, 3, 1]) for score in scores]
        shapes = [tf.stack([n, r, 4, -1]) for r in each]
        locations = [tf.transpose(tf.reshape(x, s), [0, 1, 3, 2]) for x, s in zip(locations, shapes, strict=True)]
    elif order == "planes":
        scores = [tf.transpose(tf.reshape(score, [n, num_classes, -1]), [0, 2, 1]) for score in scores]
        locations = [tf.transpose(tf.reshape(x, [n, 4, -1]), [0, 2, 1]) for x in locations]
        priors = priors if ratios else [tf.transpose(tf.reshape(x, [1, 2, 4, -1]), [0, 1, 3, 2]) for x in priors]
    prior = tf.concat([tf.reshape(x, [1, 2, -1]) for x in priors], 2)
    if each:
        boxes, variance = tf.unstack(tf.reshape(prior, [2, -1, 4]))
        parts = zip(tf.split(boxes, tf.stack(counts), num=levels), each, strict=True)
        moved = [tf.transpose(tf.reshape(x, tf.stack([-1, r, 4])), [1, 0, 2]) for x, r in parts]
        boxes = tf.concat([tf.reshape(x, [-1, 4]) for x in moved], 0)
        prior = tf.reshape(tf.stack([boxes, variance]), [1, 2, -1])
    location, score = (tf.concat([tf.reshape(x, [n, -1]) for x in xs], 1) for xs in (locations, scores))
    return tf.repeat(location[:1], n, 0), tf.repeat(score[:1], n, 0), prior


def detection_output(
    location: tf.Tensor,
    score: tf.Tensor,
    prior: tf.Tensor,
    *first: tf.Tensor,
    num_classes: int,
    nms_threshold: float,
    confidence_threshold: float = -float("inf"),
    code_type: str = "corner",
    background_label_id: int = 0,
    share_location: bool = True,
    variance_encoded_in_target: bool = False,
    top_k: int | None = None,
    keep_top_k: int | None = None,
    eta: float = 1.0,
    objectness_score: float = 0.01,
) -> tf.Tensor:
    """The boxes found, 1×1×K×7: item, class, score, x1, y1, x2, y2. Of each class the `top_k` best with a
    score above `confidence_threshold` go through NMS, then of each item the `keep_top_k` best are kept.

    first: scores and locations of a first stage, which says where there is an object at all.
    """
    location, score, prior = (tf.stop_gradient(x) for x in (location, score, prior))
    stage = [tf.stop_gradient(x) for x in first]
    n, dtype = tf.shape(location)[0], location.dtype
    score = tf.reshape(score, [n, -1, num_classes])
    boxes, variance = tf.unstack(tf.reshape(prior, [2, -1, 1, 4]))
    variance = tf.ones_like(variance) if variance_encoded_in_target else variance
    if stage:
        nothing = tf.reshape(stage[0], [n, -1, 2])[..., 1:] < objectness_score
        score = tf.where(nothing, tf.one_hot(0, num_classes, dtype=dtype), score)
    if len(stage) > 1:
        boxes = decode_boxes(tf.reshape(stage[1], [n, -1, 1, 4]) * variance, boxes, code_type=code_type)
    labels = tf.constant([c for c in range(num_classes) if c != background_label_id], tf.int32)
    offsets = tf.reshape(location, [n, tf.shape(variance)[0], 1 if share_location else num_classes, 4]) * variance
    boxes = tf.transpose(decode_boxes(offsets, boxes, code_type=code_type), [0, 2, 1, 3])
    boxes = tf.repeat(boxes, tf.size(labels), 1) if share_location else tf.gather(boxes, labels, axis=1)
    score = tf.gather(tf.transpose(score, [0, 2, 1]), labels, axis=1)
    order = tf.argsort(score, direction="DESCENDING", stable=True)[..., :top_k]
    best = tf.gather(score, order, batch_dims=2)
    longest = tf.math.count_nonzero(tf.reduce_any(best > confidence_threshold, [0, 1]))
    best, order = best[..., :longest], order[..., :longest]
    boxes = tf.gather(boxes, order, batch_dims=2)
    kept = nms(boxes, best > confidence_threshold, iou_threshold=nms_threshold, eta=eta)
    if keep_top_k is not None:
        flat = tf.reshape(tf.where(kept, best, -float("inf")), [n, -1])
        rank = tf.argsort(tf.argsort(flat, direction="DESCENDING", stable=True))
        kept &= tf.reshape(rank < keep_top_k, tf.shape(kept))
    found = tf.where(kept)
    label = tf.gather(tf.cast(labels, dtype), found[:, 1])
    rows = tf.concat([tf.stack([tf.cast(found[:, 0], dtype), label, best[kept]], 1), boxes[kept]], 1)
    item = tf.range(tf.where(tf.shape(found)[0] > 0, 0, n))
    nothing = tf.pad(tf.cast(item, dtype)[:, tf.newaxis], [[0, 0], [0, 6]], constant_values=-1)
    return tf.concat([rows, nothing], 0)[tf.newaxis, tf.newaxis]


def proposals(
    scores: tf.Tensor,
    bbox_deltas: tf.Tensor,
    im_info: tf.Tensor,
    *,
    anchors: list[list[float]],
    feat_stride: int,
    min_size: float,
    pre_nms_top_n: int,
    post_nms_top_n: int,
    nms_threshold: float,
    small_score: float = -float("inf"),
) -> tuple[tf.Tensor, tf.Tensor]:
    """Regions R×5 (item, x1, y1, x2, y2, in pixels) with their scores: anchors around each cell, moved as bbox_deltas
    say, after NMS.

    im_info: height, width and scale of the image. min_size: how long sides have to be before scaling. pre_nms_top_n,
    post_nms_top_n: how many boxes enter NMS, and how many of an item are kept. small_score: the score of those too
    small; −∞ leaves them out.
    """
    scores, bbox_deltas, im_info = (tf.stop_gradient(x) for x in (scores, bbox_deltas, im_info))
    n, _, height, width = tf.unstack(tf.shape(bbox_deltas))
    wide = tf.float64 if bbox_deltas.dtype == tf.float64 else tf.float32  # half precision is too coarse for places
    base, bbox_deltas, im_info = tf.constant(anchors, wide), tf.cast(bbox_deltas, wide), tf.cast(im_info, wide)
    y, x = (float(feat_stride) * tf.range(size, dtype=wide) for size in (height, width))
    y, x = tf.meshgrid(y, x, indexing="ij")
    boxes = tf.stack([x, y, x, y], -1)[:, :, tf.newaxis] + base
    size = boxes[..., 2:] - boxes[..., :2] + 1
    bbox_deltas = tf.transpose(tf.reshape(bbox_deltas, [n, len(anchors), 4, height, width]), [0, 3, 4, 1, 2])
    middle = bbox_deltas[..., :2] * size + (boxes[..., :2] + size / 2)
    half = tf.exp(bbox_deltas[..., 2:]) * size / 2
    rows, columns, scale, *scales = tf.unstack(tf.reshape(im_info, [-1]))
    border = tf.stack([columns, rows, columns, rows]) - 1
    boxes = tf.nn.relu(tf.minimum(tf.concat([middle - half, middle + half], -1), border))
    shortest = min_size * tf.stack([scales[0] if scales else scale, scale])
    small = tf.reduce_any(boxes[..., 2:] - boxes[..., :2] + 1 < shortest, -1)
    scores = tf.where(
        small, tf.constant(small_score, scores.dtype), tf.transpose(scores[:, len(anchors) :], [0, 2, 3, 1])
    )
    scores, boxes = tf.reshape(scores, [n, -1]), tf.reshape(boxes, [n, -1, 4])
    order = tf.argsort(scores, direction="DESCENDING", stable=True)[:, :pre_nms_top_n]
    best, boxes = tf.gather(scores, order, batch_dims=1), tf.gather(boxes, order, batch_dims=1)
    kept = nms(boxes, best > -float("inf"), iou_threshold=nms_threshold, margin=1.0)
    kept &= tf.cumsum(tf.cast(kept, tf.int32), 1) <= post_nms_top_n
    item = tf.cast(tf.where(kept)[:, :1], wide)
    return tf.cast(tf.concat([item, boxes[kept]], 1), scores.dtype), best[kept]
