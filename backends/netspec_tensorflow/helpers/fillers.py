"""How parameters begin, where no initialiser of the framework does it."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def xavier(*, shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Uniform, with variance 1 / fan."""
    bound = (3.0 / fan) ** 0.5
    return tf.random.uniform(shape, -bound, bound, dtype)


def msra(*, shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Normal, with variance 2 / fan."""
    return tf.random.normal(shape, 0.0, (2.0 / fan) ** 0.5, dtype)


def sparse_gaussian(
    *, shape: list[int], kept: float, dtype: tf.DType, mean: float = 0.0, std: float = 1.0
) -> tf.Tensor:
    """Normal, with each element kept with a probability and 0 otherwise."""
    values = tf.random.normal(shape, mean, std, dtype)
    return tf.where(tf.random.uniform(shape) < kept, values, 0.0)


def positive_unitball(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """Uniform and positive, with a sum of 1 along the first axis's entries."""
    values = tf.random.uniform(shape, dtype=dtype)
    return values / tf.reduce_sum(values, axis=list(range(1, len(shape))), keepdims=True)


def gaussian_unitball(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """Normal, with a length of 1 along the first axis's entries."""
    values = tf.random.normal(shape, dtype=dtype)
    squares = tf.reduce_sum(tf.square(values), axis=list(range(1, len(shape))), keepdims=True)
    return values / tf.sqrt(squares + 1e-12)


def identity(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """1 where the number of a row is that of the column, counted in C order, else 0."""
    ones = tf.reshape(tf.eye(shape[0], dtype=dtype), [-1])
    rest = tf.reduce_prod(shape) - shape[0] ** 2
    return tf.reshape(tf.concat([ones, tf.zeros([rest], dtype)], 0), shape)


def bilinear(*, shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """The kernel of bilinear interpolation on the last two axes, for every pair of channels."""
    size = shape[-1]
    half = (size + 1) // 2
    ramp = 1.0 - tf.abs(tf.cast(tf.range(size), dtype) / half - (size - 1) / (2 * half))
    return tf.broadcast_to(ramp[:, tf.newaxis] * ramp, shape)


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


def diagonal(*, shape: list[int], sums: list[float], dtype: tf.DType) -> tf.Tensor:
    """Zeros, but for the kernel that filter i has for channel i, which is flat and adds up to its
    sum, or to 1.
    """
    filters, channels = [*shape, 1, 1][:2]
    count = min(filters, channels)
    sums = (sums + [1.0] * count)[:count]
    matrix = tf.pad(
        tf.linalg.diag(tf.constant(sums, dtype)), [[0, filters - count], [0, channels - count]]
    )
    kernel = tf.ones(shape[2:], dtype)
    values = tf.tensordot(matrix, kernel / tf.cast(tf.size(kernel), dtype), 0)
    return tf.reshape(values, shape)


def gabor(
    *,
    waves: list[tuple[float, float, float, float, tuple[float, float, float]]],
    size: int,
    dtype: tf.DType,
) -> tf.Tensor:
    """A wave for each filter: its direction, frequency and phase, by π, how wide its bell is, and
    its colour.
    """
    place, pi = (
        2 * tf.cast(tf.range(size), dtype) / (size - 1) - 1,
        tf.constant(3.141592653589793, dtype),
    )
    y, x = place[:, tf.newaxis], place
    kernels: list[tf.Tensor] = []
    for turn, frequency, phase, sigma, colour in waves:
        along = x * tf.cos(pi * turn) - y * tf.sin(pi * turn)
        value = tf.exp(-(x**2 + y**2) / (2 * sigma**2)) * tf.cos(pi * (frequency * along + phase))
        kernels.append(tf.constant(colour, dtype)[:, tf.newaxis, tf.newaxis] * value)
    return tf.stack(kernels)
