"""A net without what layers of unknown types compute: drawn values stand in its place, so that the rest runs."""

from __future__ import annotations

from netspec.layers.caffe.input import Input
from netspec.layers.data_layer import DataLayer
from netspec.layers.unknown import Unknown
from netspec.net import Net, Node, Value
from netspec.shapes import determined


def without_unknown(net: Net) -> tuple[Net, tuple[str, ...], tuple[str, ...]]:
    """The net with inputs in the place of layers of unknown types, the names of these layers, and of those that are
    left out, since they need a blob whose shape is not known."""
    unknown, left_out, nodes = list[str](), list[str](), list[Node]()
    shapes, drawn = dict(net.shapes), dict[Value, Value]()
    for node in net.layers:
        if not isinstance(node.params, Unknown) or isinstance(node.params, DataLayer):
            inputs = tuple(drawn.get(value, value) for value in node.inputs)
            if all(map(determined, (shapes[value] for value in inputs))):
                nodes.append(node._replace(inputs=inputs))
            else:
                left_out.append(node.name)
                shapes |= dict.fromkeys(node.outputs)
            continue
        unknown.append(node.name)
        outputs = tuple(value for value in node.outputs if determined(shapes[value]))
        named = tuple(_apart(value, node, net) for value in outputs)
        drawn |= dict(zip(outputs, named, strict=True))
        shapes |= {new: shapes[value] for value, new in zip(outputs, named, strict=True)}
        tops = tuple(value.blob for value in named)
        data = node._replace(params=Input.model_construct(), bottoms=(), inputs=(), tops=tops, outputs=named)
        nodes.append(data._replace(loss_weights=(), propagate_down=()))
    return (net.changed(nodes, shapes) if unknown else net), tuple(unknown), tuple(left_out)


def _apart(value: Value, node: Node, net: Net) -> Value:
    """With a name of its own where it overwrites a blob, or is overwritten: an input is all that has its name."""
    alone = not value.version and net.latest[value.blob] == value
    return value if alone else Value(f"{value.blob} of {node.name}")
