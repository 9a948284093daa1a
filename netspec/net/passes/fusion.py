"""BatchNorm and the Scale behind it as one step, which is what frameworks call batch normalisation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from netspec.layers.base import Layer, Phase, Site, Wish
from netspec.layers.linear import Scale
from netspec.layers.normalization import BatchNorm
from netspec.net import Net, Node
from netspec.shapes import Shape


class ScaledBatchNorm(Layer):
    """y = weight·BatchNorm(x) + bias, for each channel. Made by a pass; a spec does not name it.

    Blobs: BatchNorm's three, then Scale's weight and, if it has one, its bias, each under the key it had.
    """

    norm: BatchNorm
    bias: bool

    def infer(self, site: Site) -> tuple[Shape, ...]:
        return site.bottoms[:1]

    def global_stats(self, phase: Phase) -> bool:
        """Whether the blobs are used, rather than the batch measured."""
        return self.norm.global_stats(phase)

    def wish(self, site: Site) -> Wish:
        return Wish.EITHER


def fuse_batch_norm_scale(net: Net, outputs: tuple[str, ...]) -> Net:
    """Joins a BatchNorm with the Scale of its channels behind it, where nothing else reads what is between them."""
    kept = {net.latest[blob] for blob in outputs}
    readers = Counter(value for node in net.layers for value in node.inputs)
    layers: list[Node] = []
    for node in net.layers:
        if layers and _follows(node, layers[-1], net) and readers[node.inputs[0]] == 1 and node.inputs[0] not in kept:
            layers[-1] = _join(layers[-1], node)
        else:
            layers.append(node)
    return net.changed(layers)


def _follows(node: Node, norm: Node, net: Net) -> bool:
    """Whether a layer is a Scale with a factor for each channel of what a BatchNorm gives."""
    scale = node.params
    if not (isinstance(norm.params, BatchNorm) and isinstance(scale, Scale) and node.inputs == norm.outputs):
        return False
    if norm.params.affine or norm.params.relu:
        return False
    plain = all(node.propagate_down) and not any(norm.loss_weights)
    axis, shape = scale.placement(net.site(node))
    return plain and axis == 1 and len(shape) == 1


def _join(norm: Node, scale: Node) -> Node:
    assert isinstance(norm.params, BatchNorm)
    return replace(
        norm,
        params=ScaledBatchNorm(norm=norm.params, bias=len(scale.blobs) == 2),
        tops=scale.tops,
        outputs=scale.outputs,
        blobs=norm.blobs + scale.blobs,
        loss_weights=scale.loss_weights,
    )
