"""Files of weights, each kind by its suffix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from netspec import files
from netspec.diagnostics import SpecError
from netspec.problems.weights import NetNeeded, UnknownFormat
from netspec.weights import caffemodel, hdf5, modules, tensors
from netspec.weights.blobs import Blob, Layer, Params, Weights, of_params, unreadable
from netspec.weights.match import match
from netspec.weights.wire import MAX_BYTES

if TYPE_CHECKING:
    from netspec.net import Net

CAFFEMODEL, SAFETENSORS, HDF5 = (".caffemodel",), (".safetensors",), (".h5", ".hdf5")
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".npy", ".npz")


def load_weights(path: str | Path, net: Net | None = None, backend: str | None = None) -> Params:
    """The weights in a file, by layer, in Caffe's order and layout: what `Executable.set_params` takes.

    With a net, only those of its layers, in its shapes; as in Caffe, layers of the file that it does not have are left
    out, and the others keep what they have. Without one, all of them as they stand in the file. A `.safetensors` file of
    an emitted module needs the net, and the backend unless the file names it.

    Raises SpecError (NS5xx), FileNotFoundError and the like.
    """
    weights = read(Path(path), net, backend)
    if net is not None:
        return match(net, weights).params
    _complete(weights)
    return weights.params


def save_weights(
    path: str | Path,
    params: Mapping[str, Sequence[ArrayLike]],
    net: Net | None = None,
    backend: str | None = None,
) -> None:
    """Writes weights, given as `Executable.get_params` does, to a `.caffemodel` or `.safetensors` file.

    With a net and a backend, under the names and in the layout that the emitted module has for them, so that it can load
    the file. Whoever reads the path finds the file whole or not at all. Raises SpecError (NS5xx), and OSError.
    """
    path = Path(path)
    files.write(path, encoded(path, of_params(path.name, params), net, backend), replace=True)


def read(path: Path, net: Net | None = None, backend: str | None = None) -> Weights:
    """What a file holds, before any matching but that of a module's names. Raises SpecError (NS5xx), and OSError."""
    match _suffix(path, CAFFEMODEL + SAFETENSORS + HDF5):
        case ".caffemodel":
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                unreadable(path.name, "it is larger than 2 GiB, which protobuf does not allow")
            return caffemodel.read(path.name, data)
        case ".safetensors":
            return _of_tensors(path, net, backend)
        case _:
            return hdf5.read(path)


def encoded(path: Path, weights: Weights, net: Net | None = None, backend: str | None = None) -> bytes:
    """The bytes of a file of the kind that its name says. Raises SpecError."""
    suffix = _suffix(path, CAFFEMODEL + SAFETENSORS)
    if net is not None:
        params = match(net, weights).params
        if backend is not None and suffix in SAFETENSORS:
            named = next((form for form, name in modules.FORMATS.items() if name == backend), backend)
            return tensors.write(modules.state(net, modules.slots(net, backend), params), {"format": named})
        weights = of_params(weights.file, params)
    if suffix in CAFFEMODEL:
        _complete(weights)
        types = {node.name: node.type for node in reversed(net.layers)} if net else {}
        return caffemodel.write(weights, net.name if net else "", types)
    if _of_old(weights):
        raise SpecError([_needed(f"{weights.file} gives four sizes for each blob, of which some may not be its own")])
    return tensors.write(tensors.named(weights), {})


def _of_tensors(path: Path, net: Net | None, backend: str | None) -> Weights:
    found = tensors.read(path)
    if weights := tensors.layers(path.name, found):
        return weights
    backend = backend or modules.FORMATS.get(found.metadata.get("format", ""))
    if net is None:
        # For those who want to see what is there.
        return Weights(path.name, tuple(Layer(name, (Blob(array),)) for name, array in found.arrays.items()))
    if backend is None:
        raise SpecError([_needed(f"{path.name} does not say which backend's names it uses", "say it: --from torch")])
    return modules.layers(path.name, net, modules.slots(net, backend), found)


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


def _needed(message: str, help: str = "say which net it is: --net SPEC") -> NetNeeded:
    return NetNeeded(message, help=help)
