"""Layers that give an image another height and width. TensorFlow's own interpolation has no float64."""

from __future__ import annotations

from dataclasses import replace

from netspec.emit.code import Code, call, literal, subscript
from netspec.emit.place import Emitter, Place
from netspec.emit.runtime_sizes import fixed
from netspec.emit.shared.resize import TYPES, cropped, sampled
from netspec.layers.base import Layer
from netspec.layers.segmentation.resize import Interp, Method, NearestUpsample, Resize, Sampling
from netspec.net import Layout
from netspec.shapes import known
from netspec_tensorflow.words import Words


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
            shape = tuple(
                size + layer.pad_beg + layer.pad_end if axis in axes else size for axis, size in enumerate(shape)
            )
            sizes = tuple(place.output_shapes[0][axis] for axis in axes)
            return Words(place).bilinear(replace(x, shape=shape), axes=axes, sizes=sizes)
        case _:
            return literal(fixed(shape))


def _sampled(x: Code, axis: int, sampling: Sampling, method: Method, place: Place) -> Code:
    if method is Method.NEAREST and sampling.repeats:
        return call("tf.repeat", x, sampling.repeats, axis=axis)
    return sampled(x, axis, sampling, method, place)


EMITTERS: dict[type[Layer], Emitter] = dict.fromkeys(TYPES, resize)
