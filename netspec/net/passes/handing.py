"""Layers that hand on what they read, as Dropout does in TEST and Split always: whoever reads them reads that."""

from __future__ import annotations

from functools import partial

from netspec.layers.data_layer import DataLayer
from netspec.layers.rewriting import Transparent
from netspec.net import Net, Node, Value
from netspec.net.asking import asked


def leave_out_copies(net: Net, outputs: tuple[str, ...]) -> Net:
    """Leaves out the layers whose tops are all their bottom. A blob that must come out of the net keeps its layer,
    unless the bottom has its name, too. No number changes."""
    kept = {net.latest[blob] for blob in outputs}
    fed = {value for node in net.layers if isinstance(node.params, DataLayer) for value in node.outputs}
    same: dict[Value, Value] = {}  # what a layer left out would write, and what that is
    layers: list[Node] = []
    for node in net.layers:
        inputs = tuple(same.get(value, value) for value in node.inputs)
        node = node._replace(inputs=inputs) if inputs != node.inputs else node
        if asked(net, node, "say what it hands on", partial(_hands_on, net, node)) and all(
            value not in kept or (value.blob == inputs[0].blob and inputs[0] not in fed) for value in node.outputs
        ):
            same |= dict.fromkeys(node.outputs, inputs[0])
        else:
            layers.append(node)
    return net.changed(layers)


def _hands_on(net: Net, node: Node) -> bool:
    layer = node.params
    if not isinstance(layer, Transparent) or not layer.folds or any(node.loss_weights) or len(node.inputs) != 1:
        return False
    return layer.transparent(net.site(node))
