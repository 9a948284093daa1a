"""Layers that measure an element by others."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.normalization import LRN, BatchNorm, NormRegion, ScaledBatchNorm
from netspec.layers.segmentation.batch_norm import HappynearBN, MovingBatchNorm, PSPNetBN
from netspec_torch.arguments import integers, plain


def lrn(layer: LRN, place: Place) -> Code:
    (x,) = place.inputs
    n, alpha, beta = layer.local_size, layer.alpha, layer.beta
    if layer.norm_region is NormRegion.ACROSS_CHANNELS:
        k = None if layer.k == 1 else plain(layer.k)
        return call(place.helper("local_response_norm"), x, size=n, alpha=alpha, beta=beta, k=k)
    squares = call("F.avg_pool2d", binary("**", x, 2), n, stride=1, padding=n // 2 or None)
    scaled = squares if alpha == 1 else binary("*", plain(alpha), squares)
    return binary("/", x, binary("**", binary("+", 1, scaled), plain(beta)))


def batch_norm(layer: BatchNorm, place: Place) -> Code:
    scale = {"affine": True, "bias": None if len(place.node.blobs) == 5 else False} if layer.affine else {}
    y = _module(layer, place, **scale)
    return call("torch.relu", y) if layer.rectified else y


def scaled_batch_norm(layer: ScaledBatchNorm, place: Place) -> Code:
    return _module(layer.norm, place, affine=True, bias=None if layer.bias else False)


def _module(layer: BatchNorm, place: Place, **scale: bool | None) -> Code:
    own_mode = layer.use_global_stats is not None or place.node.phase is not place.net_phase
    construct = call(
        place.helper("BatchNorm"),
        channels=integers(place.node.blobs[0].blob.shape)[0],
        **scale,
        eps=None if layer.eps == 1e-5 else layer.eps,
        outside=None if layer.eps_inside else True,
        fraction=None if layer.moving_average_fraction == 0.999 else layer.moving_average_fraction,
        use_global_stats=layer.global_stats(place.node.phase) if own_mode else None,
    )
    return call(place.module(construct, *(param.blob.name for param in place.node.blobs)), *place.inputs)


def moving_batch_norm(layer: MovingBatchNorm, place: Place) -> Code:
    phase = place.node.phase
    own_mode = layer.averages(phase) is not (phase is Phase.TEST) or phase is not place.net_phase
    construct = call(
        place.helper("MovingBatchNorm"),
        channels=integers(place.node.blobs[0].blob.shape)[1],
        eps=None if layer.added == 1e-5 else layer.added,
        kept=Code("None") if layer.kept is None else None if layer.kept == 0.9 else layer.kept,
        use_averages=layer.averages(phase) if own_mode else None,
    )
    return call(place.module(construct, "weight", "bias", "mean", "variance"), *place.inputs)


EMITTERS: dict[type[Layer], Emitter] = {
    LRN: lrn,
    BatchNorm: batch_norm,
    ScaledBatchNorm: scaled_batch_norm,
    PSPNetBN: moving_batch_norm,
    HappynearBN: moving_batch_norm,
}
