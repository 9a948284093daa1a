def pool3d(x: tf.Tensor, *, pool2d, kernel_size: list[int], stride: list[int]) -> tf.Tensor:
    """Pooling on three axes, by planes and then across them."""
    batch, depth, rows, columns, _ = tf.unstack(tf.shape(x))
    channels = x.shape[4]
    planes = pool2d(
        tf.reshape(x, [batch * depth, rows, columns, channels]),
        kernel_size[1:],
        stride[1:],
        "VALID",
    )
    height, width = tf.shape(planes)[1], tf.shape(planes)[2]
    columns = tf.reshape(planes, [batch, depth, height * width, channels])
    pooled = pool2d(columns, [kernel_size[0], 1], [stride[0], 1], "VALID")
    return tf.reshape(pooled, [batch, -1, height, width, channels])
