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
        padded = call("tf.pad", call("tf.square", x), [[0, 0], pad, pad, [0, 0]])
        sums = call("tf.nn.avg_pool2d", padded, layer.local_size, 1, "VALID")
    scaled = sums if scale == 1 else binary("*", scale, sums)
    return binary("*", x, binary("**", binary("+", least, scaled), -layer.beta))


def batch_norm(layer: BatchNorm, place: Place) -> Code:
    factors = (place.parameter(i) for i in range(3, len(place.node.blobs)))
    y = call(_statistics(layer, place), place.inputs[0], *factors)
    return call("tf.nn.relu", y) if layer.rectified else y


def scaled_batch_norm(layer: ScaledBatchNorm, place: Place) -> Code:
    factors = (place.parameter(i) for i in range(3, len(place.node.blobs)))
    return call(_statistics(layer.norm, place), place.inputs[0], *factors)


def _statistics(layer: BatchNorm, place: Place) -> Code:
    """A module with the layer's three blobs, that normalises."""
    last = place.layout is Layout.CHANNELS_LAST or len(place.input_shapes[0]) == 2
    construct = call(
        place.helper("BatchNorm"),
        channels=sizes(place.node.blobs[0].blob.shape)[0],
        dtype=Code("dtype"),
        axis=None if last else 1,
        eps=None if layer.eps == 1e-5 else layer.eps,
        outside=None if layer.eps_inside else True,
        fraction=None if layer.moving_average_fraction == 0.999 else layer.moving_average_fraction,
        use_global_stats=None if layer.global_stats(place.node.phase) else False,
    )
    return place.module(construct, "mean", "variance", "factor")


def moving_batch_norm(layer: MovingBatchNorm, place: Place) -> Code:
    phase = place.node.phase
    construct = call(
        place.helper("MovingBatchNorm"),
        channels=sizes(place.node.blobs[0].blob.shape)[1],
        dtype=Code("dtype"),
        axis=None if place.layout is Layout.CHANNELS_LAST or len(place.input_shapes[0]) == 2 else 1,
        eps=None if layer.added == 1e-5 else layer.added,
        kept=layer.kept if phase is Phase.TRAIN else None,
        variance=None if layer.kept is not None else 1.0,
        use_averages=None if layer.averages(phase) else False,
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
