"""What the nodes of a graph are called: after the inputs and outputs of a net, and after its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.layers.data_layer import DataLayer
from netspec.net import Net, Value

_FOREIGN = re.compile(r"[^A-Za-z0-9_.\\/>-]")  # what the name of a node may not hold
_NAME = re.compile(r"[^^:]+")


@dataclass(frozen=True)
class Names:
    """inputs, outputs: of the nodes of these blobs. layers: for a layer's node the blobs that are its values, in order;
    the node of a layer whose only top has a node of its name already is that one, and is left out."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    layers: Mapping[str, tuple[str, ...]]

    @property
    def all(self) -> frozenset[str]:
        return frozenset((*self.inputs.values(), *self.outputs.values(), *self.layers))


def spread(net: Net) -> Net:
    """The net with a blob for each value: what a layer overwrites in place has a name of its own, and can be returned
    as well."""
    kept, taken = {*net.latest.values()}, {*net.latest}
    own: dict[Value, Value] = {}
    for node in net.layers:
        for value in node.outputs:
            name = value.blob
            if value not in kept:
                while name in taken:
                    name += "_before"
                taken.add(name)
            own[value] = value if value in kept else Value(name)
    layers = [
        node._replace(
            inputs=tuple(own.get(value, value) for value in node.inputs),
            outputs=tuple(own[value] for value in node.outputs),
        )
        for node in net.layers
    ]
    return net.changed(layers, {own.get(value, value): shape for value, shape in net.shapes.items()})


def node_names(net: Net, outputs: Sequence[str], reserved: Iterable[str] = ()) -> Names:
    """Names for the nodes of a net that is `spread`. outputs: the blobs that it returns, before what is inside of it.
    reserved: names that others have. Foreign characters become `_`, and what would be called the same is numbered."""
    taken, blobs = {*reserved}, dict[str, str]()
    names = {value: blob for blob, value in net.latest.items()}
    for blob in (*net.inputs, *outputs):
        if blob not in blobs:
            blobs[blob] = _free(blob, taken, "blob")
    layers = dict[str, tuple[str, ...]]()
    for node in net.layers:
        values = tuple(names[value] for value in node.outputs)
        if not values or isinstance(node.params, DataLayer) or blobs.get(values[0]) == _safe(node.name, "layer"):
            continue
        layers[_free(node.name, taken, "layer")] = values
    return Names({blob: blobs[blob] for blob in net.inputs}, {blob: blobs[blob] for blob in outputs}, layers)


def named(definition: Any, names: Mapping[str, str]) -> None:
    """Gives some of the nodes of a GraphDef other names. An input may be `^name` or `name:port`."""
    for node in definition.node:
        node.name = names.get(node.name, node.name)
        for i, source in enumerate(node.input):
            node.input[i] = _NAME.sub(lambda found: names.get(found[0], found[0]), source, count=1)


def scope_beside(name: str, others: Iterable[str]) -> str:
    """A scope of nodes that none of the others is in, nor called as."""
    lower = {other.lower() for other in others}
    while any(other == name.lower() or other.startswith(f"{name.lower()}/") for other in lower):
        name = f"net_{name}"
    return name


def _safe(name: str, kind: str) -> str:
    return _FOREIGN.sub("_", name) if name[:1].isascii() and name[:1].isalnum() else kind + _FOREIGN.sub("_", name)


def _free(name: str, taken: set[str], kind: str) -> str:
    base = found = _safe(name, kind)
    number = 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    taken.add(found)
    return found
