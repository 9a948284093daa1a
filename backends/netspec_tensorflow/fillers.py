"""How a parameter begins: Caffe's fillers as TensorFlow code. Source: Caffe's filler.hpp."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from netspec.diagnostics import SpecError
from netspec.emit.code import Code, call, nested
from netspec.layers.base import FillerParameter
from netspec.layers.gabor import waves
from netspec.layers.message import VarianceNorm
from netspec.problems.backends import NoMeaning
from netspec.shapes import Shape
from netspec_tensorflow.arguments import sizes
from netspec_tensorflow.words import constant


def filled(
    filler: FillerParameter,
    shape: Shape,
    order: tuple[int, ...] | None,
    dtype: Code,
    helper: Callable[[str], str],
) -> Code:
    """A tensor of Caffe's `shape` with its axes in another `order`. `helper` is told of the helpers that it calls."""
    caffe = list(sizes(shape))
    stored = [caffe[axis] for axis in order] if order else caffe
    match filler.type:
        case "constant":
            return constant(tuple(stored), filler.value, dtype)
        case "uniform":
            return call("tf.random.uniform", stored, filler.min, filler.max, dtype)
        case "gaussian" if filler.sparse >= 0:
            kept = filler.sparse / caffe[0]
            mean, std = filler.mean or None, None if filler.std == 1 else filler.std
            return call(helper("sparse_gaussian"), shape=stored, kept=kept, dtype=dtype, mean=mean, std=std)
        case "gaussian":
            return call("tf.random.normal", stored, filler.mean, filler.std, dtype)
        case "xavier":
            return call(helper("xavier"), shape=stored, fan=_fan(caffe, filler.variance_norm), dtype=dtype)
        case "msra":
            fan = _fan(caffe, filler.variance_norm)
            fan = fan * (1 + filler.alpha * filler.alpha) if filler.alpha else fan
            return call(helper("msra"), shape=stored, fan=fan, dtype=dtype)
        case "radial":
            drawn = call(helper("xavier"), shape=caffe, fan=_fan(caffe, filler.variance_norm), dtype=dtype)
            filters = int(caffe[0] * filler.symmetric_fraction)
            return _transposed(call(helper("symmetric"), drawn, filters=filters), order)
        case "diagonal":
            return _transposed(call(helper("diagonal"), shape=caffe, sums=list(filler.diag_val), dtype=dtype), order)
        case "positive_unitball" | "bilinear" | "gaussian_unitball" | "identity" as name:
            return _transposed(call(helper(name), shape=caffe, dtype=dtype), order)
        case "values":
            return _transposed(call("tf.constant", nested(filler.values, caffe), dtype), order)
        case "gabor":
            kernels = [tuple(wave) for wave in waves(caffe[0], caffe[-1])]
            return _transposed(call(helper("gabor"), waves=kernels, size=caffe[-1], dtype=dtype), order)
        case _:
            raise SpecError([NoMeaning(f'no TensorFlow meaning yet for filler "{filler.type}"')])


def _fan(shape: list[int], norm: VarianceNorm) -> int | float:
    """What Caffe divides the variance by. A Deconvolution's weight begins with the inputs, so that its fans are the
    wrong way round in Caffe, too."""
    count = prod(shape)
    fan_in = count // shape[0] if shape and shape[0] else count
    fan_out = count // shape[1] if len(shape) > 1 and shape[1] else count
    match norm:
        case VarianceNorm.FAN_IN:
            return fan_in
        case VarianceNorm.FAN_OUT:
            return fan_out
        case VarianceNorm.AVERAGE:
            return (fan_in + fan_out) / 2


def _transposed(value: Code, order: tuple[int, ...] | None) -> Code:
    return call("tf.transpose", value, list(order)) if order else value
