"""Sliding windows: what poolings and correlations of the framework do not do."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


class Conv2D(tf.Module):
    """A convolution with a bias, which is 0 unless it is given."""

    def __init__(
        self,
        kernel: tf.Tensor,
        *,
        bias: tf.Tensor | None = None,
        strides: int | list[int] = 1,
        padding: str | list[list[int]] = "SAME",
    ) -> None:
        super().__init__()
        self.strides, self.padding = strides, padding
        self.kernel = tf.Variable(kernel, name="kernel")
        self.bias = tf.Variable(
            tf.zeros(kernel.shape[-1:], kernel.dtype) if bias is None else bias, name="bias"
        )

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(x, self.kernel, self.strides, self.padding) + self.bias


class FusedConv2D(tf.Module):
    """A convolution with a bias, 0 unless it is given; TensorFlow makes one kernel of both."""

    def __init__(
        self,
        kernel: tf.Tensor,
        *,
        bias: tf.Tensor | None = None,
        strides: int | list[int] = 1,
        padding: str | list[list[int]] = "SAME",
    ) -> None:
        super().__init__()
        self.strides, self.padding = strides, padding
        self.kernel = tf.Variable(kernel, name="kernel")
        self.bias = tf.Variable(
            tf.zeros(kernel.shape[-1:], kernel.dtype) if bias is None else bias, name="bias"
        )

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, self.strides, self.padding), self.bias)


def grouped(
    x: tf.Tensor, kernel: tf.Tensor, *, groups: int, convolution, kernel_axis: int = -1, **named
) -> tf.Tensor:
    """A convolution for each group of channels apart."""
    parts = zip(
        tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=kernel_axis), strict=True
    )
    return tf.concat([convolution(part, weight, **named) for part, weight in parts], axis=-1)


def zero_pad(x: tf.Tensor, *, paddings: list[list[int]]) -> tf.Tensor:
    """As tf.pad, but oneDNN does not merge it with a convolution behind it, which would change what
    a graph computes. A
    row more is for a convolution that may have none: oneDNN gives that the shape of its input.
    """
    return tf.pad(x, paddings, constant_values=tf.zeros([], x.dtype))


def depthwise_conv2d_transpose(x: tf.Tensor, kernel: tf.Tensor, *, stride: int) -> tf.Tensor:
    """The transpose of a depthwise convolution without padding; kernel: h×w×C×1. TensorFlow's own
    does not go through TFLite. Each of the stride² elements that follow from a place is a
    convolution with a part of the kernel.
    """
    height, width, channels, _ = kernel.shape
    rows, columns = -(-height // stride), -(-width // stride)
    kernel = tf.pad(
        kernel, [[0, rows * stride - height], [0, columns * stride - width], [0, 0], [0, 0]]
    )
    parts = tf.reverse(tf.reshape(kernel, [rows, stride, columns, stride, channels]), [0, 2])
    parts = tf.reshape(tf.transpose(parts, [0, 2, 4, 1, 3]), [rows, columns, channels, stride**2])
    around = [[0, 0], [rows - 1, rows - 1], [columns - 1, columns - 1], [0, 0]]
    y = tf.nn.depthwise_conv2d(tf.pad(x, around), parts, [1, 1, 1, 1], "VALID")
    _, h, w, _ = tf.unstack(tf.shape(y))
    y = tf.transpose(tf.reshape(y, [-1, h, w, channels, stride, stride]), [0, 1, 4, 2, 5, 3])
    whole = tf.reshape(y, [-1, h * stride, w * stride, channels])
    return whole[:, : stride * (h - rows) + height, : stride * (w - columns) + width]


def dilated(kernel: tf.Tensor, *, dilation: list[int]) -> tf.Tensor:
    """A kernel with zeros between its elements, so that those stand `rate` apart."""
    for axis, rate in enumerate(dilation):
        shape = kernel.shape.as_list()
        behind = [[0, 0]] * (len(shape) - axis - 1)
        spread = tf.pad(
            tf.expand_dims(kernel, axis + 1), [[0, 0]] * (axis + 1) + [[0, rate - 1]] + behind
        )
        whole = tf.reshape(spread, [*shape[:axis], shape[axis] * rate, *shape[axis + 1 :]])
        kernel = whole[(slice(None),) * axis + (slice(rate * (shape[axis] - 1) + 1),)]
    return kernel


def patches(
    x: tf.Tensor,
    *,
    axis: int,
    kernel_size: list[int],
    stride: list[int] | None = None,
    dilation: list[int] | None = None,
) -> tf.Tensor:
    """What each element of a kernel sees, along a new axis behind `axis`, which is that of the
    channels.
    """
    columns = [x]
    for i, size in enumerate(kernel_size):
        step, rate = stride[i] if stride else 1, dilation[i] if dilation else 1
        before = (slice(None),) * (axis + 1 + i)
        reach = tf.shape(x)[axis + 1 + i] - rate * (size - 1)
        starts = range(0, rate * size, rate)
        columns = [
            x[(*before, slice(start, start + reach, step))] for x in columns for start in starts
        ]
    return tf.stack(columns, axis + 1)


def avg_pool(
    x: tf.Tensor, *, kernel_size: list[int], stride: list[int], padding: list[int], ends: list[int]
) -> tf.Tensor:
    """Means of windows over zeros around x. What a window has beyond `padding` does not count."""
    around = [[before, after] for before, after in zip(padding, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]])
    if len(kernel_size) == 3:
        means = pool3d(padded, pool2d=tf.nn.avg_pool2d, kernel_size=kernel_size, stride=stride)
    else:
        means = tf.nn.avg_pool(padded, kernel_size, stride, "VALID")
    for i, (k, s, p) in enumerate(zip(kernel_size, stride, padding, strict=True)):
        begin = tf.range(tf.shape(means)[i + 1]) * s - p
        counted = tf.minimum(begin + k, tf.shape(x)[i + 1] + p) - begin
        means *= tf.reshape(k / tf.cast(counted, x.dtype), [-1] + [1] * (len(kernel_size) - i))
    return means


def avg_pool_inside(
    x: tf.Tensor, *, kernel_size: list[int], stride: list[int], padding: list[int], ends: list[int]
) -> tf.Tensor:
    """Means of what windows have of x."""
    around = [
        [0, 0],
        *([before, after] for before, after in zip(padding, ends, strict=True)),
        [0, 0],
    ]
    values, inside = tf.pad(x, around), tf.pad(tf.ones_like(x[:1, ..., :1]), around)
    if len(kernel_size) == 3:
        values, inside = (
            pool3d(y, pool2d=tf.nn.avg_pool2d, kernel_size=kernel_size, stride=stride)
            for y in (values, inside)
        )
        return values / inside
    return tf.nn.avg_pool(values, kernel_size, stride, "VALID") / tf.nn.avg_pool(
        inside, kernel_size, stride, "VALID"
    )


def pool3d(x: tf.Tensor, *, pool2d, kernel_size: list[int], stride: list[int]) -> tf.Tensor:
    """Pooling on three axes, by planes and then across them."""
    batch, depth, rows, columns, _ = tf.unstack(tf.shape(x))
    channels = x.shape[4]
    planes = pool2d(
        tf.reshape(x, [batch * depth, rows, columns, channels]),
        kernel_size[1:],
        stride[1:],
        "VALID",
    )
    height, width = tf.shape(planes)[1], tf.shape(planes)[2]
    columns = tf.reshape(planes, [batch, depth, height * width, channels])
    pooled = pool2d(columns, [kernel_size[0], 1], [stride[0], 1], "VALID")
    return tf.reshape(pooled, [batch, -1, height, width, channels])


def max_pool_with_mask(
    x: tf.Tensor, *, kernel_size: list[int], stride: list[int], padding: list[int], ends: list[int]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Maxima of windows, and the index of each in its plane of x; -1 for a window outside."""
    around = [[before, after] for before, after in zip(padding, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]], constant_values=x.dtype.min)
    maxima, index = tf.nn.max_pool_with_argmax(padded, kernel_size, stride, "VALID")
    sizes, channels = tf.shape(x, tf.int64), x.shape[3]
    height, width = sizes[1], sizes[2]
    row = index // channels // tf.shape(padded, tf.int64)[2] - padding[0]
    column = index // channels % tf.shape(padded, tf.int64)[2] - padding[1]
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return maxima, tf.cast(tf.where(inside, row * width + column, -1), x.dtype)


