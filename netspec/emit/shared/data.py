"""Layers that read or write files."""

from __future__ import annotations

from netspec.emit.code import Code
from netspec.emit.parts import Unsupported
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.data import HDF5Output


def hdf5_output(layer: HDF5Output, place: Place) -> tuple[Code, ...]:
    raise Unsupported("a compiled model writes no files; remove the layer, and ask for its bottoms")


EMITTERS: dict[type[Layer], Emitter] = {HDF5Output: hdf5_output}
