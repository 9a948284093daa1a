"""Layers that give an image another height and width."""

from __future__ import annotations

from netspec.emit.code import Code, call, literal, subscript
from netspec.emit.place import Emitter, Place
from netspec.emit.runtime_sizes import fixed
from netspec.emit.shared.resize import TYPES, cropped, sampled
from netspec.layers.base import Layer
from netspec.layers.segmentation.resize import Interp, Method, NearestUpsample, Resize, Sampling
from netspec.shapes import known
from netspec_torch.arguments import once


def resize(layer: Resize, place: Place) -> Code:
    """PyTorch's own function where it looks at the same places, else axis by axis."""
    if not known((*place.input_shapes[0][2:], *place.output_shapes[0][2:])):
        return _of_any_size(layer, place)
    samplings, axes, method = layer.samplings(place.site), layer.space(), layer.method()
    x = cropped(place, axes, samplings)
    if all(sampling.kept for sampling in samplings):
        return x
    if axes[0] == 2 and (function := _whole(x, samplings, method)):
        return function
    *rest, last = [(a, s) for a, s in zip(axes, samplings, strict=True) if not s.kept]
    for axis, sampling in rest:
        x = place.let("sampled", sampled(x, axis, sampling, method, place))
    return sampled(x, *last, method, place)


def _of_any_size(layer: Resize, place: Place) -> Code:
    """Of height and width that are no numbers. Raises Unsupported where the places depend on these."""
    x = place.inputs[0]
    match layer:
        case NearestUpsample():
            return call("F.interpolate", x, scale_factor=layer.scale)
        case Interp():
            if layer.pad_beg or layer.pad_end:
                x = subscript(x, ":", ":", *[f"{-layer.pad_beg or ''}:{layer.pad_end or ''}"] * 2)
            size = place.sizes(place.output_shapes[0][2:])
            return call("F.interpolate", x, size=size, mode="bilinear", align_corners=True)
        case _:
            return literal(fixed(place.input_shapes[0]))


def _whole(x: Code, samplings: tuple[Sampling, ...], method: Method) -> Code | None:
    size = once(tuple(sampling.output for sampling in samplings))
    mode = "bilinear" if len(samplings) == 2 else "trilinear"
    if method is Method.NEAREST and all(sampling.repeats for sampling in samplings):
        return call("F.interpolate", x, scale_factor=once(tuple(sampling.repeats for sampling in samplings)))
    if method is Method.LINEAR and all(sampling.corners for sampling in samplings):
        return call("F.interpolate", x, size=size, mode=mode, align_corners=True)
    if method is Method.LINEAR and all(s.centred and s.sharpness == 1 for s in samplings):
        return call("F.interpolate", x, size=size, mode=mode)
    return None


EMITTERS: dict[type[Layer], Emitter] = dict.fromkeys(TYPES, resize)
