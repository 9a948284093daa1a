"""What `-O` adds for PyTorch: images with their channels last in memory, and ReLUs that write over what they read.

Both leave every number as it is. Measured on a CPU, channels last take 0.5 to 0.98 of the time in all of specs/ that
convolve images; a ReLU in place saves the memory that the system would have to fill with zeros first.
"""

from __future__ import annotations

from collections import Counter

from netspec.emit.code import Code, call, method
from netspec.emit.place import Emitter, Place
from netspec.layers.base import CallSite, Layer, LayoutPreference, Made
from netspec.layers.caffe.activation import ReLU
from netspec.layers.caffe.convolution import BaseConvolution
from netspec.layers.caffe.linear import InnerProduct
from netspec.layers.caffe.merge import Eltwise
from netspec.layers.caffe.normalization import BatchNorm, ScaledBatchNorm
from netspec.layers.data_layer import DataLayer
from netspec.net import Net, Node, Value
from netspec.shapes import Shape

# Layers whose results are memory of their own, never a view of what they read.
FRESH = (BaseConvolution, InnerProduct, BatchNorm, ScaledBatchNorm, Eltwise)


class ChannelsLast(Made):
    """The bottom as it is, in memory with its channels last."""

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


class OverwritingReLU(Made):
    """A ReLU whose result takes the place of its bottom."""

    relu: ReLU

    def called(self) -> str:
        return self.relu.called()

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms


def convolves_images(net: Net) -> bool:
    """The rule for channels last: whether convolutions on two spatial axes are more than half of what is computed."""
    images, others = 0, 0
    for node in net.layers:
        shapes = tuple(net.shapes[value] or () for value in node.outputs)
        macs = node.params.macs(net.site(node), shapes) if node.inputs else 0
        if isinstance(macs, int):
            is_image = isinstance(node.params, BaseConvolution) and len(shapes[0]) == 4
            images, others = (images + macs, others) if is_image else (images, others + macs)
    return images > others


def channels_last(net: Net, outputs: tuple[str, ...]) -> Net:
    """Brings what enters the net into that order; PyTorch's kernels keep to it, and to that of their weights."""
    if not convolves_images(net):
        return net
    layers: list[Node] = []
    turned: dict[Value, Value] = {}
    for node in net.layers:
        layers.append(node._replace(inputs=tuple(turned.get(value, value) for value in node.inputs)))
        for value in node.outputs if isinstance(node.params, DataLayer) else ():
            if len(net.shapes[value] or ()) == 4:
                turned[value] = value._replace(version=-1)
                ends = {
                    "inputs": (value,),
                    "outputs": (turned[value],),
                    "bottoms": (value.blob,),
                    "tops": (value.blob,),
                }
                layers.append(node._replace(params=ChannelsLast(), **ends))
    return net.changed(layers, {**net.shapes, **{new: net.shapes[value] for value, new in turned.items()}})


def overwrite(net: Net, outputs: tuple[str, ...]) -> Net:
    """Lets a ReLU write over what it alone reads, if that is memory of a layer's own."""
    kept = {net.latest[blob] for blob in outputs}
    readers = Counter(value for node in net.layers for value in node.inputs)
    makers = {value: node for node in net.layers for value in node.outputs}
    layers: list[Node] = []
    for node in net.layers:
        layer, maker = node.params, makers.get(node.inputs[0]) if node.inputs else None
        alone = maker and readers[node.inputs[0]] == 1 and node.inputs[0] not in kept
        if isinstance(layer, ReLU) and type(layer) is ReLU and maker and alone and _fresh(maker):
            node = node._replace(params=OverwritingReLU(relu=layer))
        layers.append(node)
    return net.changed(layers)


def _fresh(maker: Node) -> bool:
    """An Eltwise of one bottom may be that bottom."""
    return isinstance(maker.params, FRESH) and not (isinstance(maker.params, Eltwise) and len(maker.inputs) == 1)


def to_channels_last(layer: ChannelsLast, place: Place) -> Code:
    return method(place.inputs[0], "contiguous", memory_format=Code("torch.channels_last"))


def relu(layer: OverwritingReLU, place: Place) -> Code:
    if slope := layer.relu.negative_slope:
        return call("F.leaky_relu", *place.inputs, slope, inplace=True)
    return call("F.relu", *place.inputs, inplace=True)


EMITTERS: dict[type[Layer], Emitter] = {ChannelsLast: to_channels_last, OverwritingReLU: relu}
