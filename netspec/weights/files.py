"""Files of weights: those that are read by what they hold, those that are written by their suffix."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from netspec.diagnostics import Diagnostic, SpecError
from netspec.host import files
from netspec.layers.base import Phase
from netspec.net.passes.optimize import optimized
from netspec.problems.weights import FoldedWeights, NetNeeded, UnknownFormat, UnknownLayer
from netspec.weights import caffemodel, hdf5, layer_message, modules, tensors
from netspec.weights.blobs import Floats, Params, Weights, of_params, unreadable
from netspec.weights.match import match
from netspec.weights.unknown import with_arrays, with_blobs
from netspec.weights.wire import MAX_BYTES

if TYPE_CHECKING:
    from netspec.net import Net

CAFFEMODEL, SAFETENSORS, HDF5 = (".caffemodel",), (".safetensors",), (".h5", ".hdf5")
READ, WRITTEN = CAFFEMODEL + SAFETENSORS + HDF5, CAFFEMODEL + SAFETENSORS
BEGIN = 4096  # bytes that tell what a file is
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".npy", ".npz")


def load_weights(path: str | Path, net: Net | None = None, backend: str | None = None) -> Params:
    """The weights in a file, by layer, in Caffe's order and layout: what `Executable.set_params` takes.

    With a net, only those of its layers, in its shapes (of an optimized net, those of the net as read); as in Caffe,
    layers of the file that it does not have are left out, and the others keep what they have. Without one, all of them
    as they stand in the file. A `.safetensors` file of an emitted module needs the net, and the backend unless the file
    names it.

    Raises SpecError (NS5xx), and OSError.
    """
    weights = read(Path(path), net, backend)
    if net is not None:
        return match(net.plain or net, weights).params
    _complete(weights)
    return weights.params


def load_mean(path: str | Path) -> Floats:
    """The mean image of a `.binaryproto` file, C×H×W, as `preprocess` of an emitted module takes it.

    Raises SpecError (NS503), and OSError.
    """
    return caffemodel.read_mean(str(path), file_bytes(Path(path)))


def save_weights(
    path: str | Path,
    params: Mapping[str, Sequence[ArrayLike]],
    net: Net | None = None,
    backend: str | None = None,
) -> None:
    """Writes weights, given as `Executable.get_params` does, to a `.caffemodel` or `.safetensors` file.

    With a net and a backend, a `.safetensors` file has the names and the layout of the emitted module, which can then
    load it. A file that is there is replaced, in one step. Raises SpecError (NS5xx), and OSError.
    """
    path = Path(path)
    weights = of_params("what is given", params)
    known = params if net is None else with_blobs(net.plain or net, weights).params
    if foreign := next((layer for layer in params if layer not in known), None):
        raise SpecError([UnknownLayer(f'no layer "{foreign}" with parameters')])
    files.write(path, encoded(path, weights, net, backend), replace=True)


def contents(path: Path) -> dict[str, Floats]:
    """All arrays of a file, under its own names, or as `layer/i` where those are numbers.

    The second layer of a name is called `layer (2)`. Raises SpecError (NS5xx).
    """
    return contents_and_warnings(path)[0]


def contents_and_warnings(path: Path) -> tuple[dict[str, Floats], Sequence[Diagnostic]]:
    """As `contents`, with what is to be said of the file."""
    if kind(path, READ) == SAFETENSORS:
        return tensors.read(path).arrays, ()
    weights = read(path)
    return tensors.named(weights.numbered), weights.diagnostics


def read(path: Path, net: Net | None = None, backend: str | None = None) -> Weights:
    """What a file holds, before any matching but that of a module's names. Raises SpecError (NS5xx), and OSError."""
    suffixes = kind(path, READ)
    if suffixes == SAFETENSORS:
        return _of_tensors(path, net, backend)
    if suffixes == HDF5:
        return hdf5.read(path)
    return caffemodel.read(path.name, file_bytes(path))


