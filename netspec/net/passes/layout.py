"""Channels last, for targets whose fast kernels want them so. Every transpose is a layer of its own in the net."""

from __future__ import annotations

from functools import partial

from netspec.arrays import Array, transpose
from netspec.arrays.vocabulary import last_order
from netspec.layers.base import CallSite, Formula, LayoutPreference, Made, Refusal
from netspec.layers.rewriting import Reordering
from netspec.net import Layout, Net, Node, Value
from netspec.net.asking import asked
from netspec.shapes import Shape


class Transpose(Made, Reordering, Formula):
    """Axis i of the top is axis order[i] of the bottom."""

    order: tuple[int, ...]

    def reordered(self, rank: int) -> tuple[int, ...]:
        return self.order

    def formula(self, *xs: Array) -> Array:
        (x,) = xs
        return transpose(x, self.order) if self.order != tuple(range(x.rank)) else x


def channels_last(net: Net, outputs: tuple[str, ...]) -> Net:
    """Lets every layer run in the order that it prefers. A layer without a preference follows its first input.

    A value is transposed once, where a layer first needs it in the other order. What enters and leaves the net keeps
    Caffe's order.
    """
    walk = _Walk(net)
    for node in net.layers:
        walk.place(node)
    for blob in outputs:
        walk.fetch(net.latest[blob], Layout.CHANNELS_FIRST, net.layers[-1])
    return net.changed(walk.layers, walk.shapes)


def _wish(node: Node, site: CallSite) -> LayoutPreference:
    try:
        return LayoutPreference.FIRST if node.params.lacks(site) else node.params.layout_preference(site)
    except Refusal:  # it has no meaning for its fields or sizes: emission says so
        return LayoutPreference.FIRST


class _Walk:
    """One run of the pass. A value of fewer than three axes has one order only, which counts as Caffe's."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.layers: list[Node] = []
        self.shapes = dict(net.shapes)
        self.made: dict[Value, Layout] = {}  # for each value of the given net, the order its layer wrote it in
        self.makers: dict[Value, str] = {}  # and the name of that layer
        self.fetched: set[Value] = set()

    def place(self, node: Node) -> None:
        layout = self.choose(node)
        unread = node.params.shape_alone
        inputs = tuple(
            value._replace(layout=self.made[value]) if i in unread else self.fetch(value, layout, node)
            for i, value in enumerate(node.inputs)
        )
        outputs: list[Value] = []
        for value in node.outputs:
            shape = self.shape(value)
            self.makers[value] = node.name
            self.made[value] = layout if len(shape) > 2 else Layout.CHANNELS_FIRST
            outputs.append(value._replace(layout=self.made[value]))
            self.shapes[outputs[-1]] = last_order(shape) if self.made[value] is Layout.CHANNELS_LAST else shape
        self.layers.append(node._replace(inputs=inputs, outputs=tuple(outputs), layout=layout))

    def choose(self, node: Node) -> Layout:
        if not node.inputs or len(self.shape(node.inputs[0])) < 3:
            return Layout.CHANNELS_FIRST
        match asked(self.net, node, "say how it likes its axes", partial(_wish, node, self.net.site(node))):
            case LayoutPreference.LAST:
                return Layout.CHANNELS_LAST
            case LayoutPreference.EITHER:
                return self.made[node.inputs[0]]
            case LayoutPreference.FIRST:
                return Layout.CHANNELS_FIRST

    def fetch(self, value: Value, layout: Layout, reader: Node) -> Value:
        """The value in an order, by way of a transpose where it was made in the other."""
        home = self.made[value]
        wanted = value._replace(layout=layout)
        if home is layout or len(self.shape(value)) < 3:
            return value._replace(layout=home)
        if wanted not in self.fetched:
            self.fetched.add(wanted)
            source, rank = value._replace(layout=home), len(self.shape(value))
            to_last = layout is Layout.CHANNELS_LAST
            order = (0, *range(2, rank), 1) if to_last else (0, rank - 1, *range(1, rank - 1))
            self.shapes[wanted] = last_order(self.shape(value)) if to_last else self.shape(value)
            self.layers.append(
                Node(
                    name=value.blob or self.makers[value],
                    params=Transpose(order=order),
                    bottoms=(value.blob,),
                    tops=(value.blob,),
                    inputs=(source,),
                    outputs=(wanted,),
                    origin=reader.origin,
                )
            )
        return wanted

    def shape(self, value: Value) -> Shape:
        """The shape in Caffe's order; a target's passes run only when all shapes are known."""
        return self.net.shapes[value] or ()
