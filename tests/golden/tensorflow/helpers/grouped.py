def grouped(
    groups: int, convolution, x: tf.Tensor, kernel: tf.Tensor, *args, kernel_axis: int = -1, **named
) -> tf.Tensor:
    """A convolution for each group of channels apart."""
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=kernel_axis), strict=True)
    return tf.concat([convolution(part, weight, *args, **named) for part, weight in parts], axis=-1)
