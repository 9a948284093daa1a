"""Parameters of layers of types that netspec does not know: as many, and of such shapes, as a file of weights has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count, takewhile

from netspec.layers.base import Blob
from netspec.layers.unknown import Said, Unknown
from netspec.net import Net, Node, Param
from netspec.shapes import Shape
from netspec.weights.blobs import Floats, Weights
from netspec.weights.modules import Slots


def with_blobs(net: Net, weights: Weights) -> Net:
    """The net whose layers of unknown types have the blobs that the file has for them; the first of a name has them."""
    return given_blobs(net, {layer.name: [b.values.shape for b in layer.blobs if b] for layer in weights.layers})


def with_arrays(net: Net, arrays: Mapping[str, Floats], slots: Callable[[Net], Slots]) -> Net:
    """The net whose layers of unknown types have the blobs that a file has under the names of an emitted module.
    `slots` tells where a net's parameters live in it."""
    unknown = [node.name for node in net.layers if isinstance(node.params, Unknown)]
    if not unknown:
        return net
    one = given_blobs(net, dict.fromkeys(unknown, ((1,),)))  # each has one, which shows the names
    where = slots(one)
    shapes: dict[str, list[Shape]] = {}
    for node in one.layers:
        if node.name in unknown and node.blobs:
            path = where[node.blobs[0].key].path.removesuffix("0")
            names = takewhile(arrays.__contains__, (f"{path}{i}" for i in count()))
            shapes[node.name] = [arrays[name].shape for name in names]
    return given_blobs(net, shapes)


def given_blobs(net: Net, shapes: Mapping[str, Sequence[Shape]]) -> Net:
    """The net whose layers of unknown types have blobs of these shapes."""
    left, nodes = dict(shapes), list(net.layers)
    for index, node in enumerate(nodes):
        found = left.pop(node.name, ())
        if isinstance(node.params, Unknown) and not node.blobs and found:
            pairs = zip(found, (*node.params.said, *(Said(),) * len(found)), strict=False)
            blobs = (_param((index, i), tuple(shape), said) for i, (shape, said) in enumerate(pairs))
            nodes[index] = node._replace(blobs=tuple(blobs))
    return net.changed(_shared(nodes))


def _param(key: tuple[int, int], shape: Shape, said: Said) -> Param:
    lr_mult, decay_mult = (1.0 if value is None else value for value in (said.lr_mult, said.decay_mult))
    return Param(Blob(f"blob_{key[1]}", shape), key, key, said.name, lr_mult, decay_mult)


def _shared(nodes: Sequence[Node]) -> list[Node]:
    """The layers, those parameters as one that have a name in common, and the first one's shape."""
    if not any(isinstance(node.params, Unknown) and any(param.name for param in node.blobs) for node in nodes):
        return [*nodes]
    first: dict[tuple[str, Shape], Param] = {}
    found: list[Node] = []
    for node in nodes:
        blobs = list(node.blobs)
        for i, param in enumerate(blobs):
            owner = first.setdefault((param.name, param.blob.shape), param) if param.name else param
            if isinstance(node.params, Unknown) or owner.key < param.owner:
                blobs[i] = param._replace(owner=owner.key)
        found.append(node._replace(blobs=tuple(blobs)))
    return found
