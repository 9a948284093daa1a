def symmetric(values: tf.Tensor, *, filters: int) -> tf.Tensor:
    """The same, with the first filters equal wherever swapping and mirroring the three axes of a
    cube leads.
    """
    size = values.shape[-1]
    away = tf.abs(tf.range(size) - size // 2)
    positions = tf.stack(tf.meshgrid(away, away, away, indexing="ij"), axis=-1) + size // 2
    x, y, z = tf.unstack(tf.sort(positions, direction="DESCENDING"), axis=-1)
    flat = tf.reshape(values, [*values.shape[:2], -1])
    cubes = tf.gather(flat, (x * size + y) * size + z, axis=2)
    return tf.concat([cubes[:filters], values[filters:]], 0)
