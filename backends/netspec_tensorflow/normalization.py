"""LRN and BatchNorm."""

from __future__ import annotations

from math import prod

from netspec.emit.code import Code, binary, call, method, subscript
from netspec.emit.place import Emitter, Place, Statement
from netspec.layers.base import Layer
from netspec.layers.normalization import LRN, BatchNorm, NormRegion
from netspec.net import Layout
from netspec.shapes import integers


def lrn(layer: LRN, place: Place) -> Code:
    """TensorFlow's own has no float64."""
    (x,) = place.inputs
    size, scale = layer.local_size, layer.alpha / layer.local_size
    if layer.norm_region is NormRegion.ACROSS_CHANNELS:
        sums = call(place.helper("neighbour_sums"), call("tf.square", x), size)
        return binary("*", x, binary("**", binary("+", layer.k, binary("*", scale, sums)), -layer.beta))
    pad = [size // 2, size // 2]
    padded = call("tf.pad", call("tf.square", x), [[0, 0], pad, pad, [0, 0]])
    means = call("tf.nn.avg_pool2d", padded, size, 1, "VALID")
    return binary("*", x, binary("**", binary("+", 1.0, binary("*", layer.alpha, means)), -layer.beta))


def batch_norm(layer: BatchNorm, place: Place) -> Code:
    (x,), (shape,) = place.inputs, place.input_shapes
    mean, variance, factor = (place.parameter(i) for i in range(3))
    channel = len(shape) - 1 if place.layout is Layout.CHANNELS_LAST else 1
    behind = len(shape) - 1 - channel
    if layer.global_stats(place.node.phase):
        mean = place.let("mean", call("tf.math.divide_no_nan", mean, factor))
        variance = place.let("variance", call("tf.math.divide_no_nan", variance, factor))
    else:
        axes = [axis for axis in range(len(shape)) if axis != channel]
        moments = call("tf.nn.moments", x, axes)
        sums = (mean, variance, factor)
        mean, variance = _pair(place, "mean", "variance", moments)
        _update(layer, place, sums, mean, variance)
    centred = binary("-", x, _along(mean, behind))
    return binary("*", centred, call("tf.math.rsqrt", binary("+", _along(variance, behind), layer.eps)))


def _pair(place: Place, first: str, second: str, value: Code) -> tuple[Code, Code]:
    """Temporaries for a value that is a pair."""
    pair = place.let("moments", value)
    return place.let(first, subscript(pair, "0")), place.let(second, subscript(pair, "1"))


def _update(layer: BatchNorm, place: Place, sums: tuple[Code, Code, Code], mean: Code, variance: Code) -> None:
    """Caffe's running sums. The variance that enters them is the unbiased one."""
    count = prod(integers(place.site.bottoms[0]) or ()) // prod(integers(place.node.blobs[0].blob.shape) or ())
    unbiased = variance if count == 1 else binary("*", variance, count / (count - 1))
    kept = layer.moving_average_fraction
    for blob, new in zip(sums, (mean, unbiased, 1.0), strict=True):
        effect = method(blob, "assign", binary("+", binary("*", kept, blob), new))
        place.record.statements.append(Statement("", effect))


def _along(value: Code, behind: int) -> Code:
    """A value for each channel, ready to broadcast with so many axes behind the channels."""
    return subscript(value, "...", *("tf.newaxis",) * behind) if behind else value


EMITTERS: dict[type[Layer], Emitter] = {LRN: lrn, BatchNorm: batch_norm}
