"""Weights as an emitted module keeps them: under the names, and in the order of axes, that its slots say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from netspec.backend.door import emission
from netspec.diagnostics import SpecError
from netspec.emit.parts import Slot
from netspec.emit.reckoning import folded
from netspec.emit.slots import all_stored, restored
from netspec.layers.base import Role
from netspec.net import Net
from netspec.problems.weights import ParamShape
from netspec.shapes import show
from netspec.weights.blobs import Floats, SavedBlob, SavedLayer, Weights, floats
from netspec.weights.tensors import Tensors

Slots = Mapping[tuple[int, int], Slot]
# What PyTorch's own BatchNorm keeps, and the module with Caffe's sums.
NAMED_OTHERWISE = {"running_mean": "mean", "running_var": "variance", "mean": "running_mean", "variance": "running_var"}
FOLDED = "optimized"  # what the metadata of a file has if its weights are those of a folded net
FORMATS = {"torch": "pt", "tensorflow": "tf"}  # what the metadata of a file calls a backend


def metadata(backend: str, net: Net | None = None) -> dict[str, str]:
    """What a file says of the names in it, and of folded weights."""
    named = {"format": FORMATS[backend]} if backend in FORMATS else {}
    return {**named, FOLDED: "netspec -O"} if net and net.folds else named


def written_by(tensors: Tensors) -> str | None:
    """The backend whose names a file uses, where it says."""
    said = tensors.metadata.get("format")
    return next((backend for backend, form in FORMATS.items() if form == said), None)


def slots(net: Net, backend: str, flat: bool = False) -> Slots:
    """Where the parameters of the net live in what a backend emits for it, as one class if `flat`. Raises SpecError."""
    return emission(net, backend, flat).slots


def state(net: Net, where: Slots, params: Mapping[str, Sequence[ArrayLike]]) -> dict[str, Floats]:
    """The parameters, which fit the net as read, under the module's names. Raises SpecError (NS510)."""
    nodes, params = {node.name: node for node in reversed(net.layers)}, folded(net, params)
    return {
        path: values
        for layer, blobs in params.items()
        for path, values in all_stored([where[param.key] for param in nodes[layer].blobs], [*map(floats, blobs)])
    }


def layers(file: str, net: Net, backend: str, tensors: Tensors) -> Weights:
    """The layers of the net whose parameters a file holds under the names of a backend's module, those of the other
    phase, of a module of one class, or of earlier versions. Raises SpecError (NS501).

    A parameter with two names is under one of them, and the metadata leads to it from the other.
    """
    found: list[SavedLayer] = []
    used: set[str] = set()
    where = slots(net, backend)
    lacking = any(slot.path and slot.path not in tensors.arrays for slot in where.values())
    flat = slots(net, backend, flat=True) if lacking else where
    for node in net.layers:
        blobs: list[SavedBlob | None] = []
        for param in node.blobs:
            slot = where[param.key]
            names = tuple(
                name for kept in (where, flat) for name in _names(kept[param.key], kept[node.blobs[0].key].path)
            )
            name = next((name for name in names if name in tensors.arrays), tensors.metadata.get(slot.path, slot.path))
            used.update(names, [name, f"{_parts(slot.path)[0]}.num_batches_tracked"])
            array = tensors.arrays.get(name)
            if array is None and blobs and blobs[0] and slot.blob.role is Role.FACTOR:
                array = np.ones_like(blobs[0].values, shape=1)  # mean and variance are divided by it
            elif array is not None and _sizes(array.shape, slot) != _sizes(slot.shape, slot):
                message = f'"{name}" is {show(array.shape)} in {file}, {show(slot.shape)} in the module'
                raise SpecError([ParamShape(f'the weights of layer "{node.name}" do not fit: {message}')])
            blobs.append(None if array is None else SavedBlob(restored(slot, array)))
        if any(blobs):
            found.append(SavedLayer(node.name, tuple(blobs)))
    others = tuple(name for name in tensors.arrays if name not in used)
    return Weights(file, tuple(found), others, shares=True)


def _names(slot: Slot, first: str) -> tuple[str, ...]:
    """Under which names a file may have a parameter: the module's own, and those that modules have which are compiled
    for the other phase, or were by an earlier version. `first` is the path of the layer's first blob."""
    module, attribute = _parts(slot.path or f"{_parts(first)[0]}.{slot.blob.name}")
    others = dict.fromkeys((attribute, NAMED_OTHERWISE.get(attribute, attribute), slot.blob.name))
    return (slot.path, *(f"{module}{mark}{name}" for name in others for mark in "._"))


def _parts(path: str) -> tuple[str, str]:
    module, _, attribute = path.rpartition("." if "." in path else "_")
    return module, attribute


def _sizes(shape: tuple[int, ...], slot: Slot) -> list[int]:
    """A row may lie along any axis."""
    return [size for size in shape if size != 1 or len(slot.blob.shape) > 1]
