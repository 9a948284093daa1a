"""Convolution, Deconvolution and Im2col, on up to three spatial axes.

Channels come last, kernels are kept as TensorFlow's (space, inputs of a group, outputs). TensorFlow has no gradient on the
CPU for grouped kernels, nor for dilated ones but by `tf.nn.convolution`, which takes no strides beside; the code keeps to
what has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from netspec.emit.code import Argument, Code, call, subscript
from netspec.emit.place import Emitter, Place, Unsupported
from netspec.layers.base import Layer
from netspec.layers.convolution import BaseConvolution, Convolution, Deconvolution, Im2col
from netspec.layers.window import Geometry
from netspec.shapes import integers
from netspec_tensorflow.linear import multiplied, plus_bias

Operator: TypeAlias = Callable[[Code, Code], Code]  # from the code of an input and of a kernel to that of the output


@dataclass(frozen=True)
class Kernel:
    """How a kernel slides over an input, channels last, and what pads that before and behind on each spatial axis."""

    at: Geometry
    pads: tuple[tuple[int, int], ...]
    input: tuple[int, ...]
    output: tuple[int, ...]

    @property
    def axes(self) -> int:
        return len(self.at.kernel)

    @property
    def channel(self) -> int:
        """The axis of the channels."""
        return self.axes + 1

    @property
    def dilated(self) -> bool:
        return any(d > 1 for d in self.at.dilation)

    @property
    def strided(self) -> bool:
        return any(s > 1 for s in self.at.stride)

    @property
    def even(self) -> bool:
        """Whether the steps are equal on all axes."""
        return len(set(self.at.stride)) == 1 and len(set(self.at.dilation)) == 1

    def padding(self) -> Argument:
        """TensorFlow's word for the padding, or for two axes the sizes themselves."""
        if not any(map(any, self.pads)):
            return "VALID"
        reach = [e - 1 for e in self.at.extent]
        if not self.strided and self.pads == tuple((r // 2, r - r // 2) for r in reach):
            return "SAME"
        return [[0, 0], *(list(p) for p in self.pads), [0, 0]]

    @property
    def pads_itself(self) -> bool:
        """Whether TensorFlow's operator takes sizes for its padding."""
        return self.axes == 2 and not self.dilated

    @property
    def operator_padding(self) -> Argument:
        padding = self.padding()
        return padding if isinstance(padding, str) or self.pads_itself else "VALID"


def convolution(layer: Convolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if not at.kernel:
        return _pointwise(layer, place, place.parameter(0, (1, 0), "kernel"), outputs=1)
    overhang = at.overhang(place.site.bottoms[0])
    kernel = _kernel(place, at, tuple((p, p + o) for p, o in zip(at.pad, overhang, strict=True)))
    if _depthwise(layer, kernel):
        operator, weight = _depthwise_convolution(kernel, place)
    else:
        weight = place.parameter(0, _order(at), "kernel")
        operator = _grouped(layer.group, _convolution(kernel, place), kernel.channel, kernel.channel)
    xs = tuple(_padded(kernel, x, place) for x in place.inputs)
    return tuple(plus_bias(operator(x, weight), place, 1) for x in xs)


def deconvolution(layer: Deconvolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if not at.kernel:
        return _pointwise(layer, place, place.parameter(0, name="kernel"), outputs=0)
    kernel = _kernel(place, at, tuple((p, p) for p in at.pad))
    single = layer.group == kernel.input[-1] == kernel.output[-1]
    if single and kernel.axes == 2 and kernel.even and not kernel.dilated:
        operator, weight = _depthwise_deconvolution(kernel), place.parameter(0, (2, 3, 0, 1), "kernel")
    else:
        weight = place.parameter(0, _order(at), "kernel")
        operator = _grouped(layer.group, _deconvolution(kernel, place, layer.group), kernel.channel, kernel.channel)
    return tuple(plus_bias(operator(x, weight), place, 1) for x in place.inputs)


def im2col(layer: Im2col, place: Place) -> Code:
    at, (x,), (shape,) = layer.geometry(place.site), place.inputs, place.input_shapes
    before = [[0, 0]] * (at.axis + 1)
    if any(at.pad) or any(at.overhang(shape)):
        pads = [[p, p + o] for p, o in zip(at.pad, at.overhang(shape), strict=True)]
        x = place.let("padded", call("tf.pad", x, [*before, *pads]))
    steps = {"strides": list(at.stride), "dilations": list(at.dilation)}
    helper = place.helper("patches")
    columns = call(helper, x, at.axis, list(at.kernel), **{k: v for k, v in steps.items() if set(v) != {1}})
    return call("tf.reshape", columns, list(integers(place.output_shapes[0]) or ()))


def _kernel(place: Place, at: Geometry, pads: tuple[tuple[int, int], ...]) -> Kernel:
    if len(at.kernel) > 3:
        raise Unsupported(f"{len(at.kernel)} spatial axes; TensorFlow has up to 3")
    sizes = [integers(shape) or () for shape in (place.input_shapes[0], place.output_shapes[0])]
    return Kernel(at, pads, sizes[0], sizes[1])


def _order(at: Geometry) -> tuple[int, ...]:
    return (*range(2, 2 + len(at.kernel)), 1, 0)


def _pointwise(layer: BaseConvolution, place: Place, kernel: Code, outputs: int) -> tuple[Code, ...]:
    """Without spatial axes: a product with the kernel, over the last axis. `outputs`: the kernel's axis that has an
    entry for each channel of all groups."""
    axis = len(place.input_shapes[0]) - 1

    def operator(x: Code, weight: Code) -> Code:
        return multiplied(x, axis, weight)

    operator = _grouped(layer.group, operator, axis, outputs)
    return tuple(plus_bias(operator(x, kernel), place, 1) for x in place.inputs)


def _padded(kernel: Kernel, x: Code, place: Place) -> Code:
    """The input, padded by hand where the operator cannot."""
    padding = kernel.padding()
    by_hand = isinstance(padding, list) and not kernel.pads_itself
    return place.let("padded", call("tf.pad", x, padding)) if by_hand else x


def _convolution(kernel: Kernel, place: Place) -> Operator:
    at = kernel.at
    padding = kernel.operator_padding
    stride, dilation = _one_or_all(at.stride), _one_or_all(at.dilation)

    def operator(x: Code, weight: Code) -> Code:
        if kernel.dilated and not kernel.strided:
            return call("tf.nn.convolution", x, weight, padding=padding, dilations=dilation)
        if kernel.dilated:
            weight = _spread(kernel, weight, place)
        match kernel.axes:
            case 1:
                return call("tf.nn.conv1d", x, weight, stride, padding)
            case 2:
                return call("tf.nn.conv2d", x, weight, stride, padding)
            case _:
                return call("tf.nn.conv3d", x, weight, [1, *at.stride, 1], padding)

    return operator


def _depthwise(layer: Convolution, kernel: Kernel) -> bool:
    single = layer.group == kernel.input[-1] > 1
    return single and kernel.axes == 2 and kernel.even and not (kernel.dilated and kernel.strided)


def _depthwise_convolution(kernel: Kernel, place: Place) -> tuple[Operator, Code]:
    channels, outputs = kernel.input[-1], kernel.output[-1]
    kept = place.parameter(0, (2, 3, 0, 1), "kernel")
    if outputs != channels:
        kept = call("tf.reshape", kept, [*kernel.at.kernel, channels, outputs // channels])
    strides, padding = [1, *kernel.at.stride, 1], kernel.operator_padding
    dilations = list(kernel.at.dilation) if kernel.dilated else None

    def operator(x: Code, weight: Code) -> Code:
        return call("tf.nn.depthwise_conv2d", x, weight, strides, padding, dilations=dilations)

    return operator, kept


def _deconvolution(kernel: Kernel, place: Place, group: int) -> Operator:
    """`kernel.output` is the output of all groups together."""
    at, batch = kernel.at, kernel.output[0]
    whole = [s * (n - 1) + e for s, n, e in zip(at.stride, kernel.input[1:-1], at.extent, strict=True)]
    shape = [batch, *whole, kernel.output[-1] // group]

    def operator(x: Code, weight: Code) -> Code:
        if kernel.dilated:
            weight = _spread(kernel, weight, place)
        match kernel.axes:
            case 1:
                name, strides = "tf.nn.conv1d_transpose", list(at.stride)
            case 2:
                name, strides = "tf.nn.conv2d_transpose", list(at.stride)
            case _:
                name, strides = "tf.nn.conv3d_transpose", [1, *at.stride, 1]
        steps = strides[0] if kernel.axes < 3 and len(set(strides)) == 1 else strides
        return _cropped(kernel, call(name, x, weight, shape, steps, "VALID"))

    return operator


def _depthwise_deconvolution(kernel: Kernel) -> Operator:
    whole = [s * (n - 1) + k for s, n, k in zip(kernel.at.stride, kernel.input[1:-1], kernel.at.kernel, strict=True)]

    def operator(x: Code, weight: Code) -> Code:
        sizes = [kernel.output[0], *whole, kernel.output[-1]]
        strides = [1, *kernel.at.stride, 1]
        name = "tf.nn.depthwise_conv2d_backprop_input"
        return _cropped(kernel, call(name, sizes, weight, x, strides, "VALID"))

    return operator


def _cropped(kernel: Kernel, whole: Code) -> Code:
    """Without the padding."""
    if not any(kernel.at.pad):
        return whole
    ranges = (f"{p}:-{p}" if p else ":" for p in kernel.at.pad)
    return subscript(whole, ":", *ranges)


def _grouped(group: int, operator: Operator, axis: int, kernel_axis: int) -> Operator:
    """The operator on each group of channels apart. The axes are those along which input and kernel are split."""
    if group == 1:
        return operator

    def grouped(x: Code, weight: Code) -> Code:
        parts = f"zip({_split(x, group, axis)}, {_split(weight, group, kernel_axis)})"
        each = Code(f"[{operator(Code('x'), Code('kernel'))} for x, kernel in {parts}]")
        return call("tf.concat", each, axis=axis)

    return grouped


def _split(value: Code, parts: int, axis: int) -> Code:
    return call("tf.split", value, parts, axis=axis)


def _spread(kernel: Kernel, weight: Code, place: Place) -> Code:
    return call(place.helper("dilated"), weight, list(kernel.at.dilation))


def _one_or_all(steps: tuple[int, ...]) -> int | list[int]:
    return steps[0] if len(set(steps)) == 1 else list(steps)


EMITTERS: dict[type[Layer], Emitter] = {Convolution: convolution, Deconvolution: deconvolution, Im2col: im2col}
