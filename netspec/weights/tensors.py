"""`.safetensors` files: named arrays, and nothing that could run.

A blob is called `layer/i`, for the i-th of a layer. Parameters of an emitted module are called as they are there: by
their names in PyTorch's `state_dict`, by those of TensorFlow's variables. No such name holds a slash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netspec.host.packages import require
from netspec.weights.blobs import Floats, SavedBlob, Weights, by_index, is_index, unreadable

KINDS = ("F64", "F32", "F16", "I64", "I32")  # others are not numpy's


class Tensors(NamedTuple):
    """A file's arrays, and what its writer said of them."""

    arrays: dict[str, Floats]
    metadata: dict[str, str]


def read(path: Path) -> Tensors:
    """Raises SpecError (NS503, NS505)."""
    require("weights", "numpy", "safetensors")
    safetensors: Any = import_module("safetensors")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            names: list[str] = file.keys()
            return Tensors({name: _array(file, name) for name in names}, file.metadata() or {})
    except FileNotFoundError:
        raise
    except Exception as error:  # what the library and numpy raise for damage is of all kinds
        unreadable(path.name, str(error))


def _array(file: Any, name: str) -> Floats:
    kind = file.get_slice(name).get_dtype()
    if kind not in KINDS:
        raise ValueError(f'tensor "{name}" is of {kind}; numpy has only {", ".join(KINDS)}')
    return file.get_tensor(name)


def write(arrays: Mapping[str, Floats], metadata: Mapping[str, str]) -> bytes:
    """Raises SpecError (NS505)."""
    # The library writes the memory of an array as it lies.
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    require("weights", "numpy", "safetensors")
    return import_module("safetensors.numpy").save(plain, dict(metadata))


def layers(file: str, tensors: Tensors) -> Weights | None:
    """The blobs of layers that the file holds; None where its arrays are those of a module."""
    found: defaultdict[str, dict[int, SavedBlob]] = defaultdict(dict)
    for name, array in tensors.arrays.items():
        layer, slash, index = name.rpartition("/")
        if not slash or not is_index(index):
            return None
        found[layer][int(index)] = SavedBlob(array)
    return Weights(file, by_index(found), shares=True)


def named(weights: Weights) -> dict[str, Floats]:
    """The blobs of layers under their names in a file."""
    return {f"{layer}/{i}": blob.values for layer, blobs in weights.layers for i, blob in enumerate(blobs) if blob}
