"""Weights as an emitted module keeps them: under the names, and in the order of axes, that its slots say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy.typing import ArrayLike

from netspec.backend.door import emission
from netspec.diagnostics import SpecError
from netspec.emit.parts import Slot
from netspec.emit.slots import restored, stored
from netspec.net import Net
from netspec.problems.weights import ParamShape
from netspec.shapes import show
from netspec.weights.blobs import Floats, SavedBlob, SavedLayer, Weights, floats
from netspec.weights.tensors import Tensors

Slots = Mapping[tuple[int, int], Slot]
FORMATS = {"torch": "pt", "tensorflow": "tf"}  # what the metadata of a file calls a backend


def metadata(backend: str) -> dict[str, str]:
    """What a file says of the names in it."""
    return {"format": FORMATS[backend]} if backend in FORMATS else {}


def written_by(tensors: Tensors) -> str | None:
    """The backend whose names a file uses, where it says."""
    said = tensors.metadata.get("format")
    return next((backend for backend, form in FORMATS.items() if form == said), None)


def slots(net: Net, backend: str) -> Slots:
    """Where the parameters of the net live in what a backend emits for it. Raises SpecError."""
    return emission(net, backend).slots


def state(net: Net, where: Slots, params: Mapping[str, Sequence[ArrayLike]]) -> dict[str, Floats]:
    """The parameters, which fit the net, under the module's names."""
    nodes = {node.name: node for node in reversed(net.layers)}
    return {
        where[param.key].path: stored(where[param.key], floats(values))
        for layer, blobs in params.items()
        for param, values in zip(nodes[layer].blobs, blobs, strict=True)
    }


def layers(file: str, net: Net, where: Slots, tensors: Tensors) -> Weights:
    """The layers of the net whose parameters a file holds under the module's names. Raises SpecError (NS501).

    A parameter with two names is under one of them, and the metadata leads to it from the other.
    """
    found: list[SavedLayer] = []
    used: set[str] = set()
    for node in net.layers:
        blobs: list[SavedBlob | None] = []
        for param in node.blobs:
            slot = where[param.key]
            name = slot.path if slot.path in tensors.arrays else tensors.metadata.get(slot.path, slot.path)
            used.add(name)
            array = tensors.arrays.get(name)
            if array is not None and array.shape != slot.shape:
                message = f'"{name}" is {show(array.shape)} in {file}, {show(slot.shape)} in the module'
                raise SpecError([ParamShape(f'the weights of layer "{node.name}" do not fit: {message}')])
            blobs.append(None if array is None else SavedBlob(restored(slot, array)))
        if any(blobs):
            found.append(SavedLayer(node.name, tuple(blobs)))
    others = tuple(name for name in tensors.arrays if name not in used)
    return Weights(file, tuple(found), others, shares=True)
