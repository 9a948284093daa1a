def avg_pool(x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]) -> tf.Tensor:
    """Means of windows over zeros around x. What a window has beyond `pads` does not count."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]])
    if len(kernel) == 3:
        means = pool3d(tf.nn.avg_pool2d, padded, kernel, strides)
    else:
        means = tf.nn.avg_pool(padded, kernel, strides, "VALID")
    for i, (window, stride, pad) in enumerate(zip(kernel, strides, pads, strict=True)):
        begin = tf.range(tf.shape(means)[i + 1]) * stride - pad
        counted = tf.minimum(begin + window, tf.shape(x)[i + 1] + pad) - begin
        means *= tf.reshape(window / tf.cast(counted, x.dtype), [-1] + [1] * (len(kernel) - i))
    return means
