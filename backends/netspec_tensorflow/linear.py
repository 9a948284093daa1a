"""InnerProduct and Embed."""

from __future__ import annotations

from math import prod

from netspec.emit.code import Code, binary, call
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer, canonical_axis
from netspec.layers.caffe.linear import Embed, InnerProduct
from netspec_tensorflow.arguments import sizes
from netspec_tensorflow.words import reshaped


def inner_product(layer: InnerProduct, place: Place) -> Code:
    (x,), (shape,) = place.inputs, place.input_shapes
    axis = canonical_axis(layer.axis, shape, "axis")
    if len(shape) != axis + 1:
        flat = (*shape[:axis], prod(sizes(shape[axis:])))
        x = reshaped(x, shape, flat, place)
    kernel = place.parameter(0, None if layer.transpose else (1, 0), "kernel")
    return plus_bias(call("tf.matmul", x, kernel) if axis == 1 else call("tf.tensordot", x, kernel, 1), place, 1)


def embed(layer: Embed, place: Place) -> Code:
    rows = call("tf.gather", place.parameter(0), call("tf.cast", place.inputs[0], Code("tf.int64")))
    return plus_bias(rows, place, 1)


def plus_bias(value: Code, place: Place, i: int) -> Code:
    """Adds parameter blob i, if the layer has that many, along the last axis.

    With -O as an operation of its own, of which TensorFlow makes one kernel with a product before it and a ReLU behind.
    """
    if i >= len(place.node.blobs):
        return value
    fusible = place.fast and len(place.output_shapes[0]) > 1
    bias = place.parameter(i)
    return call("tf.nn.bias_add", value, bias) if fusible else binary("+", value, bias)


EMITTERS: dict[type[Layer], Emitter] = {InnerProduct: inner_product, Embed: embed}
