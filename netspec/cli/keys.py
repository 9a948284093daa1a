"""Where the parameters of layers are in an emitted module: `netspec compile --keys`."""

from __future__ import annotations

from netspec.backend.door import emission
from netspec.cli.table import aligned
from netspec.diagnostics.render import harmless
from netspec.net import Net
from netspec.shapes import show

HEAD = ("layer", "parameter", "shape", "key")
DIVIDED = "(divided by it)"  # where a factor would be that the module does not keep


def table(net: Net, backend: str, flat: bool) -> str:
    """A line for each parameter of each layer, with its shape in the spec, and its key in `state_dict()`, or its path
    in a tf.Module. Raises SpecError."""
    slots = emission(net, backend, flat).slots
    rows = [
        (harmless(node.name), param.blob.name, show(param.blob.shape), slots[param.key].path or DIVIDED)
        for node in net.compiled.layers
        for param in node.blobs
    ]
    lines = aligned(HEAD, rows, (False,) * len(HEAD))
    return "".join(f"{line.rstrip()}\n" for line in lines)
