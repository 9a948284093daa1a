"""Caffe's weights as HDF5: /data/<layer>/<i>, a dataset for every blob, and /diff as well where a snapshot has it.
Source: Net::ToHDF5, CopyTrainedLayersFromHDF5.

A file may point outside itself, and may promise numbers that it does not hold. Neither is followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.host.packages import require
from netspec.weights.blobs import Floats, SavedBlob, Weights, by_index, is_index, unreadable

if TYPE_CHECKING:
    from netspec.net import Net

MAGIC = b"\x89HDF\r\n\x1a\n"
ROOT, DIFF = "data", "diff"
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


def write(net: Net, weights: Weights, diffs: Mapping[str, Sequence[Floats]]) -> bytes:
    """The weights of a net: of parameters that layers share, the layer has them that they belong to. diffs: of layers
    what stands beside their blobs, for shared ones, too. Raises SpecError (NS505)."""
    saved = {layer.name: layer.blobs for layer in weights.layers}
    with writing() as (file, content):
        data, diff = file.create_group(ROOT), file.create_group(DIFF) if diffs else None
        for node in net.layers:
            group, beside = data.require_group(node.name), diff and diff.require_group(node.name)
            for i, (param, blob) in enumerate(zip(node.blobs, saved.get(node.name, ()), strict=False)):
                if param.owner == param.key and blob:
                    group[str(i)] = blob.values
                if beside is not None:
                    beside[str(i)] = diffs[node.name][i]
    return content.getvalue()


@contextmanager
def writing() -> Generator[tuple[Any, BytesIO]]:
    """A new file, and what it will be. Raises SpecError (NS505) where h5py is missing."""
    require("weights", "numpy", "h5py")
    h5py: Any = import_module("h5py")
    content = BytesIO()
    with h5py.File(content, "w") as file:
        yield file, content


def datasets(data: bytes) -> dict[str, Floats | str]:
    """Numbers and texts of a small file, by their paths. Raises ValueError, and what h5py raises for damage, and
    SpecError (NS505) where it is missing."""
    require("weights", "numpy", "h5py")
    h5py: Any = import_module("h5py")
    found = dict[str, Floats | str]()

    def visit(name: str, item: Any) -> None:
        if len(found) > MAX_NAMES or name.count("/") > MAX_DEPTH:
            raise ValueError("it holds more than any state does")
        if isinstance(item, h5py.Dataset):
            text = item.dtype.kind in "SO" and item.shape == () and not item.is_virtual and not item.external
            found[name] = _text(item[()]) if text else _values(name, item)

    with h5py.File(BytesIO(data), "r") as file:
        file.visititems(visit)
    return found


def _text(value: Any) -> str:
    data = value if isinstance(value, bytes) else str(value).encode()
    return data.decode(errors="backslashreplace").rstrip("\0")


def _values(name: str, dataset: Any) -> Floats:
    if dataset.dtype.kind not in "fiu" or dataset.is_virtual or dataset.external:
        raise ValueError(f'"/{ROOT}/{name}" holds no plain numbers')
    # Also where they are compressed, which Caffe does not do: a few bytes would fill any memory.
    if dataset.nbytes > dataset.id.get_storage_size():
        raise ValueError(f'"/{ROOT}/{name}" is of {dataset.nbytes:,} bytes, of which the file does not hold all')
    kind = np.float64 if dataset.dtype == np.float64 else np.float32
    return np.asarray(dataset[()], kind)