def file_bytes(path: Path) -> bytes:
    """The content of a plain file. Raises SpecError (NS503) where it is too large for a message."""
    if not stat.S_ISREG(path.stat().st_mode):
        unreadable(path.name, "it is no plain file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        unreadable(path.name, "it is larger than 2 GiB, which protobuf does not allow")
    return data


def snapshot(
    net: Net, params: Mapping[str, Sequence[ArrayLike]], diffs: Mapping[str, Sequence[Floats]], in_hdf5: bool
) -> bytes:
    """All parameters of a net as Caffe's snapshots have them, a `.caffemodel` or a `.caffemodel.h5`. diffs: of layers
    what stands beside their blobs. Raises SpecError (NS5xx)."""
    weights = of_params("what is trained", params)
    return (hdf5.write if in_hdf5 else layer_message.model)(net, weights, diffs)


def encoded(path: Path, weights: Weights, net: Net | None = None, backend: str | None = None) -> bytes:
    """The bytes of a file of the kind that its name says. Raises SpecError."""
    suffix = _suffix(path, WRITTEN)
    if net is not None:
        matched = match(net.plain or net, weights)
        fast, net, params = net.plain is not None, matched.net, matched.params
        if backend is not None and suffix in SAFETENSORS:
            made = optimized(net) if fast else net
            state = modules.state(made, modules.slots(made, backend), params)
            return tensors.write(state, modules.metadata(backend, made))
        weights = of_params(weights.file, params)
    if suffix in CAFFEMODEL:
        _complete(weights)
        return layer_message.model(net, weights, {}) if net else caffemodel.write(weights, "", {})
    if _of_old(weights):
        raise SpecError([_needed(f"{weights.file} gives four sizes for each blob, of which some may not be its own")])
    return tensors.write(tensors.named(weights), {})


def _of_tensors(path: Path, net: Net | None, backend: str | None) -> Weights:
    found = tensors.read(path)
    if weights := tensors.layers(path.name, found):
        return weights
    if modules.FOLDED in found.metadata:
        raise SpecError([_folded(path)])
    backend = backend or modules.written_by(found)
    if net is None:
        raise SpecError([_needed(f"{path.name} has the names of an emitted module")])
    if backend is None:
        raise SpecError([_needed(f"{path.name} does not say which backend's names it uses", "say it: --from torch")])
    net = with_arrays(net.plain or net, found.arrays, partial(modules.slots, backend=backend))
    weights = modules.layers(path.name, net, backend, found)
    if weights.others and net.phase is not Phase.TRAIN:  # without metadata, as a module's own methods save it
        where = modules.slots(optimized(net), backend)
        if {*weights.others} <= {slot.path for slot in where.values()}:
            raise SpecError([_folded(path)])
    return weights


def kind(path: Path, known: Sequence[str]) -> Sequence[str]:
    """The suffixes of the kind that a file is, by its first bytes where they tell, else by its name.

    Raises SpecError (NS503, NS506), and OSError.
    """
    if path.suffix.lower() in PICKLES and not path.exists():
        _suffix(path, known)
    if not stat.S_ISREG(path.stat().st_mode):
        unreadable(path.name, "it is no plain file")
    with path.open("rb") as file:
        start, size = file.read(BEGIN), os.fstat(file.fileno()).st_size
    if start.startswith(hdf5.MAGIC):
        return HDF5
    header = int.from_bytes(start[:8], "little")
    if start[8:9] == b"{" and 2 <= header <= size - 8:
        return SAFETENSORS
    foreign = path.suffix.lower() not in known
    if foreign and path.suffix.lower() not in PICKLES and caffemodel.likely(start):
        return CAFFEMODEL
    suffix = _suffix(path, known)
    return next(kind for kind in (CAFFEMODEL, SAFETENSORS, HDF5) if suffix in kind)


def _suffix(path: Path, known: Sequence[str]) -> str:
    suffix = path.suffix.lower()
    if suffix in known:
        return suffix
    what = f"{path.name} does not end in {' or '.join((', '.join(known[:-1]), known[-1]))}"
    help = "a pickle can run any code when it is read; safetensors files cannot" if suffix in PICKLES else None
    raise SpecError([UnknownFormat(what, help=help)])


def _complete(weights: Weights) -> None:
    """Raises SpecError (NS507) where blobs are left out."""
    if lacking := next((layer.name for layer in weights.layers if None in layer.blobs), None):
        raise SpecError([_needed(f'{weights.file} leaves out blobs of "{lacking}" that another layer owns')])


def _of_old(weights: Weights) -> bool:
    return any(blob and blob.legacy for layer in weights.layers for blob in layer.blobs)


def _folded(path: Path) -> FoldedWeights:
    message = f"{path.name} has the weights of a module that was compiled with -O, which are products of the net's own"
    return FoldedWeights(message, help="take the file that these were made of")


def _needed(message: str, help: str = "say which net it is: --net SPEC") -> NetNeeded:
    return NetNeeded(message, help=help)
