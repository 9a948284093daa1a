"""Layers with a kernel and a bias as a small class, which names both once."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call
from netspec.emit.place import Place
from netspec_tensorflow.fillers import filled

ORDER = (2, 3, 1, 0)  # of a kernel's axes: space, inputs, outputs
FEW = 20  # parameters of a net, up to which variables of their own take fewer lines than the class does


def conv2d(place: Place, strides: Argument, padding: Argument) -> Code | None:
    """A sub-module that convolves and adds a bias; None in a net with few parameters, and where one of both is
    frozen, another layer's, or not there."""
    blobs, helpers = place.node.blobs, list[str]()
    if len(place.sharers) <= FEW or len(blobs) != 2 or not all(param.lr_mult for param in blobs):
        return None

    def helper(name: str) -> str:
        helpers.append(name)
        return name

    kernel, bias = (param.blob for param in blobs)
    zero = (bias.filler.type, bias.filler.value) == ("constant", 0.0)
    kind = "FusedConv2D" if place.fast else "Conv2D"
    construct = call(
        kind,
        filled(kernel.filler, kernel.shape, ORDER, Code("dtype"), helper),
        bias=None if zero else filled(bias.filler, bias.shape, None, Code("dtype"), helper),
        strides=None if strides == 1 else strides,
        padding=None if padding == "SAME" or (padding == "VALID" and kernel.shape[2:] == (1, 1)) else padding,
    )
    names = ("kernel", "bias")
    if module := place.twin(construct, *names):
        return module
    if any(param.owner != param.key for param in blobs):
        return None
    for name in (*helpers, kind):
        place.helper(name)
    return place.module(construct, *names, order=ORDER)
