"""The array vocabulary in numpy: values of a formula without a backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netspec.arrays import Array, DType
from netspec.arrays.vocabulary import postorder

KINDS = {DType.FLOAT: np.float64, DType.INT: np.int64, DType.BOOL: np.bool_}


def _softmax(x: Any, axis: int) -> Any:
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def _cut(x: Any, axis: int, start: int, stop: int) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop),)]


def _align(x: Any, axis: int, rank: int) -> Any:
    return np.reshape(x, (1,) * axis + np.shape(x) + (1,) * (rank - axis - np.ndim(x)))


def _matmul(a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
    rows, columns = "ji" if transpose_a else "ij", "kj" if transpose_b else "jk"
    return np.einsum(f"...{rows},...{columns}->...ik", a, b)


def _reshape(x: Any, shape: tuple[int, ...]) -> Any:
    return np.reshape(x, shape)


WORDS: dict[str, Any] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "pow": lambda x, exponent: x**exponent,
    "greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
    "equal": np.equal, "not_equal": np.not_equal, "maximum": np.maximum, "minimum": np.minimum, "where": np.where,
    "absolute": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sine": np.sin, "arctangent": np.arctan, "floor": np.floor, "rounded": np.rint,
    "softplus": lambda x: np.logaddexp(0, x),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x, slope: np.maximum(x, 0) + slope * np.minimum(x, 0),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "clip": lambda x, low, high: np.clip(x, low, high),
    "cast": lambda x, dtype: np.asarray(x).astype(KINDS[dtype]),
    "stop_gradient": lambda x: x,
    "full_like": lambda x, value: np.full_like(x, value),
    "full": lambda shape, value: np.full(shape, value, np.float64),
    "vector": lambda values: np.array(values),
    "total": lambda x, axes, keepdims: np.sum(x, axis=axes, keepdims=keepdims),
    "mean": lambda x, axes, keepdims: np.mean(x, axis=axes, keepdims=keepdims),
    "largest": lambda x, axes, keepdims: np.max(x, axis=axes, keepdims=keepdims),
    "softmax": _softmax,
    "log_softmax": lambda x, axis: x - x.max(axis, keepdims=True)
    - np.log(np.exp(x - x.max(axis, keepdims=True)).sum(axis, keepdims=True)),
    "concat": lambda *xs, axis: np.concatenate(xs, axis),
    "cut": _cut,
    "tile": lambda x, axis, times: np.concatenate([x] * times, axis),
    "flip": lambda x, axis: np.flip(x, axis),
    "align": _align,
    "reshape": _reshape,
    "transpose": lambda x, order: np.transpose(x, order),
    "descending": lambda x, axis: np.argsort(-x, axis=axis, kind="stable"),
    "take": lambda x, indices, axis: np.take_along_axis(x, indices, axis),
    "gather": lambda x, indices: x[indices],
    "linear": lambda x, weight: x @ weight.T,
    "matmul": _matmul,
    "one_hot": lambda indices, depth: (indices[..., None] == np.arange(depth)).astype(np.float64),
}  # fmt: skip


def evaluate(tops: Sequence[Array], leaves: Mapping[str, Any]) -> tuple[Any, ...]:
    """The value of each top, for the values of the leaves by label; in float64."""
    values: dict[int, Any] = {}
    for node in postorder(tops):
        if node.word in ("leaf", "parameter"):
            value = np.asarray(leaves[node.label], np.float64)
        else:
            args = [values[id(a)] if isinstance(a, Array) else a for a in node.args]
            value = WORDS[node.word](*args, **node.options)
        assert np.shape(value) == node.shape, f"{node.word}: {np.shape(value)} instead of {node.shape}"
        values[id(node)] = value
    return tuple(values[id(top)] for top in tops)
