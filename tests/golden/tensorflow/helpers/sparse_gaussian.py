def sparse_gaussian(shape: list[int], mean: float, std: float, kept: float, dtype: tf.DType) -> tf.Tensor:
    """Normal, with each element kept with a probability and 0 otherwise."""
    values = tf.random.normal(shape, mean, std, dtype)
    return tf.where(tf.random.uniform(shape) < kept, values, 0.0)
