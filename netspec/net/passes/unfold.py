"""Layers in terms of simpler ones, for targets that have only those. Which these are, a layer says itself."""

from __future__ import annotations

from functools import partial

from netspec.layers.rewriting import Composite, Step, Unfolded
from netspec.net import Net, Node, Value
from netspec.net.asking import asked
from netspec.shapes import Shape

DEEPEST = 8  # how often what stands for a layer is unfolded again: a type of a plugin may stand for itself


def unfold(net: Net, outputs: tuple[str, ...]) -> Net:
    """Every layer as the simpler ones that stand for it, and those likewise."""
    return _unfolded(net, fused_alone=False)


def unfold_fused(net: Net, outputs: tuple[str, ...]) -> Net:
    """The layers that a spec wrote as one, one by one again; nothing else."""
    return _unfolded(net, fused_alone=True)


def _unfolded(net: Net, fused_alone: bool) -> Net:
    for _ in range(DEEPEST):
        changed, layers, shapes = False, list[Node](), dict(net.shapes)
        for node in net.layers:
            found = asked(net, node, "say which simpler layers stand for it", partial(_ask, net, node))
            if found is None or (fused_alone and not found.fused):
                layers.append(node)
            else:
                changed = True
                layers += _in_place_of(node, found, shapes)
        if not changed:
            break
        net = net.changed(layers, shapes)
    return net


def _ask(net: Net, node: Node) -> Unfolded | None:
    if not isinstance(node.params, Composite):
        return None
    site = net.site(node)
    if len(site.bottoms) < len(node.inputs):  # of a net that is not measured, which no target takes
        return None
    return node.params.unfolded(site, tuple(net.shapes[value] or () for value in node.outputs))


def _in_place_of(node: Node, unfolded: Unfolded, shapes: dict[Value, Shape | None]) -> list[Node]:
    """The steps as layers. Values in between have no name of their own; `shapes` is told theirs."""
    written = [shape for step in unfolded.steps for shape in step.writes]
    values = list(node.inputs)
    for shape in written[: len(written) - len(node.outputs)]:
        values.append(Value("", -1 - len(shapes)))
        shapes[values[-1]] = shape
    values += node.outputs
    layers: list[Node] = []
    first = len(node.inputs)
    for step in unfolded.steps:
        inputs = tuple(values[i] for i in step.reads)
        layers.append(_layer(node, step, inputs, tuple(values[first : first + len(step.writes)])))
        first += len(step.writes)
    return layers


def _layer(node: Node, step: Step, inputs: tuple[Value, ...], outputs: tuple[Value, ...]) -> Node:
    """A step in the place of a layer. What reads that layer's own inputs passes no gradient where the layer says so."""
    if step.itself:
        return node._replace(params=step.layer, inputs=inputs, outputs=outputs)
    flags = dict(zip(node.inputs, node.propagate_down, strict=False))
    return node._replace(
        name=f"{node.name}_{step.part}" if step.part else node.name,
        params=step.layer,
        inputs=inputs,
        outputs=outputs,
        blobs=(),
        loss_weights=(),
        propagate_down=tuple(flags.get(value, True) for value in inputs) if flags else (),
    )
