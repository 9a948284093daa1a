def patches(x: tf.Tensor, *, axis: int, kernel_size: list[int], dilation: list[int]) -> tf.Tensor:
    """What each element of a kernel sees, along a new axis behind `axis`, which is that of the
    channels.
    """
    columns = [x]
    for i, size in enumerate(kernel_size):
        step, rate = 1, dilation[i]
        before = (slice(None),) * (axis + 1 + i)
        reach = tf.shape(x)[axis + 1 + i] - rate * (size - 1)
        starts = range(0, rate * size, rate)
        columns = [
            x[(*before, slice(start, start + reach, step))] for x in columns for start in starts
        ]
    return tf.stack(columns, axis + 1)
