"""Transposes of transposes, which come about where a spec itself puts channels last, as single ones or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

from netspec.layers.rewriting import Reordering
from netspec.net import Layout, Net, Node, Value
from netspec.net.asking import asked
from netspec.net.passes.layout import Transpose


def join_transposes(net: Net, outputs: tuple[str, ...]) -> Net:
    """Lets a transpose of another read what that reads, and leaves out those that nothing reads then."""
    made: dict[Value, tuple[Value, tuple[int, ...]]] = {}  # what a transpose gives: what it reads, and its order
    layers: list[Node] = []
    for node in net.layers:
        if order := asked(net, node, "say how it orders axes", partial(_order, net, node)):
            source, before = made.get(node.inputs[0], (node.inputs[0], tuple(range(len(order)))))
            whole = tuple(before[axis] for axis in order)
            if source != node.inputs[0]:
                node = node._replace(params=Transpose(order=whole), inputs=(source,))
            if isinstance(node.params, Transpose):
                made[node.outputs[0]] = source, whole
        layers.append(node)
    read = Counter(value for node in layers for value in node.inputs)
    wanted = {net.latest[blob]._replace(layout=Layout.CHANNELS_FIRST) for blob in outputs}
    kept = (n for n in layers if not isinstance(n.params, Transpose) or read[n.outputs[0]] or n.outputs[0] in wanted)
    return replace(net, layers=tuple(kept))


def _order(net: Net, node: Node) -> tuple[int, ...] | None:
    """The order in which a layer puts the axes of its input, if that is all it does."""
    shape = net.shapes[node.inputs[0]] if node.inputs else None
    if not isinstance(node.params, Reordering) or shape is None:
        return None
    if not all(node.propagate_down) or any(node.loss_weights):
        return None
    return node.params.reordered(len(shape))
