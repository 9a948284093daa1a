"""Layers that give an image another height and width. TensorFlow's own interpolation has no float64."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, binary, call, literal, subscript
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.cascade import MaskResize
from netspec.layers.resize import Interp, Method, NearestUpsample, Resample, Resize, Sampling, SegNetUpsample
from netspec.layers.tensorflow_resize import ResizeBilinear, ResizeNearestNeighbor
from netspec.net import Layout
from netspec.shapes import Dim, known
from netspec_tensorflow.arguments import sizes


def resize(layer: Resize, place: Place) -> Code:
    """Axis by axis."""
    last = place.layout is Layout.CHANNELS_LAST
    axes = tuple(axis - 1 if last else axis for axis in layer.space())
    if not known(tuple(shape[axis] for shape in (place.input_shapes[0], place.output_shapes[0]) for axis in axes)):
        return _of_any_size(layer, axes, place)
    samplings = layer.samplings(place.site)
    x = _cropped(place, axes, samplings)
    moved = [(a, s) for a, s in zip(axes, samplings, strict=True) if not s.kept]
    for axis, sampling in moved[:-1]:
        x = place.let("sampled", _sampled(x, axis, sampling, layer.method(), place))
    return _sampled(x, *moved[-1], layer.method(), place) if moved else x


def _of_any_size(layer: Resize, axes: tuple[int, ...], place: Place) -> Code:
    """Of height and width that are no numbers. Raises Unsupported where the places depend on these."""
    x, shape = place.inputs[0], place.input_shapes[0]
    match layer:
        case NearestUpsample():
            for axis in axes[:-1]:
                x = place.let("sampled", call("tf.repeat", x, layer.scale, axis=axis))
            return call("tf.repeat", x, layer.scale, axis=axes[-1])
        case Interp():
            if layer.pad_beg or layer.pad_end:
                cut = f"{-layer.pad_beg or ''}:{layer.pad_end or ''}"
                x = place.let("inner", subscript(x, *[":"] * axes[0], *[cut] * len(axes)))
            for axis in axes:
                size, output = shape[axis] + layer.pad_beg + layer.pad_end, place.output_shapes[0][axis]
                arguments = x, axis, place.size(output), _step(size, output, place), 0.0
                x = call(place.helper("linear"), *arguments)
                x = place.let("sampled", x) if axis != axes[-1] else x
            return x
        case _:
            return literal(sizes(shape))


def _step(size: Dim, output: Dim, place: Place) -> Argument:
    """How far two outputs of Interp lie from each other in the input; whatever it is where there is but one."""
    steps: list[Argument] = []
    for n in (size - 1, output - 1):
        code = place.size(n)
        steps.append(code if isinstance(code, int) else call("tf.cast", code, Code("self.dtype")))
    above, below = steps
    least = max(below, 1) if isinstance(below, int) else call("tf.maximum", below, 1.0)
    return binary("/", above, least)


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
    shape = place.input_shapes[0]
    ends = [(s.begin, s.begin + s.size, shape[axis]) for axis, s in zip(axes, samplings, strict=True)]
    if all((begin, end) == (0, size) for begin, end, size in ends):
        return place.inputs[0]
    return subscript(place.inputs[0], *[":"] * axes[0], *(f"{begin}:{end}" for begin, end, _ in ends))


def unpool(layer: SegNetUpsample, place: Place) -> Code:
    return call(place.helper("unpool"), *place.inputs, *place.sizes(place.output_shapes[0][1:3]))


EMITTERS: dict[type[Layer], Emitter] = {
    Interp: resize,
    MaskResize: resize,
    NearestUpsample: resize,
    Resample: resize,
    ResizeBilinear: resize,
    ResizeNearestNeighbor: resize,
    SegNetUpsample: unpool,
}
