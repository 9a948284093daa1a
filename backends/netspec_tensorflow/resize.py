"""Layers that give an image another height and width. TensorFlow's own interpolation has no float64."""

from __future__ import annotations

from netspec.emit.code import Argument, Code, binary, call, literal, subscript
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.resize import TYPES, cropped, sampled
from netspec.layers.base import Layer
from netspec.layers.segmentation.resize import Interp, Method, NearestUpsample, Resize, Sampling
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
    x = cropped(place, axes, samplings)
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
                scale = _step(size, output, place)
                x = call(place.helper("linear"), x, axis=axis, size=place.size(output), scale=scale)
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
    if method is Method.NEAREST and sampling.repeats:
        return call("tf.repeat", x, sampling.repeats, axis=axis)
    return sampled(x, axis, sampling, method, place)


EMITTERS: dict[type[Layer], Emitter] = dict.fromkeys(TYPES, resize)
