"""Parameters of layers of types that netspec does not know: as many, and of such shapes, as a file of weights has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count, takewhile

from netspec.layers.base import Blob
from netspec.layers.unknown import Unknown
from netspec.net import Net, Param
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
            keys = [(index, i) for i in range(len(found))]
            blobs = (Blob(f"blob_{i}", tuple(shape)) for i, shape in enumerate(found))
            nodes[index] = replace(
                node, blobs=tuple(Param(blob, key, key) for blob, key in zip(blobs, keys, strict=True))
            )
    return net.changed(nodes)
