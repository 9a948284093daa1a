def xavier(*, shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Uniform, with variance 1 / fan."""
    bound = (3.0 / fan) ** 0.5
    return tf.random.uniform(shape, -bound, bound, dtype)
