"""Two layers as one, for targets that have both as one. Which these are, the first of them says itself."""

from __future__ import annotations

from collections import Counter
from functools import partial

from netspec.layers.base import Layer
from netspec.layers.rewriting import Fusible
from netspec.net import Net, Node
from netspec.net.asking import asked


def fuse(net: Net, outputs: tuple[str, ...]) -> Net:
    """Joins a layer with the one behind it where one layer stands for both, and nothing else reads what is between."""
    kept = {net.latest[blob] for blob in outputs}
    readers = Counter(value for node in net.layers for value in node.inputs)
    layers: list[Node] = []
    for node in net.layers:
        between = node.inputs[0] if node.inputs else None
        alone = bool(layers) and between is not None and readers[between] == 1 and between not in kept
        if alone and (fused := _fused(net, layers[-1], node)):
            layers[-1] = _joined(layers[-1], node, fused)
        else:
            layers.append(node)
    return net.changed(layers)


def _fused(net: Net, first: Node, behind: Node) -> Layer | None:
    """The one layer that stands for two, if the second reads what the first writes, and that alone."""
    if not isinstance(first.params, Fusible) or behind.inputs != first.outputs:
        return None
    if not all(behind.propagate_down) or any(first.loss_weights):
        return None
    ask = partial(first.params.fused_with, behind.params, net.site(behind))
    return asked(net, first, "say what it is with the layer behind it", ask)


def _joined(first: Node, behind: Node, fused: Layer) -> Node:
    return first._replace(
        params=fused,
        tops=behind.tops,
        outputs=behind.outputs,
        blobs=first.blobs + behind.blobs,
        loss_weights=behind.loss_weights,
    )
