def grouped(
    x: tf.Tensor, kernel: tf.Tensor, *, groups: int, convolution, kernel_axis: int = -1, **named
) -> tf.Tensor:
    """A convolution for each group of channels apart."""
    parts = zip(
        tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=kernel_axis), strict=True
    )
    return tf.concat([convolution(part, weight, **named) for part, weight in parts], axis=-1)
