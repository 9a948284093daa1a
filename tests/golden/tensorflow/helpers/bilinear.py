def bilinear(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """The kernel of bilinear interpolation on the last two axes, for every pair of channels."""
    size = shape[-1]
    half = (size + 1) // 2
    ramp = 1.0 - tf.abs(tf.cast(tf.range(size), dtype) / half - (size - 1) / (2 * half))
    return tf.broadcast_to(ramp[:, tf.newaxis] * ramp, shape)
