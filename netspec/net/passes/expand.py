"""Layers in terms of simpler ones, for targets that have only those."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from netspec.layers.base import BlobShape, Layer
from netspec.layers.convolution import BaseConvolution, Convolution, FuseType
from netspec.layers.icnet import ICNetSubgraph
from netspec.layers.merge import Concat, Eltwise
from netspec.layers.normalization import LRN, FusedPooling
from netspec.layers.pooling import SPP, Pooling, PoolMethod
from netspec.layers.resize import Interp
from netspec.layers.shape import Flatten, Reshape
from netspec.net import Net, Node, Value
from netspec.shapes import Shape, integers, product


def fold_batch_axes(net: Net, outputs: tuple[str, ...]) -> Net:
    """Lets a convolution with another number of batch axes than one have one, between two Reshapes."""
    made = _Made(net)
    for node in net.layers:
        layer = node.params
        if isinstance(layer, BaseConvolution) and (at := layer.geometry(net.site(node))).kernel and at.axis != 1:
            one = layer.model_copy(update={"axis": 1})
            inputs = tuple(made.reshaped(node, value, at.axis) for value in node.inputs)
            folded = tuple(made.fresh(_folded(made.shape(value), at.axis)) for value in node.outputs)
            made.layers.append(replace(node, params=one, inputs=inputs, outputs=folded))
            for value, result in zip(folded, node.outputs, strict=True):
                made.add(node, _reshape(made.shape(result)), (value,), result)
        else:
            made.layers.append(node)
    return made.net()


class Fused(Layer):
    """A convolution with more of other layers in it than netspec computes. Made by a pass; a spec does not name it."""

    unsupported: ClassVar = "its fuse_type is not there yet; write the layers that it joins one by one"


def unfold_fusions(net: Net, outputs: tuple[str, ...]) -> Net:
    """The layers that the OpenCL branch computes together, one by one again."""
    made = _Made(net)
    for node in net.layers:
        layer = node.params
        if isinstance(layer, Convolution) and layer.fuse_type is FuseType.FUSED_CONV_RELU:
            between = tuple(made.fresh(made.shape(value)) for value in node.outputs)
            update = {"params": layer.model_copy(update={"fuse_type": FuseType.UNFUSED}), "outputs": between}
            made.layers.append(replace(node, **update))
            for value, result in zip(between, node.outputs, strict=True):
                made.add(node, layer.relu_param, (value,), result, "relu")
        elif isinstance(layer, Convolution) and layer.fuse_type is not FuseType.UNFUSED:
            made.layers.append(replace(node, params=Fused()))
        elif isinstance(layer, LRN) and layer.fuse_type is not FusedPooling.UNFUSED:
            between = (made.fresh(made.shape(node.inputs[0])),)
            update = {"params": layer.model_copy(update={"fuse_type": FusedPooling.UNFUSED}), "outputs": between}
            made.layers.append(replace(node, **update))
            made.add(node, layer.pooling_param, between, node.outputs[0], "pool")
        else:
            made.layers.append(node)
    return made.net()


def unfold_pyramids(net: Net, outputs: tuple[str, ...]) -> Net:
    """SPP as a Pooling and a Flatten for each level, and a Concat; ICNetSubgraph with Interp and Eltwise."""
    made = _Made(net)
    for node in net.layers:
        if isinstance(node.params, SPP):
            _unfold(made, node, node.params, net)
        elif isinstance(node.params, ICNetSubgraph):
            _unfold_sum(made, node, node.params, net)
        else:
            made.layers.append(node)
    return made.net()


def _unfold(made: _Made, node: Node, layer: SPP, net: Net) -> None:
    (result,), shape = node.outputs, made.shape(node.inputs[0])
    rows: list[Value] = []
    levels = layer.levels(net.site(node))
    if levels is None:  # sizes with names, for which a single level alone has a shape
        made.add(node, Pooling(pool=layer.pool, global_pooling=True), node.inputs, result, "level0")
        return
    for i, at in enumerate(levels):
        kernel = integers(at.kernel) or ()
        pool = Pooling(pool=layer.pool, kernel_size=kernel, stride=at.stride, pad=at.pad)
        pooled = result if len(levels) == 1 else made.fresh((*shape[:2], *at.output))
        made.add(node, pool, node.inputs, pooled, f"level{i}")
        if len(levels) > 1:
            rows.append(made.fresh((shape[0], product((shape[1], *at.output)))))
            made.add(node, Flatten(axis=1, end_axis=-1), (pooled,), rows[-1], f"row{i}")
    if rows:
        made.add(node, Concat(axis=1, concat_dim=None, per_fla_fuse=False), tuple(rows), result)


def _unfold_sum(made: _Made, node: Node, layer: ICNetSubgraph, net: Net) -> None:
    shape, terms = made.shape(node.inputs[0]), [node.inputs[0]]
    height, width = integers(shape[2:]) or (1, 1)
    for i, at in enumerate(layer.levels(net.site(node))):
        small = made.fresh((*shape[:2], *at.output))
        terms.append(made.fresh(shape))
        pool = Pooling(pool=PoolMethod.AVE, kernel_size=integers(at.kernel) or (), stride=at.stride, pad=(0, 0))
        made.add(node, pool, node.inputs, small, f"level{i}")
        made.add(node, Interp(height=height, width=width), (small,), terms[-1], f"whole{i}")
    made.add(node, Eltwise.model_construct(), tuple(terms), node.outputs[0])


class _Made:
    """The layers and shapes of a new net. Values in between have no name of their own."""

    def __init__(self, net: Net) -> None:
        self.before = net
        self.layers: list[Node] = []
        self.shapes = dict(net.shapes)

    def net(self) -> Net:
        return self.before.changed(self.layers, self.shapes)

    def shape(self, value: Value) -> Shape:
        """The shape of a value; a target's passes run only when all shapes are known."""
        return self.shapes[value] or ()

    def fresh(self, shape: Shape) -> Value:
        value = Value("", -1 - len(self.shapes))
        self.shapes[value] = shape
        return value

    def add(self, origin: Node, params: Layer, inputs: tuple[Value, ...], output: Value, part: str = "") -> None:
        """A layer that stands for a part of another. What the other reads passes no gradient where that one says so."""
        flags = dict(zip(origin.inputs, origin.propagate_down, strict=False))
        name = f"{origin.name}_{part}" if part else origin.name
        update = {
            "name": name,
            "params": params,
            "inputs": inputs,
            "outputs": (output,),
            "blobs": (),
            "loss_weights": (),
            "propagate_down": tuple(flags.get(value, True) for value in inputs) if flags else (),
        }
        self.layers.append(replace(origin, **update))

    def reshaped(self, origin: Node, value: Value, axis: int) -> Value:
        folded = _folded(self.shape(value), axis)
        result = self.fresh(folded)
        self.add(origin, _reshape(folded), (value,), result, "input")
        return result


def _folded(shape: Shape, axis: int) -> Shape:
    return (product(shape[:axis]), *shape[axis:])


def _reshape(shape: Shape) -> Reshape:
    return Reshape(
        shape=BlobShape(dim=tuple(size if isinstance(size, int) else -1 for size in shape)),
        axis=0,
        num_axes=-1,
        pixelshuffler=1,
    )
