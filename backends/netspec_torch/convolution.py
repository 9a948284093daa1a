"""Convolution, its adjoint, and the patches that a kernel sees."""

from __future__ import annotations

from netspec.emit.code import Code, binary, call, method
from netspec.emit.parts import Unsupported
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.convolution import emitters
from netspec.layers.base import Layer
from netspec.layers.caffe.convolution import (
    BaseConvolution,
    Convolution,
    Deconvolution,
    Im2col,
)
from netspec.layers.window import Geometry
from netspec_torch.arguments import integers, once, padding, unless


def convolution(layer: Convolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if at.kernel:
        return _module(layer, place, at, f"nn.Conv{len(at.kernel)}d")
    if layer.group == 1:
        if _reads_views(place):
            weights = _weights(place)
            return tuple(call("F.linear", x, *weights) for x in place.inputs)
        construct = call("nn.Linear", *_channels(layer, place, at), bias=_bias(layer))
        linear = place.module(construct, *_parameters(layer))
        return tuple(call(linear, x) for x in place.inputs)
    return _grouped_matrix(layer, place, "...gc,goc->...go")


def deconvolution(layer: Deconvolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if at.kernel:
        return _module(layer, place, at, f"nn.ConvTranspose{len(at.kernel)}d")
    return _grouped_matrix(layer, place, "...gc,gco->...go")


def im2col(layer: Im2col, place: Place) -> Code:
    at = layer.geometry(place.site)
    x = _padded(place.inputs[0], place, at)
    if len(at.kernel) == 2 and at.axis == 1:
        named = {"dilation": unless(at.dilation, 1), "padding": unless(at.pad, 0), "stride": unless(at.stride, 1)}
        output = place.sizes(place.output_shapes[0][2:])
        return method(call("F.unfold", x, once(at.kernel), **named), "unflatten", -1, output)
    named = {"kernel_size": at.kernel, "stride": at.stride, "padding": at.pad, "dilation": at.dilation}
    return call(place.helper("im2col"), x, **named)


def _module(layer: BaseConvolution, place: Place, at: Geometry, name: str) -> tuple[Code, ...]:
    if len(at.kernel) > 3:
        raise Unsupported(f"PyTorch convolves on up to three spatial axes, not {len(at.kernel)}")
    xs = place.inputs if isinstance(layer, Deconvolution) else [_padded(x, place, at) for x in place.inputs]
    steps = {
        "stride": unless(at.stride, 1),
        "padding": unless(at.pad, 0) if at.pad_end is None else None,
        "dilation": unless(at.dilation, 1),
        "groups": None if layer.group == 1 else layer.group,
    }
    if _reads_views(place):
        function, weights = (
            f"F.conv{'_transpose' if isinstance(layer, Deconvolution) else ''}{len(at.kernel)}d",
            _weights(place),
        )
        return tuple(call(function, x, *weights, **steps) for x in xs)
    construct = call(name, *_channels(layer, place, at), kernel_size=once(at.kernel), **steps, bias=_bias(layer))
    convolve = place.module(construct, *_parameters(layer))
    return tuple(call(convolve, x) for x in xs)


def _reads_views(place: Place) -> bool:
    """Whether a parameter is shared with a layer that keeps it in another shape."""
    return any(place.reads_view(i) for i in range(len(place.node.blobs)))


def _weights(place: Place) -> tuple[Code, ...]:
    return tuple(place.parameter(i) for i in range(len(place.node.blobs)))


def _grouped_matrix(layer: BaseConvolution, place: Place, equation: str) -> tuple[Code, ...]:
    """A convolution without spatial axes: a matrix for each group."""
    weight, *bias = (place.parameter(i) for i in range(len(place.node.blobs)))
    if layer.group == 1:
        products = [binary("@", x, weight) for x in place.inputs]
    else:
        groups = (layer.group, -1)
        matrices = method(weight, "unflatten", 0, groups)
        products = [
            method(call("torch.einsum", equation, method(x, "unflatten", -1, groups), matrices), "flatten", -2)
            for x in place.inputs
        ]
    return tuple(binary("+", y, bias[0]) if bias else y for y in products)


def _channels(layer: BaseConvolution, place: Place, at: Geometry) -> tuple[int, int]:
    (channels,) = integers((place.input_shapes[0][at.axis],))
    return channels, layer.num_output


def _parameters(layer: BaseConvolution) -> tuple[str, ...]:
    return ("weight", "bias") if layer.bias_term else ("weight",)


def _bias(layer: BaseConvolution) -> bool | None:
    return None if layer.bias_term else False


def _padded(x: Code, place: Place, at: Geometry) -> Code:
    """With zeros where a kernel reaches beyond the padding, and the padding itself where its ends are different."""
    overhang = at.overhang(place.input_shapes[0])
    if at.pad_end is not None:
        ends = [(p, e + o) for p, e, o in zip(at.pad, at.pad_end, overhang, strict=True)]
        return call("F.pad", x, padding(ends))
    return call("F.pad", x, padding([(0, n) for n in overhang])) if any(overhang) else x


EMITTERS: dict[type[Layer], Emitter] = emitters(convolution, deconvolution, im2col)
