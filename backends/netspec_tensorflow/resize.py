"""Layers that give an image another height and width. TensorFlow's own interpolation has no float64."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, call, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.resize import Interp, Method, NearestUpsample, Resample, Resize, Sampling, SegNetUpsample
from netspec.layers.tensorflow_resize import ResizeBilinear, ResizeNearestNeighbor
from netspec.net import Layout
from netspec_tensorflow.arguments import sizes


def resize(layer: Resize, place: Place) -> Code:
    """Axis by axis."""
    last = place.layout is Layout.CHANNELS_LAST
    axes = tuple(axis - 1 if last else axis for axis in layer.space())
    samplings = layer.samplings(place.site)
    x = _cropped(place, axes, samplings)
    moved = [(a, s) for a, s in zip(axes, samplings, strict=True) if not s.kept]
    for axis, sampling in moved[:-1]:
        x = place.let("sampled", _sampled(x, axis, sampling, layer.method(), place))
    return _sampled(x, *moved[-1], layer.method(), place) if moved else x


def _sampled(x: Code, axis: int, sampling: Sampling, method: Method, place: Place) -> Code:
    if method is Method.NEAREST:
        if sampling.repeats:
            return call("tf.repeat", x, sampling.repeats, axis=axis)
        return call(place.helper("nearest"), x, axis, sampling.output, *sampling.steps)
    arguments: tuple[Argument, ...] = (x, axis, sampling.output, float(sampling.scale), float(sampling.shift))
    if method is Method.LINEAR and sampling.sharpness == 1 and sampling.within:
        return call(place.helper("linear"), *arguments)
    sharpness = None if sampling.sharpness == 1 else float(sampling.sharpness)
    return call(place.helper("filtered"), *arguments, sharpness=sharpness, cubic=method is Method.CUBIC or None)


def _cropped(place: Place, axes: tuple[int, ...], samplings: tuple[Sampling, ...]) -> Code:
    """The part of the input that is sampled."""
    shape = sizes(place.input_shapes[0])
    ends = [(s.begin, s.begin + s.size, shape[axis]) for axis, s in zip(axes, samplings, strict=True)]
    if all((begin, end) == (0, size) for begin, end, size in ends):
        return place.inputs[0]
    return subscript(place.inputs[0], *[":"] * axes[0], *(f"{begin}:{end}" for begin, end, _ in ends))


def unpool(layer: SegNetUpsample, place: Place) -> Code:
    return call(place.helper("unpool"), *place.inputs, *place.sizes(place.output_shapes[0][1:3]))


EMITTERS: dict[type[Layer], Emitter] = {
    Interp: resize,
    NearestUpsample: resize,
    Resample: resize,
    ResizeBilinear: resize,
    ResizeNearestNeighbor: resize,
    SegNetUpsample: unpool,
}
