"""Layers without bottoms that read no file."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.input import DummyData
from netspec.layers.readers.datasets import ContinuationIndicator
from netspec_torch.arguments import integers
from netspec_torch.fillers import filled
from netspec_torch.words import Words


def dummy_data(layer: DummyData, place: Place) -> tuple[Code, ...]:
    """Constants become buffers, so that they follow the module to its device and precision."""
    values = [top.options for top in layer.trace(place.site)]
    if place.inputs:
        return tuple(Words(place).full_like(place.inputs[0], value=value["value"]) for value in values)
    constants = (filled(integers(value["shape"]), value["value"]) for value in values)
    return tuple(place.module(call("nn.Buffer", constant, persistent=False)) for constant in constants)


def continuation_indicator(layer: ContinuationIndicator, place: Place) -> Code:
    first, later = filled((1, layer.batch_size), 0.0), filled((layer.time_step - 1, layer.batch_size), 1.0)
    steps = call("torch.cat", (first, later)) if layer.time_step > 1 else first
    return place.module(call("nn.Buffer", steps, persistent=False))


EMITTERS: dict[type[Layer], Emitter] = {
    DummyData: dummy_data,
    ContinuationIndicator: continuation_indicator,
}
