"""What emitted files carry with them. This file is read as text, one definition at a time: a helper may use tf and
other helpers, nothing else."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def xavier(shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Uniform, with variance 1 / fan."""
    bound = (3.0 / fan) ** 0.5
    return tf.random.uniform(shape, -bound, bound, dtype)


def msra(shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Normal, with variance 2 / fan."""
    return tf.random.normal(shape, 0.0, (2.0 / fan) ** 0.5, dtype)


def sparse_gaussian(shape: list[int], mean: float, std: float, kept: float, dtype: tf.DType) -> tf.Tensor:
    """Normal, with each element kept with a probability and 0 otherwise."""
    values = tf.random.normal(shape, mean, std, dtype)
    return tf.where(tf.random.uniform(shape) < kept, values, 0.0)


def positive_unitball(shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """Uniform and positive, with a sum of 1 along the first axis's entries."""
    values = tf.random.uniform(shape, dtype=dtype)
    return values / tf.reduce_sum(values, axis=list(range(1, len(shape))), keepdims=True)


def bilinear(shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """The kernel of bilinear interpolation on the last two axes, for every pair of channels."""
    size = shape[-1]
    half = (size + 1) // 2
    ramp = 1.0 - tf.abs(tf.range(size, dtype=dtype) / half - (size - 1) / (2 * half))
    return tf.broadcast_to(ramp[:, tf.newaxis] * ramp, shape)


def symmetric(values: tf.Tensor, filters: int) -> tf.Tensor:
    """The same, with the first filters equal wherever swapping and mirroring the three axes of a cube leads."""
    size = values.shape[-1]
    away = tf.abs(tf.range(size) - size // 2)
    positions = tf.stack(tf.meshgrid(away, away, away, indexing="ij"), axis=-1) + size // 2
    x, y, z = tf.unstack(tf.sort(positions, direction="DESCENDING"), axis=-1)
    flat = tf.reshape(values, [*values.shape[:2], -1])
    cubes = tf.gather(flat, (x * size + y) * size + z, axis=2)
    return tf.concat([cubes[:filters], values[filters:]], 0)


def neighbour_sums(x: tf.Tensor, size: int) -> tf.Tensor:
    """For each channel, the last axis, the sum over the `size` channels around it."""
    half = size // 2
    padded = tf.pad(x, [[0, 0]] * (len(x.shape) - 1) + [[half, half]])
    return tf.add_n([padded[..., i : i + x.shape[-1]] for i in range(size)])


class BatchNorm(tf.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both are divided.

    axis: that of the channels. fraction: how much of the sums stays when a batch is added.
    use_global_stats: normalise by the sums, or by the batch, which then enters them.
    """

    def __init__(
        self,
        channels: int,
        dtype: tf.DType,
        axis: int = -1,
        epsilon: float = 1e-5,
        fraction: float = 0.999,
        use_global_stats: bool = True,
    ) -> None:
        super().__init__()
        self.axis, self.epsilon, self.fraction, self.use_global_stats = axis, epsilon, fraction, use_global_stats
        self.mean = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="variance")
        self.factor = tf.Variable(tf.zeros([1], dtype), trainable=False, name="factor")

    def __call__(self, x: tf.Tensor, weight: tf.Tensor | None = None, bias: tf.Tensor | None = None) -> tf.Tensor:
        if self.use_global_stats:
            mean = tf.math.divide_no_nan(self.mean, self.factor)
            variance = tf.math.divide_no_nan(self.variance, self.factor)
        else:
            mean, variance = self.update(x)
        along = [-1] + [1] * (len(x.shape) - 1 - self.axis % len(x.shape))
        mean, variance = tf.reshape(mean, along), tf.reshape(variance, along)
        weight, bias = (None if v is None else tf.reshape(v, along) for v in (weight, bias))
        return tf.nn.batch_normalization(x, mean, variance, bias, weight, self.epsilon)

    def update(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The mean and variance of a batch, which it adds to the sums; there the variance is the unbiased one."""
        mean, variance = tf.nn.moments(x, [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)])
        count = x.shape.num_elements() // x.shape[self.axis]
        self.factor.assign(self.fraction * self.factor + 1)
        self.mean.assign(self.fraction * self.mean + mean)
        self.variance.assign(self.fraction * self.variance + variance * (count / max(count - 1, 1)))
        return mean, variance


class MovingBatchNorm(tf.Module):
    """Batch normalisation with moving averages of mean and variance; all parameters are 1×C×1×1.

    axis: that of the channels. kept: how much of the averages stays when a batch enters them; None: no batch does.
    use_averages: normalise by the averages, rather than by the batch.
    """

    def __init__(
        self,
        channels: int,
        dtype: tf.DType,
        axis: int = -1,
        epsilon: float = 1e-5,
        kept: float | None = None,
        variance: float = 0.0,
        use_averages: bool = True,
    ) -> None:
        super().__init__()
        self.axis, self.epsilon, self.kept, self.use_averages = axis, epsilon, kept, use_averages
        shape = [1, channels, 1, 1]
        self.mean = tf.Variable(tf.zeros(shape, dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.fill(shape, tf.cast(variance, dtype)), trainable=False, name="variance")

    def __call__(self, x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        mean, variance = self.mean, self.variance
        if not self.use_averages:
            mean, variance = tf.nn.moments(x, [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)])
            if self.kept is not None:
                for average, batch in ((self.mean, mean), (self.variance, variance)):
                    average.assign(self.kept * average + (1 - self.kept) * tf.reshape(batch, average.shape))
        along = [-1] + [1] * (len(x.shape) - 1 - self.axis % len(x.shape))
        mean, variance, weight, bias = (tf.reshape(v, along) for v in (mean, variance, weight, bias))
        return tf.nn.batch_normalization(x, mean, variance, bias, weight, self.epsilon)


def grouped(
    groups: int, convolution, x: tf.Tensor, kernel: tf.Tensor, *args, kernel_axis: int = -1, **named
) -> tf.Tensor:
    """A convolution for each group of channels apart."""
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=kernel_axis), strict=True)
    return tf.concat([convolution(part, weight, *args, **named) for part, weight in parts], axis=-1)


def dilated(kernel: tf.Tensor, rates: list[int]) -> tf.Tensor:
    """A kernel with zeros between its elements, so that those stand `rate` apart."""
    for axis, rate in enumerate(rates):
        shape = kernel.shape.as_list()
        behind = [[0, 0]] * (len(shape) - axis - 1)
        spread = tf.pad(tf.expand_dims(kernel, axis + 1), [[0, 0]] * (axis + 1) + [[0, rate - 1]] + behind)
        whole = tf.reshape(spread, [*shape[:axis], shape[axis] * rate, *shape[axis + 1 :]])
        kernel = whole[(slice(None),) * axis + (slice(rate * (shape[axis] - 1) + 1),)]
    return kernel


def patches(
    x: tf.Tensor, axis: int, kernel: list[int], strides: list[int] | None = None, dilations: list[int] | None = None
) -> tf.Tensor:
    """What each element of a kernel sees, along a new axis behind `axis`, which is that of the channels."""
    columns = [x]
    for i, size in enumerate(kernel):
        stride, rate = strides[i] if strides else 1, dilations[i] if dilations else 1
        before = (slice(None),) * (axis + 1 + i)
        reach = x.shape[axis + 1 + i] - rate * (size - 1)
        starts = range(0, rate * size, rate)
        columns = [x[(*before, slice(start, start + reach, stride))] for x in columns for start in starts]
    return tf.stack(columns, axis + 1)


def avg_pool(x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]) -> tf.Tensor:
    """Means of windows over zeros around x. What a window has beyond `pads` does not count."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]])
    if len(kernel) == 3:
        means = pool3d(tf.nn.avg_pool2d, padded, kernel, strides)
    else:
        means = tf.nn.avg_pool(padded, kernel, strides, "VALID")
    for i, (size, window, stride, pad) in enumerate(zip(x.shape[1:-1], kernel, strides, pads, strict=True)):
        begin = tf.range(means.shape[i + 1]) * stride - pad
        counted = tf.minimum(begin + window, size + pad) - begin
        means *= tf.reshape(window / tf.cast(counted, x.dtype), [-1] + [1] * (len(kernel) - i))
    return means


def avg_pool_inside(x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]) -> tf.Tensor:
    """Means of what windows have of x."""
    around = [[0, 0], *([pad, end] for pad, end in zip(pads, ends, strict=True)), [0, 0]]
    values, inside = tf.pad(x, around), tf.pad(tf.ones_like(x[:1, ..., :1]), around)
    if len(kernel) == 3:
        return pool3d(tf.nn.avg_pool2d, values, kernel, strides) / pool3d(tf.nn.avg_pool2d, inside, kernel, strides)
    return tf.nn.avg_pool(values, kernel, strides, "VALID") / tf.nn.avg_pool(inside, kernel, strides, "VALID")


def pool3d(pool2d, x: tf.Tensor, kernel: list[int], strides: list[int]) -> tf.Tensor:
    """Pooling on three axes, by planes and then across them."""
    batch, depth, _, _, channels = x.shape
    planes = pool2d(tf.reshape(x, [batch * depth, *x.shape[2:]]), kernel[1:], strides[1:], "VALID")
    _, height, width, _ = planes.shape
    columns = tf.reshape(planes, [batch, depth, height * width, channels])
    pooled = pool2d(columns, [kernel[0], 1], [strides[0], 1], "VALID")
    return tf.reshape(pooled, [batch, -1, height, width, channels])


def max_pool_with_index(
    x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Maxima of windows, and the index of each in its plane of x; -1 for a window outside."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]], constant_values=-3.4028234663852886e38)
    maxima, index = tf.nn.max_pool_with_argmax(padded, kernel, strides, "VALID")
    _, height, width, channels = x.shape
    row = index // channels // padded.shape[2] - pads[0]
    column = index // channels % padded.shape[2] - pads[1]
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return maxima, tf.cast(tf.where(inside, row * width + column, -1), x.dtype)


def stochastic_pool2d(x: tf.Tensor, kernel: list[int], strides: list[int]) -> tf.Tensor:
    """An element of each window, drawn with a probability proportional to it; none is negative."""
    sizes, steps = [1, *kernel, 1], [1, *strides, 1]
    windows = tf.image.extract_patches(x, sizes, steps, [1, 1, 1, 1], "VALID")
    windows = tf.reshape(windows, [*windows.shape[:3], -1, x.shape[3]])
    sums = tf.cumsum(tf.stop_gradient(windows), axis=3)
    drawn = tf.random.uniform(sums[:, :, :, :1].shape, dtype=x.dtype) * sums[:, :, :, -1:]
    first = tf.argmax(tf.cast(sums >= drawn, tf.int32), axis=3)
    return tf.reduce_sum(windows * tf.one_hot(first, windows.shape[3], axis=3, dtype=x.dtype), axis=3)


def lstm_steps(
    gates: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor, c: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """From what the inputs add to the gates of every step, T×N×4H, and the first state to the hidden state after every
    step, T×N×H, and the last state. `cont`, T×N, is 0 where a sequence begins."""

    def step(state, inputs):
        h, c = state
        gate, keep = inputs
        i, f, o, g = tf.split(gate + tf.matmul(keep * h, weight), 4, axis=1)
        c = keep * tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h, c = tf.scan(step, (gates, keep), initializer=(tf.convert_to_tensor(h), tf.convert_to_tensor(c)))
    return h, h[-1], c[-1]


def rnn_steps(inputs: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """From what the inputs add to the state of every step, T×N×H, and the first state to the state after every step,
    T×N×H, and the last state. `cont`, T×N, is 0 where a sequence begins."""

    def step(h, inputs):
        x, keep = inputs
        return tf.tanh(x + tf.matmul(keep * h, weight))

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h = tf.scan(step, (inputs, keep), initializer=tf.convert_to_tensor(h))
    return h, h[-1]


def nearest(x: tf.Tensor, axis: int, size: int, step: int, shift: int, divisor: int) -> tf.Tensor:
    """An axis of another size, whose element i is that at (step·i + shift) / divisor, rounded down."""
    at = (tf.range(size) * step + shift) // divisor
    return tf.gather(x, tf.clip_by_value(at, 0, x.shape[axis] - 1), axis=axis)


def linear(x: tf.Tensor, axis: int, size: int, scale: float, shift: float) -> tf.Tensor:
    """An axis of another size, whose element i lies at scale·i + shift between two elements of the input."""
    last = x.shape[axis] - 1
    at = tf.clip_by_value(tf.range(size, dtype=x.dtype) * scale + shift, 0, last)
    below = tf.cast(at, tf.int32)
    share = tf.reshape(at - tf.floor(at), [-1] + [1] * (len(x.shape) - 1 - axis))
    low, high = (tf.gather(x, tf.minimum(below + i, last), axis=axis) for i in (0, 1))
    return low + share * (high - low)


def filtered(
    x: tf.Tensor, axis: int, size: int, scale: float, shift: float, sharpness: float = 1.0, cubic: bool = False
) -> tf.Tensor:
    """An axis of another size, whose element i is the mean of those around scale·i + shift.

    What an element counts falls with its distance, times `sharpness`: as a line, or as Catmull and Rom's cubic.
    """
    at = tf.range(size, dtype=x.dtype)[:, tf.newaxis] * scale + shift
    d = tf.abs(at - tf.range(x.shape[axis], dtype=x.dtype)) * sharpness
    if cubic:
        weights = tf.where(d <= 1, d * d * (1.5 * d - 2.5) + 1, (d * (2.5 - 0.5 * d) - 4) * d + 2)
        weights = tf.where(d < 2, weights, 0.0)
    else:
        weights = tf.nn.relu(1 - d)
    weights = tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=1, keepdims=True))
    order = list(range(len(x.shape) - 1))
    order.insert(axis, len(order))
    return tf.transpose(tf.tensordot(x, weights, [[axis], [1]]), order)


def unpool(x: tf.Tensor, mask: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Zeros, but for the elements of x, each at its index in the plane; channels last."""
    n, _, _, c = x.shape
    planes = tf.reshape(tf.range(n, dtype=tf.int64), [n, 1, 1, 1]) * (height * width)
    index = (planes + tf.cast(mask, tf.int64)) * c + tf.range(c, dtype=tf.int64)
    zeros = tf.zeros([n * height * width * c], x.dtype)
    placed = tf.tensor_scatter_nd_update(zeros, tf.reshape(index, [-1, 1]), tf.reshape(x, [-1]))
    return tf.reshape(placed, [n, height, width, c])


def prior_boxes(
    cells: list[int],
    image: list[int],
    sizes: list[list[float]],
    steps: list[float],
    variances: list[float],
    dtype: tf.DType,
    offset: float = 0.5,
    clip: bool = False,
) -> tf.Tensor:
    """Boxes of some sizes (width, height) around each cell of a feature map, in parts of the image; and variances.

    cells, image: rows and columns. steps: how many pixels they are apart.
    """
    rows, columns = ((tf.range(n, dtype=dtype) + offset) * step for n, step in zip(cells, steps, strict=True))
    y, x = tf.meshgrid(rows, columns, indexing="ij")
    middle, half = tf.stack([x, y], -1)[:, :, tf.newaxis], tf.constant(sizes, dtype) / 2
    height, width = image
    boxes = tf.concat([middle - half, middle + half], -1) / tf.constant([width, height, width, height], dtype)
    boxes = tf.clip_by_value(boxes, 0.0, 1.0) if clip else boxes
    spread = tf.broadcast_to(tf.constant(variances, dtype), tf.shape(boxes))
    return tf.stack([tf.reshape(boxes, [-1]), tf.reshape(spread, [-1])])[tf.newaxis]


def decode_boxes(offsets: tf.Tensor, prior: tf.Tensor, code: str) -> tf.Tensor:
    """Boxes (x1, y1, x2, y2) from what a net says of them beside prior ones."""
    size = prior[..., 2:] - prior[..., :2]
    if code == "corner":
        return prior + offsets
    if code == "corner_size":
        return prior + offsets * tf.concat([size, size], -1)
    middle = offsets[..., :2] * size + (prior[..., :2] + prior[..., 2:]) / 2
    half = tf.exp(offsets[..., 2:]) * size / 2
    return tf.concat([middle - half, middle + half], -1)


def overlaps(a: tf.Tensor, b: tf.Tensor, margin: float) -> tf.Tensor:
    """The intersection of boxes by their union. A side is longer by `margin` than its ends are apart: 1 for pixels."""
    common = tf.minimum(a[..., 2:], b[..., 2:]) - tf.maximum(a[..., :2], b[..., :2]) + margin
    shared = tf.reduce_prod(tf.nn.relu(common), -1)
    area_a, area_b = (tf.reduce_prod(tf.nn.relu(x[..., 2:] - x[..., :2] + margin), -1) for x in (a, b))
    return tf.math.divide_no_nan(shared, area_a + area_b - shared)


def suppress(
    boxes: tf.Tensor, candidates: tf.Tensor, limit: float, eta: float = 1.0, margin: float = 0.0, reached: bool = False
) -> tf.Tensor:
    """Which candidates among boxes …×K×4, best first, are kept: those that no box kept overlaps by more than `limit`.

    eta: what the limit is multiplied by after each box kept, while it is above 0.5. reached: whether overlapping by
    just the limit is too much.
    """
    count = tf.shape(candidates)[-1]

    def look(i: tf.Tensor, kept: tf.Tensor, limits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        shares = overlaps(boxes[..., i : i + 1, :], boxes, margin)
        covered = shares >= limits[..., tf.newaxis] if reached else shares > limits[..., tf.newaxis]
        keep = candidates[..., i] & ~tf.reduce_any(kept & covered, -1)
        if eta < 1:
            limits = tf.where(keep & (limits > 0.5), limits * eta, limits)
        return i + 1, kept | (keep[..., tf.newaxis] & tf.equal(tf.range(count), i)), limits

    limits = tf.fill(tf.shape(candidates)[:-1], tf.constant(limit, boxes.dtype))
    begin = (tf.constant(0), tf.zeros_like(candidates), limits)
    return tf.while_loop(lambda i, *_: i < count, look, begin)[1]


def detection_output(
    location: tf.Tensor,
    score: tf.Tensor,
    prior: tf.Tensor,
    *first: tf.Tensor,
    classes: int,
    limit: float,
    threshold: float = -float("inf"),
    code: str = "corner",
    background: int = 0,
    share_location: bool = True,
    variance_in_target: bool = False,
    top_k: int | None = None,
    keep_top_k: int | None = None,
    eta: float = 1.0,
    objectness: float = 0.01,
) -> tf.Tensor:
    """The boxes found, 1×1×K×7: item, class, score, x1, y1, x2, y2. Of each class those with a score above `threshold`
    that overlap by no more than `limit`, then of each item the `keep_top_k` best.

    first: scores and locations of a first stage, which says where there is an object at all.
    """
    location, score, prior = (tf.stop_gradient(x) for x in (location, score, prior))
    stage = [tf.stop_gradient(x) for x in first]
    n, dtype = tf.shape(location)[0], location.dtype
    score = tf.reshape(score, [n, -1, classes])
    boxes, variance = tf.unstack(tf.reshape(prior, [2, -1, 1, 4]))
    variance = tf.ones_like(variance) if variance_in_target else variance
    if stage:
        nothing = tf.reshape(stage[0], [n, -1, 2])[..., 1:] < objectness
        score = tf.where(nothing, tf.one_hot(0, classes, dtype=dtype), score)
    if len(stage) > 1:
        boxes = decode_boxes(tf.reshape(stage[1], [n, -1, 1, 4]) * variance, boxes, code)
    labels = tf.constant([c for c in range(classes) if c != background], tf.int32)
    offsets = tf.reshape(location, [n, tf.shape(variance)[0], 1 if share_location else classes, 4]) * variance
    boxes = tf.transpose(decode_boxes(offsets, boxes, code), [0, 2, 1, 3])
    boxes = tf.repeat(boxes, tf.size(labels), 1) if share_location else tf.gather(boxes, labels, axis=1)
    score = tf.gather(tf.transpose(score, [0, 2, 1]), labels, axis=1)
    order = tf.argsort(score, direction="DESCENDING", stable=True)[..., :top_k]
    best = tf.gather(score, order, batch_dims=2)
    longest = tf.math.count_nonzero(tf.reduce_any(best > threshold, [0, 1]))
    best, order = best[..., :longest], order[..., :longest]
    boxes = tf.gather(boxes, order, batch_dims=2)
    kept = suppress(boxes, best > threshold, limit, eta)
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


def encode_boxes(boxes: tf.Tensor, prior: tf.Tensor, code: str) -> tf.Tensor:
    """What a net has to say of boxes (x1, y1, x2, y2) beside prior ones: the inverse of `decode_boxes`."""
    size = prior[..., 2:] - prior[..., :2]
    if code == "corner":
        return boxes - prior
    if code == "corner_size":
        return (boxes - prior) / tf.concat([size, size], -1)
    middle = (boxes[..., :2] + boxes[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2
    return tf.concat([middle / size, tf.math.log((boxes[..., 2:] - boxes[..., :2]) / size)], -1)


def pair_up(overlap: tf.Tensor, threshold: float) -> tf.Tensor:
    """The column that each row of P×G is matched with; −1 for none. The largest element of all matches its row and its
    column, then the largest of those left, and so on; rows left take their largest one, if it is at least `threshold`.
    """
    rows, columns = tf.unstack(tf.shape(overlap))

    def pair(left: tf.Tensor, matched: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        best = tf.argmax(tf.reshape(left, [-1]), output_type=tf.int32)
        row, column = tf.equal(tf.range(rows), best // columns), tf.equal(tf.range(columns), best % columns)
        left = tf.where(row[:, tf.newaxis] | column, tf.zeros_like(left), left)
        return left, tf.where(row, best % columns, matched)

    matched = tf.while_loop(lambda left, _: tf.reduce_max(left) > 1e-6, pair, (overlap, tf.fill([rows], -1)))[1]
    free = (matched < 0) & (tf.reduce_max(overlap, 1) >= threshold)
    return tf.where(free, tf.argmax(overlap, 1, tf.int32), matched)


def match_annotations(
    location: tf.Tensor,
    prior: tf.Tensor,
    annotations: tf.Tensor,
    threshold: float = float("inf"),
    background: int = 0,
    below: float = 0.5,
    difficult: bool = True,
    one_object: bool = False,
    inside: bool = False,
    predicted: str | None = None,
    variance_in_target: bool = False,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The annotation of each prior box, N×P×8: item (−1: there is none), class, number, x1, y1, x2, y2, difficult. And
    which boxes without one may be negatives: those that overlap all annotations of the item by less than `below`.

    one_object: give all the class behind background. inside: leave boxes out that go beyond the image. predicted: match
    the boxes predicted, in this code.
    """
    location, prior, annotations = (tf.stop_gradient(x) for x in (location, prior, annotations))
    n, dtype = tf.shape(location)[0], location.dtype
    boxes, variance = tf.unstack(tf.reshape(prior, [2, -1, 4]))
    candidates = tf.repeat(boxes[tf.newaxis], n, 0)
    if predicted:
        offsets = tf.reshape(location, tf.shape(candidates))
        candidates = decode_boxes(offsets if variance_in_target else offsets * variance, boxes, predicted)
    usable = tf.reduce_all((candidates >= 0) & (candidates <= 1), -1) | (not inside)
    rows = tf.reshape(annotations, [-1, 8])
    rows = rows if difficult else rows[tf.equal(rows[:, 7], 0)]
    if one_object:
        rows = tf.concat([rows[:, :1], tf.fill([tf.shape(rows)[0], 1], tf.cast(background + 1, dtype)), rows[:, 2:]], 1)
    nothing = tf.constant([[-1, background, 0, 0, 0, 0, 0, 0]], dtype)

    def find(inputs: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        i, own, usable = inputs
        mine = tf.concat([nothing, rows[tf.equal(tf.cast(rows[:, 0], tf.int32), i)]], 0)
        overlap = tf.where(usable[:, tf.newaxis], overlaps(own[:, tf.newaxis], mine[:, 3:7], 0.0), 0.0)
        return tf.gather(mine, tf.maximum(pair_up(overlap, threshold), 0)), tf.reduce_max(overlap, 1)

    specs = tf.TensorSpec([boxes.shape[0], 8], dtype), tf.TensorSpec([boxes.shape[0]], dtype)
    truth, largest = tf.map_fn(find, (tf.range(n), candidates, usable), fn_output_signature=specs)
    return truth, tf.equal(truth[..., 0], -1) & (largest < below) & usable


def multibox_loss(
    location: tf.Tensor,
    score: tf.Tensor,
    prior: tf.Tensor,
    truth: tf.Tensor,
    negative: tf.Tensor,
    classes: int,
    ratio: float | None = None,
    code: str = "corner",
    weight: float = 1.0,
    l2: bool = False,
    logistic: bool = False,
    share_location: bool = True,
    variance_in_target: bool = False,
    inside: bool = False,
    divisor: str = "matches",
) -> tf.Tensor:
    """The loss of the locations of boxes that match annotations, and of the classes of these and of negatives.

    truth, negative: of `match_annotations`. ratio: how many negatives count for each match of an item, those with the
    greatest loss first; None: all boxes count. inside: leave coordinates out that prior boxes have beyond the image.
    """
    boxes, variance = tf.unstack(tf.reshape(tf.stop_gradient(prior), [2, -1, 4]))
    n, count, _ = tf.unstack(tf.shape(truth))
    positive, label = truth[..., 0] > -1, tf.cast(truth[..., 1], tf.int32)
    score = tf.reshape(score, [n, count, classes])
    location = tf.reshape(location, [n, count, 1 if share_location else classes, 4])
    location = location[:, :, 0] if share_location else tf.gather(location, label, batch_dims=2)
    target = encode_boxes(truth[..., 3:7], boxes, code) / variance
    counted = positive[..., tf.newaxis] & ((boxes >= 0) & (boxes <= 1) | (not inside))
    difference = ((location / variance if variance_in_target else location) - target)[counted]
    size = tf.abs(difference)
    moved = tf.where((size < 1) | l2, tf.square(difference) / 2, size - 0.5)
    if logistic:
        labels = tf.one_hot(label, classes, dtype=score.dtype)
        losses = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels, score), -1)
    else:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(label, score)
        losses -= tf.nn.relu(tf.stop_gradient(losses) - 87.33654475055311)  # no logarithm of less than FLT_MIN
    matches = tf.cast(tf.math.count_nonzero(positive, 1, keepdims=True), score.dtype)
    if ratio is not None:
        ranked = tf.where(negative, tf.stop_gradient(losses), -float("inf"))
        place = tf.argsort(tf.argsort(ranked, 1, "DESCENDING", stable=True), 1)
        losses = losses[positive | (negative & (tf.cast(place, score.dtype) < tf.floor(matches * ratio)))]
    boxes, items = tf.cast(n * count, score.dtype), tf.cast(n, score.dtype)
    sizes = {"matches": tf.maximum(tf.reduce_sum(matches), 1.0), "boxes": boxes, "items": items, "one": 1.0}
    return (weight * tf.reduce_sum(moved) + tf.reduce_sum(losses)) / sizes[divisor]


def proposals(
    score: tf.Tensor,
    delta: tf.Tensor,
    info: tf.Tensor,
    anchors: list[list[float]],
    stride: int,
    least: float,
    examined: int,
    most: int,
    limit: float,
    empty: float = -float("inf"),
) -> tuple[tf.Tensor, tf.Tensor]:
    """Regions R×5 (item, x1, y1, x2, y2, in pixels) with their scores: anchors around each cell, moved as `delta` says,
    the best of those that overlap.

    info: height, width and scale of the image. least: how long sides have to be before scaling. examined, most: how
    many to look at, and to keep. empty: the score of those too small; −∞ leaves them out.
    """
    score, delta, info = (tf.stop_gradient(x) for x in (score, delta, info))
    n, _, height, width = tf.unstack(tf.shape(delta))
    base, dtype = tf.constant(anchors, delta.dtype), delta.dtype
    y, x = (float(stride) * tf.cast(tf.range(size), dtype) for size in (height, width))
    y, x = tf.meshgrid(y, x, indexing="ij")
    boxes = tf.stack([x, y, x, y], -1)[:, :, tf.newaxis] + base
    size = boxes[..., 2:] - boxes[..., :2] + 1
    delta = tf.transpose(tf.reshape(delta, [n, len(anchors), 4, height, width]), [0, 3, 4, 1, 2])
    middle = delta[..., :2] * size + (boxes[..., :2] + size / 2)
    half = tf.exp(delta[..., 2:]) * size / 2
    rows, columns, scale, *scales = tf.unstack(tf.reshape(info, [-1]))
    border = tf.stack([columns, rows, columns, rows]) - 1
    boxes = tf.nn.relu(tf.minimum(tf.concat([middle - half, middle + half], -1), border))
    shortest = least * tf.stack([scales[0] if scales else scale, scale])
    small = tf.reduce_any(boxes[..., 2:] - boxes[..., :2] + 1 < shortest, -1)
    score = tf.where(small, tf.constant(empty, dtype), tf.transpose(score[:, len(anchors) :], [0, 2, 3, 1]))
    score, boxes = tf.reshape(score, [n, -1]), tf.reshape(boxes, [n, -1, 4])
    order = tf.argsort(score, direction="DESCENDING", stable=True)[:, :examined]
    best, boxes = tf.gather(score, order, batch_dims=1), tf.gather(boxes, order, batch_dims=1)
    kept = suppress(boxes, best > -float("inf"), limit, margin=1.0)
    kept &= tf.cumsum(tf.cast(kept, tf.int32), 1) <= most
    item = tf.cast(tf.where(kept)[:, :1], dtype)
    return tf.concat([item, boxes[kept]], 1), best[kept]


def yolo_output(
    *predictions: tf.Tensor,
    anchors: list[list[list[float]]],
    strides: list[int],
    threshold: float,
    limit: float,
    exclusive: bool = False,
) -> tf.Tensor:
    """The boxes found, 1×1×K×7: 0, class + 1, score, x1, y1, x2, y2; the best of those that overlap.

    predictions: N×(boxes·(5 + classes))×S×S. anchors: for each of them, width and height of a cell's boxes in pixels,
    which `strides` turns into cells. exclusive: whether a box is of its best class alone, by a softmax.
    """
    boxes, scores = [], []
    for x, sizes, stride in zip(predictions, anchors, strides, strict=True):
        side, count, dtype = x.shape[3], x.shape[1] // len(sizes), x.dtype
        x = tf.reshape(tf.stop_gradient(x), [-1, len(sizes), count, side, side])
        x = tf.transpose(x, [0, 3, 4, 1, 2])
        cells = tf.range(side, dtype=dtype)
        rows, columns = tf.meshgrid(cells, cells, indexing="ij")
        middle = (tf.sigmoid(x[..., :2]) + tf.stack([columns, rows], -1)[:, :, tf.newaxis]) / side
        half = tf.exp(x[..., 2:4]) * tf.constant(sizes, dtype) / (2 * stride * side)
        boxes.append(tf.reshape(tf.concat([middle - half, middle + half], -1), [-1, 4]))
        classes = tf.nn.softmax(x[..., 5:]) if exclusive else tf.sigmoid(x[..., 5:])
        scores.append(tf.reshape(tf.sigmoid(x[..., 4:5]) * classes, [-1, count - 5]))
    score = tf.concat(scores, 0)
    if exclusive:
        label = tf.argmax(score, 1)
        best = tf.gather(score, label, batch_dims=1)
        at = tf.where(best >= threshold)[:, 0]
        best, label = tf.gather(best, at), tf.gather(label, at)
    else:
        at, label = tf.unstack(tf.where(score > threshold), axis=1)
        best = score[score > threshold]
    order = tf.argsort(best, direction="DESCENDING", stable=True)
    best, label, at = (tf.gather(values, order) for values in (best, label, at))
    box = tf.gather(tf.concat(boxes, 0), at)
    kept = suppress(box, tf.ones_like(best, tf.bool), limit, reached=True)
    rows = tf.concat([tf.stack([tf.zeros_like(best), tf.cast(label + 1, best.dtype), best], 1), box], 1)[kept]
    items = tf.range(tf.where(tf.shape(rows)[0] > 0, 0, tf.shape(predictions[0])[0]))
    nothing = tf.pad(tf.cast(items, best.dtype)[:, tf.newaxis], [[0, 0], [0, 6]], constant_values=-1)
    return tf.concat([rows, nothing], 0)[tf.newaxis, tf.newaxis]


def rounded(x: tf.Tensor) -> tf.Tensor:
    """To whole numbers, halves away from 0."""
    return tf.floor(tf.abs(x) + 0.5) * tf.sign(x)


def roi_pool(x: tf.Tensor, rois: tf.Tensor, size: list[int], scale: float = 1.0) -> tf.Tensor:
    """The maxima of size[0]×size[1] bins of each region (item, x1, y1, x2, y2); 0 for a bin outside."""
    rois = tf.reshape(tf.stop_gradient(rois), [-1, 5])
    _, height, width, _ = tf.unstack(tf.shape(x))
    channels = x.shape[3]

    def bins(first: tf.Tensor, last: tf.Tensor, low: tf.Tensor, high: tf.Tensor, count: int) -> tf.Tensor:
        """For each bin, which of the cells from `low` to before `high` are in it."""
        length, i, cell = tf.maximum(last - first + 1, 1), tf.range(count)[:, tf.newaxis], tf.range(low, high)
        return (cell >= first + i * length // count) & (cell < first - (-(i + 1) * length) // count)

    def pool(region: tf.Tensor) -> tf.Tensor:
        item, x1, y1, x2, y2 = tf.unstack(region)
        left, top = tf.clip_by_value(x1, 0, width - 1), tf.clip_by_value(y1, 0, height - 1)
        right, bottom = tf.clip_by_value(x2 + 1, left + 1, width), tf.clip_by_value(y2 + 1, top + 1, height)
        plane = x[item, top:bottom, left:right]
        rows, columns = bins(y1, y2, top, bottom, size[0]), bins(x1, x2, left, right, size[1])
        # The first of equal maxima takes the gradient: first by columns in every row, then by rows.
        lowest = x.dtype.min
        seen = tf.where(columns[:, tf.newaxis, :, tf.newaxis], plane, lowest)
        best, column = tf.reduce_max(seen, 2), tf.argmax(seen, 2, tf.int32)
        row = tf.argmax(tf.where(rows[:, tf.newaxis, :, tf.newaxis], best, lowest), 2, tf.int32)
        column = tf.gather(tf.transpose(column, [0, 2, 1]), tf.transpose(row, [1, 2, 0]), batch_dims=2)
        index = tf.transpose(row, [2, 0, 1]) * (right - left) + tf.transpose(column, [1, 2, 0])
        maxima = tf.gather(tf.transpose(tf.reshape(plane, [-1, channels])), index, batch_dims=1)
        filled = tf.reduce_any(rows, 1)[:, tf.newaxis] & tf.reduce_any(columns, 1)
        return tf.transpose(tf.where(filled, maxima, 0.0), [1, 2, 0])

    regions = tf.cast(tf.concat([rois[:, :1], rounded(rois[:, 1:] * scale)], 1), tf.int32)
    return tf.map_fn(pool, regions, fn_output_signature=tf.TensorSpec([*size, channels], x.dtype))


def psroi_pool(x: tf.Tensor, rois: tf.Tensor, channels: int, size: int, scale: float) -> tf.Tensor:
    """The means of size×size bins of each region (item, x1, y1, x2, y2), every bin from channels of its own."""
    rois = tf.reshape(tf.stop_gradient(rois), [-1, 5])
    ends = rounded(rois[:, 1:])
    start = ends[:, :2] * scale
    bins = tf.maximum((ends[:, 2:] + 1) * scale - start, 0.1) / size
    n, height, width, _ = tf.unstack(tf.shape(x))

    def shares(axis: int, count: tf.Tensor) -> tf.Tensor:
        """How much of each bin, R×size, each of `count` cells along an axis is."""
        i, most = tf.range(size, dtype=x.dtype), tf.cast(count, x.dtype)
        first = tf.floor(i * bins[:, axis, tf.newaxis] + start[:, axis, tf.newaxis])
        last = tf.math.ceil((i + 1) * bins[:, axis, tf.newaxis] + start[:, axis, tf.newaxis])
        first, last = tf.clip_by_value(first, 0.0, most), tf.clip_by_value(last, 0.0, most)
        cell = tf.cast(tf.range(count), x.dtype)
        inside = (cell >= first[..., tf.newaxis]) & (cell < last[..., tf.newaxis])
        return tf.cast(inside, x.dtype) / tf.maximum(last - first, 1.0)[..., tf.newaxis]

    items = tf.cast(tf.equal(tf.cast(rois[:, :1], tf.int32), tf.range(n)), x.dtype)
    rows = shares(1, height)[:, tf.newaxis] * items[..., tf.newaxis, tf.newaxis]
    grouped = tf.reshape(x, [n, height, width, channels, size, size])
    columns = tf.einsum("nhwdij,rjw->nrhdij", grouped, shares(0, width))
    return tf.einsum("nrhdij,rnih->rijd", columns, rows)


def correlation(
    a: tf.Tensor,
    b: tf.Tensor,
    kernel: int,
    reach: int,
    padding: int = 0,
    stride: int = 1,
    step: int = 1,
    subtract: bool = False,
) -> tf.Tensor:
    """The mean of a·b, or of |a − b|, over windows of all channels, for each displacement of b up to `reach`."""
    around = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    a, b = tf.pad(a, around), tf.pad(b, around)
    height, width = a.shape[1] - 2 * reach, a.shape[2] - 2 * reach
    still = a[:, reach : reach + height, reach : reach + width]
    places = range(reach % step, 2 * reach + 1, step)
    planes = []
    for y in places:
        for x in places:
            moved = b[:, y : y + height, x : x + width]
            planes.append(tf.reduce_mean(tf.abs(still - moved) if subtract else still * moved, axis=-1))
    return tf.nn.avg_pool2d(tf.stack(planes, axis=-1), kernel, stride, "VALID")
