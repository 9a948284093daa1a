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
