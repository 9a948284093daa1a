"""Caffe's weights as HDF5: /data/<layer>/<i>, a dataset for every blob. Source: Net::ToHDF5, CopyTrainedLayersFromHDF5.

A file may point outside itself, and may promise numbers that it does not hold. Neither is followed.
"""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from netspec.host.packages import require
from netspec.weights.blobs import Floats, SavedBlob, Weights, by_index, is_index, unreadable

ROOT = "data"
MAX_NAMES = 1 << 22  # characters of all paths together; those of ResNet-152's weights are 30,000
MAX_DEPTH = 64  # of groups: the time grows with its square


def read(path: Path) -> Weights:
    """Raises SpecError (NS503, NS505)."""
    require("weights", "numpy", "h5py")
    h5py: Any = import_module("h5py")
    found: defaultdict[str, dict[int, SavedBlob]] = defaultdict(dict)
    left = MAX_NAMES

    def visit(name: str, item: Any) -> None:
        nonlocal left
        left -= len(name)
        if left < 0:
            raise ValueError(f"its names have more than {MAX_NAMES:,} characters, which no net's have")
        if name.count("/") > MAX_DEPTH:
            raise ValueError(f"its groups are nested more than {MAX_DEPTH} deep")
        layer, _, index = name.rpartition("/")
        if not isinstance(item, h5py.Dataset):
            return
        if not layer or not is_index(index):
            raise ValueError(f'"/{ROOT}/{name}" is no blob of a layer')
        found[layer][int(index)] = SavedBlob(_values(name, item))

    try:
        with h5py.File(path, "r") as file:
            # Hard links only, and each object once: what a link points to elsewhere is not visited.
            file[ROOT].visititems(visit)
    except FileNotFoundError:
        raise
    except Exception as error:  # what h5py raises for damage is of all kinds
        unreadable(path.name, str(error.args[0] if error.args else error))
    if not found:
        unreadable(path.name, f"there is no blob below /{ROOT}")
    return Weights(path.name, by_index(found), shares=True)


def _values(name: str, dataset: Any) -> Floats:
    if dataset.dtype.kind not in "fiu" or dataset.is_virtual or dataset.external:
        raise ValueError(f'"/{ROOT}/{name}" holds no plain numbers')
    # Also where they are compressed, which Caffe does not do: a few bytes would fill any memory.
    if dataset.nbytes > dataset.id.get_storage_size():
        raise ValueError(f'"/{ROOT}/{name}" is of {dataset.nbytes:,} bytes, of which the file does not hold all')
    kind = np.float64 if dataset.dtype == np.float64 else np.float32
    return np.asarray(dataset[()], kind)
