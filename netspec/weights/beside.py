"""An emitted file, and the file of weights beside it that it loads."""

from __future__ import annotations

from netspec.backend.door import emission, find
from netspec.net import Net
from netspec.weights import modules, tensors
from netspec.weights.match import Match


def source_and_weights(net: Net, backend: str, weights: Match, file: str, flat: bool = False) -> tuple[str, bytes]:
    """The source, whose function `trained` loads the `.safetensors` file of that name, and the content of the file.

    What `weights` lacks begins as filled; flat: one class, whatever blocks the spec has. Raises SpecError.
    """
    made = emission(net, backend, flat)
    arrays = modules.state(net, made.slots, weights.params)
    text = made.text + find(backend).loader(net, made, file, not weights.filled)
    return text, tensors.write(arrays, modules.metadata(backend, net))
