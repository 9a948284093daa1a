"""Layers without bottoms, and what reads or writes files."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place, Unsupported
from netspec.layers.base import Layer
from netspec.layers.data import DummyData, HDF5Output
from netspec_torch.arguments import integers
from netspec_torch.fillers import filled


def dummy_data(layer: DummyData, place: Place) -> tuple[Code, ...]:
    """Constants become buffers, so that they follow the module to its device and precision."""
    values = [top.options for top in layer.trace(place.site)]
    constants = (filled(integers(value["shape"]), value["value"]) for value in values)
    return tuple(place.module(call("nn.Buffer", constant, persistent=False)) for constant in constants)


def hdf5_output(layer: HDF5Output, place: Place) -> tuple[Code, ...]:
    raise Unsupported("a compiled model writes no files; remove the layer, and ask for its bottoms")


EMITTERS: dict[type[Layer], Emitter] = {DummyData: dummy_data, HDF5Output: hdf5_output}
