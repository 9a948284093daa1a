"""Layers that multiply by weights or look them up."""

from __future__ import annotations

from dataclasses import replace

from netspec.emit.code import Code, binary, call, method, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer, canonical_axis
from netspec.layers.caffe.linear import Embed, InnerProduct
from netspec_torch.arguments import integers
from netspec_torch.words import Words


def inner_product(layer: InnerProduct, place: Place) -> Code:
    (x,), (shape,) = place.inputs, place.input_shapes
    (inputs,) = integers([layer.inputs(place.site)])
    kept = shape[: canonical_axis(layer.axis, shape, "axis")]
    rows = Words(place).reshape(replace(x, shape=shape), shape=(*kept, inputs))
    if layer.transpose:
        return _plus_bias(binary("@", rows, place.parameter(0)), place)
    if any(place.reads_view(i) for i in range(len(place.node.blobs))):
        return call("F.linear", rows, *(place.parameter(i) for i in range(len(place.node.blobs))))
    construct = call("nn.Linear", inputs, layer.num_output, bias=None if layer.bias_term else False)
    return call(place.module(construct, *(("weight", "bias") if layer.bias_term else ("weight",))), rows)


def embed(layer: Embed, place: Place) -> Code:
    (x,) = place.inputs
    return _plus_bias(subscript(place.parameter(0), method(x, "long")), place)


def _plus_bias(y: Code, place: Place) -> Code:
    return binary("+", y, place.parameter(1)) if len(place.node.blobs) > 1 else y


EMITTERS: dict[type[Layer], Emitter] = {InnerProduct: inner_product, Embed: embed}
