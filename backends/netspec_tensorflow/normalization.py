"""LRN and BatchNorm."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.normalization import LRN, BatchNorm, NormRegion, ScaledBatchNorm
from netspec.layers.segmentation.batch_norm import HappynearBN, MovingBatchNorm, PSPNetBN
from netspec.net import Layout
from netspec_tensorflow.arguments import sizes


def lrn(layer: LRN, place: Place) -> Code:
    """TensorFlow's own has no float64."""
    (x,) = place.inputs
    if layer.norm_region is NormRegion.ACROSS_CHANNELS:
        scale, least = layer.alpha / layer.local_size, layer.k
        sums = call(place.helper("neighbour_sums"), call("tf.square", x), size=layer.local_size)
    else:
        scale, least, pad = layer.alpha, 1.0, [layer.local_size // 2, layer.local_size // 2]
        n, spatial = layer.local_size, len(place.input_shapes[0]) - 2
        padded = call("tf.pad", call("tf.square", x), [[0, 0], *[pad] * spatial, [0, 0]])
        if spatial == 3:  # TensorFlow's pooling on three axes has no float64
            sizes = {"kernel_size": [n] * spatial, "stride": [1] * spatial}
            sums = call(place.helper("pool3d"), padded, pool2d=Code("tf.nn.avg_pool2d"), **sizes)
        else:
            sums = call(f"tf.nn.avg_pool{spatial}d", padded, n, 1, "VALID")
    scaled = sums if scale == 1 else binary("*", scale, sums)
    return binary("*", x, binary("**", binary("+", least, scaled), -layer.beta))


def batch_norm(layer: BatchNorm, place: Place) -> Code:
    y = _normalised(layer, place)
    return call("tf.nn.relu", y) if layer.rectified else y


def scaled_batch_norm(layer: ScaledBatchNorm, place: Place) -> Code:
    return _normalised(layer.norm, place)


def _normalised(layer: BatchNorm, place: Place) -> Code:
    row = [*sizes(place.node.blobs[0].blob.shape), *(1,) * (0 if _last(place) else len(place.input_shapes[0]) - 2)]
    return (_by_statistics if layer.global_stats(place.node.phase) else _by_batch)(layer, place, row)


def _by_statistics(layer: BatchNorm, place: Place, row: list[int]) -> Code:
    """By a module of four variables where all begin as usual, and are of this layer alone."""
    (x,) = place.inputs
    divided = place.shared_alike(3)
    if layer.eps_inside and divided and _usual(place):
        eps = None if layer.eps == 1e-5 else layer.eps
        construct = call(place.helper("FrozenBatchNorm"), shape=row, dtype=Code("dtype"), eps=eps)
        names = ("mean", "variance", "", "weight", "bias")
        if twin := place.twin(construct, *names):
            return call(twin, x)
        if all(param.owner == param.key for param in place.node.blobs):
            return call(place.module(construct, *names, row=tuple(row)), x)
    mean, variance = (place.parameter(i) for i in range(2))
    if divided:
        place.unkept(2)
    else:
        factor = place.parameter(2)
        mean, variance = (call("tf.math.divide_no_nan", value, factor) for value in (mean, variance))
    if not layer.eps_inside:
        variance = call("tf.square", binary("+", call("tf.sqrt", variance), layer.eps))
    weight, bias = (_along(place.parameter(i), row) if i < len(place.node.blobs) else Code("None") for i in (3, 4))
    statistics = (_along(value, row) for value in (mean, variance))
    return call("tf.nn.batch_normalization", x, *statistics, bias, weight, layer.eps if layer.eps_inside else 0.0)


def _by_batch(layer: BatchNorm, place: Place, row: list[int]) -> Code:
    usual, blobs = _last(place) and _usual(place), place.node.blobs
    construct = call(
        place.helper("BatchNorm" if layer.eps_inside else "OutsideBatchNorm"),
        channels=row[0],
        dtype=Code("dtype"),
        affine=True if usual else None,
        axis=None if _last(place) else 1,
        eps=None if layer.eps == 1e-5 else layer.eps,
        fraction=None if layer.moving_average_fraction == 0.999 else layer.moving_average_fraction,
    )
    names = ("mean", "variance", "factor", *(("weight", "bias") if usual else ()))
    y = call(place.module(construct, *names), *place.inputs)
    for i in () if usual else range(3, len(blobs)):
        y = binary("*" if i == 3 else "+", y, _along(place.parameter(i), row))
    return y


def _last(place: Place) -> bool:
    """Whether the channels are the last axis."""
    return place.layout is Layout.CHANNELS_LAST or len(place.input_shapes[0]) == 2


def _along(value: Code, row: list[int]) -> Code:
    """A number for each channel, to be computed with the input."""
    return value if len(row) == 1 else call("tf.reshape", value, row)


def _usual(place: Place) -> bool:
    """Whether there are a weight and a bias that begin as 1 and 0, learn, and are read as they are."""
    affine = place.node.blobs[3:]
    fillers = [(param.blob.filler.type, param.blob.filler.value) for param in affine]
    learned = all(param.lr_mult and not place.reads_view(3 + i) for i, param in enumerate(affine))
    return fillers == [("constant", 1.0), ("constant", 0.0)] and learned


def moving_batch_norm(layer: MovingBatchNorm, place: Place) -> Code:
    phase = place.node.phase
    construct = call(
        place.helper("MovingBatchNorm"),
        channels=sizes(place.node.blobs[0].blob.shape)[1],
        dtype=Code("dtype"),
        axis=None if _last(place) else 1,
        eps=None if layer.added == 1e-5 else layer.added,
        kept=layer.kept if phase is Phase.TRAIN else None,
        variance=None if layer.kept is not None else 1.0,
        by_batch=None if layer.averages(phase) else True,
        batch_gradient=(layer.averages(phase) and layer.batch_gradient) or None,
    )
    norm = place.module(construct, "mean", "variance", first=2)
    return call(norm, place.inputs[0], place.parameter(0), place.parameter(1))


EMITTERS: dict[type[Layer], Emitter] = {
    LRN: lrn,
    BatchNorm: batch_norm,
    ScaledBatchNorm: scaled_batch_norm,
    PSPNetBN: moving_batch_norm,
    HappynearBN: moving_batch_norm,
}
