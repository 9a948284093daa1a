"""What backends have in common where an image gets another height and width."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.segmentation.cascade import MaskResize
from netspec.layers.segmentation.resize import (
    Interp,
    Method,
    NearestUpsample,
    Resample,
    Resize,
    Sampling,
    SegNetUpsample,
)
from netspec.layers.tensors.tensorflow_resize import ResizeBilinear, ResizeNearestNeighbor

# The types that a backend's own function `resize` is for.
TYPES: tuple[type[Resize], ...] = (Interp, MaskResize, NearestUpsample, Resample, ResizeBilinear, ResizeNearestNeighbor)


def sampled(x: Code, axis: int, sampling: Sampling, method: Method, place: Place) -> Code:
    """One axis, by helpers."""
    target: dict[str, Argument] = {"axis": axis, "size": sampling.output}
    if method is Method.NEAREST:
        step, shift, divisor = sampling.steps
        return call(place.helper("nearest"), x, **target, step=step, shift=shift, divisor=divisor)
    target |= {"scale": float(sampling.scale), "shift": float(sampling.shift) or None}
    if method is Method.LINEAR and sampling.sharpness == 1 and sampling.within:
        return call(place.helper("linear"), x, **target)
    sharpness = None if sampling.sharpness == 1 else float(sampling.sharpness)
    return call(place.helper("filtered"), x, **target, sharpness=sharpness, cubic=method is Method.CUBIC or None)


def cropped(place: Place, axes: tuple[int, ...], samplings: tuple[Sampling, ...]) -> Code:
    """The part of the input that is sampled."""
    shape = place.input_shapes[0]
    ends = [(s.begin, s.begin + s.size, shape[axis]) for axis, s in zip(axes, samplings, strict=True)]
    if all((begin, end) == (0, size) for begin, end, size in ends):
        return place.inputs[0]
    return subscript(place.inputs[0], *[":"] * axes[0], *(f"{begin}:{end}" for begin, end, _ in ends))


def unpool(layer: SegNetUpsample, place: Place) -> Code:
    height, width = place.sizes(place.output_shapes[0][place.space])
    return call(place.helper("unpool"), *place.inputs, height=height, width=width)


EMITTERS: dict[type[Layer], Emitter] = {SegNetUpsample: unpool}
