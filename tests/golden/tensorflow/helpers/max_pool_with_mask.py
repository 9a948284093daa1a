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
