"""Where the parameters of layers are in an emitted module: `netspec compile --keys`."""

from __future__ import annotations

from collections.abc import Mapping

from netspec.backend.door import emission
from netspec.cli.table import aligned
from netspec.diagnostics.render import harmless
from netspec.emit.parts import Slot
from netspec.net import Fold, Net, Node, Param
from netspec.shapes import show

HEAD = ("layer", "parameter", "shape", "key")
DIVIDED = "(divided by it)"  # where a factor would be that the module does not keep


def table(net: Net, backend: str, flat: bool) -> str:
    """A line for each parameter of each layer, with its shape in the spec, and its key in `state_dict()`, or its path
    in a tf.Module. Raises SpecError."""
    slots = emission(net, backend, flat).slots
    folded = {member.name: name for name, fold in _folds(net).items() for member in fold.nodes if member.name != name}
    nodes = {node.name: node for node in net.layers if node.name not in folded} if net.plain else {}
    rows = [
        (harmless(node.name), param.blob.name, show(param.blob.shape), _place(param, node, slots, folded))
        for read in (net.plain or net.compiled).layers
        for node in (nodes.get(read.name, read),)
        for param in node.blobs
    ]
    lines = aligned(HEAD, rows, (False,) * len(HEAD))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _folds(net: Net) -> dict[str, Fold]:
    """What has gone into each layer, by its name."""
    return {
        node.name: net.folds[node.blobs[0].key] for node in net.layers if node.blobs and node.blobs[0].key in net.folds
    }


def _place(param: Param, node: Node, slots: Mapping[tuple[int, int], Slot], folded: Mapping[str, str]) -> str:
    if node.name in folded:
        return f"(folded into {harmless(folded[node.name])})"
    return slots[param.key].path or DIVIDED
