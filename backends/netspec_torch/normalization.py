"""Layers that measure an element by others."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call
from netspec.emit.formula import traced
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.normalization import LRN, BatchNorm, NormRegion, ScaledBatchNorm
from netspec.layers.segmentation.batch_norm import HappynearBN, MovingBatchNorm, PSPNetBN
from netspec.layers.tensors.products import LayerNorm, LpNormalization
from netspec_torch.arguments import integers, plain

# PyTorch's module for an input of so many axes.
RANKS = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}


def lrn(layer: LRN, place: Place) -> Code:
    (x,) = place.inputs
    n, alpha, beta = layer.local_size, layer.alpha, layer.beta
    if layer.norm_region is NormRegion.ACROSS_CHANNELS:
        return call(place.helper("local_response_norm"), x, size=n, alpha=alpha, beta=beta, k=layer.k)
    pool = f"F.avg_pool{len(place.input_shapes[0]) - 2}d"
    squares = call(pool, binary("**", x, 2), n, stride=1, padding=n // 2 or None)
    scaled = squares if alpha == 1 else binary("*", plain(alpha), squares)
    return binary("/", x, binary("**", binary("+", 1, scaled), plain(beta)))


def layer_norm(layer: LayerNorm, place: Place) -> Code | tuple[Code, ...]:
    """PyTorch's own, over all axes but that of the items."""
    blobs, shape = place.node.blobs, place.input_shapes[0][1:]
    if not shape or any(place.reads_view(i) for i in range(len(blobs))):
        return traced(layer, place)
    eps, affine = None if layer.eps == 1e-5 else layer.eps, None if blobs else False
    construct = call("nn.LayerNorm", integers(shape), eps=eps, elementwise_affine=affine)
    return call(place.module(construct, *("weight", "bias")[: len(blobs)]), *place.inputs)


def lp_normalization(layer: LpNormalization, place: Place) -> Code:
    """F.normalize divides by no less than its eps, the layer by whatever there is."""
    p = None if layer.p == 2 else layer.p
    return call("F.normalize", *place.inputs, p=p, dim=None if layer.axis == (1,) else layer.axis[0], eps=0)


def batch_norm(layer: BatchNorm, place: Place) -> Code:
    y = _normalised(layer, place)
    return call("torch.relu", y) if layer.rectified else y


def scaled_batch_norm(layer: ScaledBatchNorm, place: Place) -> Code:
    return _normalised(layer.norm, place)


def _normalised(layer: BatchNorm, place: Place) -> Code:
    """By PyTorch's own module, whose statistics are divided, where training and evaluation are what these mean there.
    Else by a module with Caffe's sums and factor."""
    (x,), blobs, phase = place.inputs, place.node.blobs, place.node.phase
    (channels,) = integers(blobs[0].blob.shape)
    by_sums = layer.global_stats(phase)
    fixed = layer.use_global_stats is not None or phase is not place.net_phase  # in training and in evaluation alike
    eps, fraction = None if layer.eps == 1e-5 else layer.eps, layer.moving_average_fraction
    affine = ("weight", "bias")[: len(blobs) - 3]
    own = RANKS.get(len(place.input_shapes[0]))
    if by_sums and layer.eps_inside and place.shared_alike(3) and (fixed or own):
        learned = None if affine else False
        if fixed:
            construct = call(place.helper("FrozenBatchNorm"), num_features=channels, eps=eps, affine=learned)
        else:
            momentum = None if fraction == 0.9 else round(1 - fraction, 15)
            construct = call(f"nn.{own}", channels, eps=eps, momentum=momentum, affine=learned)
        module, mode = place.module(construct, "running_mean", "running_var", "", *affine), None
    else:
        construct = call(
            place.helper("BatchNorm" if layer.eps_inside else "OutsideBatchNorm"),
            channels=channels,
            affine=True if affine else None,
            eps=eps,
            fraction=None if fraction == 0.999 else fraction,
        )
        module, mode = place.module(construct, "mean", "variance", "factor", *affine), not by_sums if fixed else None
    if affine == ("weight",):
        place.without(module, "bias")
    return call(module, x, by_batch=mode)


def moving_batch_norm(layer: MovingBatchNorm, place: Place) -> Code:
    phase = place.node.phase
    own_mode = layer.averages(phase) is not (phase is Phase.TEST) or phase is not place.net_phase
    construct = call(
        place.helper("MovingBatchNorm"),
        channels=integers(place.node.blobs[0].blob.shape)[1],
        eps=None if layer.added == 1e-5 else layer.added,
        kept=layer.kept,
        use_averages=layer.averages(phase) if own_mode else None,
        learned=None if place.node.blobs[0].blob.learnable else False,
        batch_gradient=layer.batch_gradient or None,
    )
    return call(place.module(construct, "weight", "bias", "mean", "variance"), *place.inputs)


EMITTERS: dict[type[Layer], Emitter] = {
    LRN: lrn,
    LayerNorm: layer_norm,
    LpNormalization: lp_normalization,
    BatchNorm: batch_norm,
    ScaledBatchNorm: scaled_batch_norm,
    PSPNetBN: moving_batch_norm,
    HappynearBN: moving_batch_norm,
}
