def positive_unitball(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """Uniform and positive, with a sum of 1 along the first axis's entries."""
    values = tf.random.uniform(shape, dtype=dtype)
    return values / tf.reduce_sum(values, axis=list(range(1, len(shape))), keepdims=True)
