def sparse_gaussian(
    *, shape: list[int], kept: float, dtype: tf.DType, mean: float = 0.0, std: float = 1.0
) -> tf.Tensor:
    """Normal, with each element kept with a probability and 0 otherwise."""
    values = tf.random.normal(shape, mean, std, dtype)
    return tf.where(tf.random.uniform(shape) < kept, values, 0.0)