def stochastic_pool2d(x: tf.Tensor, *, kernel_size: list[int], stride: list[int]) -> tf.Tensor:
    """An element of each window, drawn with a probability proportional to it; none is negative."""
    sizes, steps = [1, *kernel_size, 1], [1, *stride, 1]
    windows = tf.image.extract_patches(x, sizes, steps, [1, 1, 1, 1], "VALID")
    windows = tf.reshape(windows, [*tf.unstack(tf.shape(windows))[:3], -1, x.shape[3]])
    sums = tf.cumsum(tf.stop_gradient(windows), axis=3)
    drawn = tf.random.uniform(tf.shape(sums[:, :, :, :1]), dtype=x.dtype) * sums[:, :, :, -1:]
    first = tf.argmax(tf.cast(sums >= drawn, tf.int32), axis=3)
    return tf.reduce_sum(
        windows * tf.one_hot(first, kernel_size[0] * kernel_size[1], axis=3, dtype=x.dtype), axis=3
    )


def unpool(x: tf.Tensor, mask: tf.Tensor, *, height: int, width: int) -> tf.Tensor:
    """Zeros, but for the elements of x, each at its index in the plane; channels last."""
    n, c = tf.shape(x)[0], x.shape[3]
    planes = tf.reshape(tf.range(n), [n, 1, 1, 1]) * (height * width)
    index = (tf.cast(planes, tf.int64) + tf.cast(mask, tf.int64)) * c + tf.range(c, dtype=tf.int64)
    zeros = tf.zeros([n * height * width * c], x.dtype)
    placed = tf.tensor_scatter_nd_update(zeros, tf.reshape(index, [-1, 1]), tf.reshape(x, [-1]))
    return tf.reshape(placed, [n, height, width, c])
