"""An emitted file, and the file of weights beside it that it loads."""

from __future__ import annotations

from netspec.backend import find
from netspec.net import Net
from netspec.weights import modules, tensors
from netspec.weights.match import Match


def source_and_weights(net: Net, backend: str, weights: Match, file: str) -> tuple[str, bytes]:
    """The source, whose function `trained` loads the `.safetensors` file of that name, and the content of the file.

    What `weights` lacks begins as filled. Raises SpecError.
    """
    target, net = find(backend), net.compiled
    emission = target.emit(net, net.returned)
    arrays = modules.state(net, emission.slots, weights.params)
    text = emission.text + target.loader(net, emission, file, not weights.filled)
    return text, tensors.write(arrays, modules.metadata(backend))
