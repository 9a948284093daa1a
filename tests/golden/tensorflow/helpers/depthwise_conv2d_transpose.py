def depthwise_conv2d_transpose(x: tf.Tensor, kernel: tf.Tensor, *, stride: int) -> tf.Tensor:
    """The transpose of a depthwise convolution without padding; kernel: h×w×C×1. TensorFlow's own
    does not go through TFLite. Each of the stride² elements that follow from a place is a
    convolution with a part of the kernel.
    """
    height, width, channels, _ = kernel.shape
    rows, columns = -(-height // stride), -(-width // stride)
    kernel = tf.pad(
        kernel, [[0, rows * stride - height], [0, columns * stride - width], [0, 0], [0, 0]]
    )
    parts = tf.reverse(tf.reshape(kernel, [rows, stride, columns, stride, channels]), [0, 2])
    parts = tf.reshape(tf.transpose(parts, [0, 2, 4, 1, 3]), [rows, columns, channels, stride**2])
    around = [[0, 0], [rows - 1, rows - 1], [columns - 1, columns - 1], [0, 0]]
    y = tf.nn.depthwise_conv2d(tf.pad(x, around), parts, [1, 1, 1, 1], "VALID")
    _, h, w, _ = tf.unstack(tf.shape(y))
    y = tf.transpose(tf.reshape(y, [-1, h, w, channels, stride, stride]), [0, 1, 4, 2, 5, 3])
    whole = tf.reshape(y, [-1, h * stride, w * stride, channels])
    return whole[:, : stride * (h - rows) + height, : stride * (w - columns) + width]
