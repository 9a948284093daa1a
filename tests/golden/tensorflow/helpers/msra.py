def msra(*, shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Normal, with variance 2 / fan."""
    return tf.random.normal(shape, 0.0, (2.0 / fan) ** 0.5, dtype)
