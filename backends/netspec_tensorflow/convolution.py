"""Convolution, Deconvolution and Im2col, on up to three spatial axes.

Channels come last, kernels are kept as TensorFlow's: space, inputs of a group, outputs. On the CPU TensorFlow has no
gradient for grouped kernels, and for dilated ones only that of `tf.nn.convolution`, which takes no strides beside them;
the code keeps to what has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from netspec.emit.code import Argument, Code, call, subscript
from netspec.emit.parts import Unsupported
from netspec.emit.place import Emitter, Place
from netspec.emit.runtime_sizes import reshaping
from netspec.emit.shared.convolution import emitters
from netspec.layers.base import Layer
from netspec.layers.caffe.convolution import (
    BaseConvolution,
    Convolution,
    Deconvolution,
    Im2col,
)
from netspec.layers.window import Geometry
from netspec.shapes import Dim, Size
from netspec_tensorflow.arguments import one_or_all, sizes
from netspec_tensorflow.linear import plus_bias
from netspec_tensorflow.weighted import conv2d


@dataclass(frozen=True)
class Operator:
    """A function of TensorFlow's, and what it takes behind the input and the kernel: by place, with their names, then
    by name."""

    function: str
    args: dict[str, Argument] = field(default_factory=dict[str, Argument])
    named: dict[str, Argument] = field(default_factory=dict[str, Argument])

    def __call__(self, x: Code, kernel: Code, group: int, place: Place, **split: Argument) -> Code:
        if group == 1:
            return call(self.function, x, kernel, *self.args.values(), **self.named)
        function, named = Code(self.function), {**self.args, **self.named, **split}
        return call(place.helper("grouped"), x, kernel, groups=group, convolution=function, **named)


@dataclass(frozen=True)
class Kernel:
    """How a kernel slides over an input, channels last, and what pads that before and behind on each spatial axis."""

    at: Geometry
    pads: tuple[tuple[int, int], ...]
    channels: tuple[int, int]  # in and out
    whole: tuple[Argument, ...]  # the batch and the spatial sizes of a deconvolution before `pad` is taken away
    adjoint: bool = False
    depthwise: bool = False
    unread: int = 0  # columns at the end of the input that no window reaches, and that have to go

    @property
    def axes(self) -> int:
        return len(self.at.kernel)

    @property
    def dilated(self) -> bool:
        return any(d > 1 for d in self.at.dilation)

    @property
    def strided(self) -> bool:
        return any(s > 1 for s in self.at.stride)

    @property
    def spread(self) -> bool:
        """Whether zeros have to be put into the kernel, for want of a dilation."""
        return self.dilated and (self.strided or self.adjoint)

    @property
    def even(self) -> bool:
        """Whether the steps are equal on all axes."""
        return len(set(self.at.stride)) == 1 and len(set(self.at.dilation)) == 1

    @property
    def padding(self) -> Argument:
        """TensorFlow's word for the padding, else its sizes."""
        if not any(map(any, self.pads)):
            return "VALID"
        reach = [e - 1 for e in self.at.extent]
        if not self.strided and self.pads == tuple((r // 2, r - r // 2) for r in reach):
            return "SAME"
        return [[0, 0], *(list(p) for p in self.pads), [0, 0]]

    @property
    def by_hand(self) -> bool:
        """Whether the input is padded first, since the operator takes no sizes. The depthwise one takes them, but in a
        graph TensorFlow fuses it with the bias, and aborts."""
        takes_no_sizes = self.axes != 2 or (self.dilated and not self.spread) or self.depthwise
        return takes_no_sizes and isinstance(self.padding, list)

    @property
    def operator_padding(self) -> Argument:
        return "VALID" if self.by_hand else self.padding

    def slid(self, padding: Argument) -> dict[str, Argument]:
        """The strides and a padding as arguments; `tf.nn.conv1d` has a name of its own for the first."""
        name = "stride" if self.axes == 1 and not self.adjoint else "strides"
        return {name: [1, *self.at.stride, 1] if self.axes == 3 else one_or_all(self.at.stride), "padding": padding}


def convolution(layer: Convolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if not at.kernel:
        return _pointwise(layer, place, place.parameter(0, (1, 0), "kernel"))
    overhang = at.overhang(place.site.bottoms[0])
    kernel = _kernel(place, at, tuple((p, e + o) for p, e, o in zip(at.pad, at.behind, overhang, strict=True)))
    if kernel.axes > 1 and kernel.channels[0] == layer.group and place.output_shapes[0][-2] == 1:
        kernel = _in_one_column(kernel, at.free(place.site.bottoms[0])[-1])
    plain = layer.group == 1 and kernel.axes == 2 and not kernel.dilated and not _depthwise(layer, kernel)
    if plain and (module := conv2d(place, *kernel.slid(kernel.operator_padding).values())):
        return tuple(_cut(call(module, _padded(x, kernel, place)), place) for x in place.inputs)
    if _depthwise(layer, kernel):
        kernel = replace(kernel, depthwise=True)
        group, operator, weight = 1, _depthwise_convolution(kernel), _depthwise_kernel(kernel, place)
    else:
        group, operator, weight = layer.group, _convolution(kernel), _weight(kernel, place)
    results: list[Code] = []
    for x in place.inputs:
        y = _cut(operator(_padded(x, kernel, place), weight, group, place), place)
        results.append(plus_bias(y, place, 1))
    return tuple(results)


def deconvolution(layer: Deconvolution, place: Place) -> tuple[Code, ...]:
    at = layer.geometry(place.site)
    if not at.kernel:
        return _pointwise(layer, place, place.parameter(0, name="kernel"), kernel_axis=0)
    kernel = _kernel(place, at, tuple((p, p) for p in at.pad), adjoint=True)
    each_its_own = layer.group == kernel.channels[0] == kernel.channels[1] > 1
    if each_its_own and kernel.axes == 2 and kernel.even and not kernel.dilated:
        function, weight = place.helper("depthwise_conv2d_transpose"), place.parameter(0, (2, 3, 0, 1), "kernel")
        filled = (_padded(x, kernel, place) for x in place.inputs)
        whole = tuple(_cut(call(function, x, weight, stride=kernel.at.stride[0]), place) for x in filled)
    else:
        operator, weight = _deconvolution(kernel, layer.group), _weight(kernel, place)
        whole = tuple(operator(x, weight, layer.group, place) for x in place.inputs)
    return tuple(plus_bias(_cropped(kernel, y, place), place, 1) for y in whole)


def im2col(layer: Im2col, place: Place) -> Code:
    at, (x,), (shape,) = layer.geometry(place.site), place.inputs, place.input_shapes
    pads = [[p, p + o] for p, o in zip(at.pad, at.overhang(shape), strict=True)]
    if any(map(any, pads)):
        x = place.let("padded", call("tf.pad", x, [*[[0, 0]] * (at.axis + 1), *pads]))
    steps = {"stride": list(at.stride), "dilation": list(at.dilation)}
    given = {name: step for name, step in steps.items() if set(step) != {1}}
    columns = call(place.helper("patches"), x, axis=at.axis, kernel_size=list(at.kernel), **given)
    return call("tf.reshape", columns, list(reshaping(place.output_shapes[0], place)))


def _kernel(place: Place, at: Geometry, pads: tuple[tuple[int, int], ...], adjoint: bool = False) -> Kernel:
    if len(at.kernel) > 3:
        raise Unsupported(f"{len(at.kernel)} spatial axes; TensorFlow has up to 3")
    before, after = place.input_shapes[0], place.output_shapes[0]
    (into,), (out,) = sizes(tuple(before[-1:])), sizes(tuple(after[-1:]))
    return Kernel(at, pads, (into, out), _uncropped(at, place) if adjoint else (), adjoint)


def _weight(kernel: Kernel, place: Place) -> Code:
    """The kernel as operators take it: space, then one axis for each side's channels, those that are grouped last."""
    weight = place.parameter(0, (*range(2, 2 + kernel.axes), 1, 0), "kernel")
    return call(place.helper("dilated"), weight, dilation=list(kernel.at.dilation)) if kernel.spread else weight


def _pointwise(layer: BaseConvolution, place: Place, weight: Code, **split: Argument) -> tuple[Code, ...]:
    """Without spatial axes: a product with the kernel, over the last axis."""
    two = len(place.input_shapes[0]) == 2
    product = Operator("tf.matmul") if two else Operator("tf.tensordot", {"axes": 1})
    return tuple(plus_bias(product(x, weight, layer.group, place, **split), place, 1) for x in place.inputs)


def _in_one_column(kernel: Kernel, free: Dim) -> Kernel:
    """The same with a step of 1 along the last axis, on which the kernel makes none.

    With one channel, and a longer step than along the axis before, oneDNN computes something else in float32.
    """
    if kernel.at.stride[-1] <= kernel.at.stride[-2] or not isinstance(free, int):
        return kernel
    stride, (before, behind), surplus = (*kernel.at.stride[:-1], 1), kernel.pads[-1], max(0, free)
    pads = (*kernel.pads[:-1], (before, max(0, behind - surplus)))
    return replace(kernel, at=kernel.at._replace(stride=stride), pads=pads, unread=max(0, surplus - behind))


def _padded(x: Code, kernel: Kernel, place: Place) -> Code:
    """The input with what the operator does not pad, and with a row more where there may be none."""
    if kernel.unread:
        x = subscript(x, "...", f":-{kernel.unread}", ":")
    padding = kernel.padding if kernel.by_hand and not kernel.adjoint else None
    pads = list(padding) if isinstance(padding, list) else [[0, 0]] * (kernel.axes + 2)
    if _may_be_empty(place):
        pads[0] = [0, 1]
    elif padding is None:
        return x
    if kernel.axes < 3 and padding is not None and not _may_be_empty(place):
        return place.let("padded", call("tf.pad", x, pads))
    return place.let("padded", call(place.helper("zero_pad"), x, paddings=pads))


def _cut(y: Code, place: Place) -> Code:
    """Without the row that `_padded` has put there."""
    return subscript(y, ":-1") if _may_be_empty(place) else y


def _may_be_empty(place: Place) -> bool:
    batch = place.input_shapes[0][0]
    return isinstance(batch, Size) and batch.varies


def _convolution(kernel: Kernel) -> Operator:
    if kernel.dilated and not kernel.strided:
        named = {"padding": kernel.operator_padding, "dilations": one_or_all(kernel.at.dilation)}
        return Operator("tf.nn.convolution", named=named)
    return Operator(f"tf.nn.conv{kernel.axes}d", kernel.slid(kernel.operator_padding))


def _depthwise(layer: Convolution, kernel: Kernel) -> bool:
    each_its_own = layer.group == kernel.channels[0] > 1
    return each_its_own and kernel.axes == 2 and kernel.even and not kernel.spread


def _depthwise_convolution(kernel: Kernel) -> Operator:
    dilations: Argument = list(kernel.at.dilation) if kernel.dilated else None
    args: dict[str, Argument] = {"strides": [1, *kernel.at.stride, 1], "padding": kernel.operator_padding}
    return Operator("tf.nn.depthwise_conv2d", args, {"dilations": dilations})


def _depthwise_kernel(kernel: Kernel, place: Place) -> Code:
    """Space, channels, outputs of each channel."""
    channels, outputs = kernel.channels
    weight = place.parameter(0, (2, 3, 0, 1), "kernel")
    if outputs == channels:
        return weight
    return call("tf.reshape", weight, [*kernel.at.kernel, channels, outputs // channels])


def _deconvolution(kernel: Kernel, group: int) -> Operator:
    whole = [*kernel.whole, kernel.channels[1] // group]
    return Operator(f"tf.nn.conv{kernel.axes}d_transpose", {"output_shape": whole, **kernel.slid("VALID")})


def _uncropped(at: Geometry, place: Place) -> tuple[Argument, ...]:
    """The batch size and the spatial sizes of a deconvolution before `pad` is taken away."""
    batch, *space, _ = place.input_shapes[0]
    number = batch if isinstance(batch, int) else subscript(call("tf.shape", place.inputs[0]), "0")
    axes = zip(at.stride, space, at.extent, strict=True)
    return number, *(place.size(s * (n - 1) + e) for s, n, e in axes)


def _cropped(kernel: Kernel, whole: Code, place: Place) -> Code:
    if not any(kernel.at.pad):
        return whole
    whole = place.let("whole", whole)
    return subscript(whole, ":", *(f"{p}:-{p}" if p else ":" for p in kernel.at.pad))


EMITTERS: dict[type[Layer], Emitter] = emitters(convolution, deconvolution, im2col)
