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


def avg_pool(
    x: tf.Tensor,
    kernel: list[int],
    strides: list[int],
    pads: list[int],
    ends: list[int],
    behind: list[int] | None = None,
) -> tf.Tensor:
    """Means of windows over zeros around x. What a window has beyond `pads`, or at the end beyond `behind`, does not
    count."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]])
    if len(kernel) == 3:
        means = pool3d(tf.nn.avg_pool2d, padded, kernel, strides)
    else:
        means = tf.nn.avg_pool(padded, kernel, strides, "VALID")
    rows = zip(x.shape[1:-1], kernel, strides, pads, behind or pads, strict=True)
    for i, (size, window, stride, pad, last) in enumerate(rows):
        begin = tf.range(means.shape[i + 1]) * stride - pad
        counted = tf.minimum(begin + window, size + last) - begin
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
