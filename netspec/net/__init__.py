"""The typed network: what a spec means once it has been read, upgraded, filtered, wired and measured.

Frozen throughout; a pass makes a new one. Axes are in Caffe's order (N, C, then space) except where a pass has said
otherwise (`Layout`).
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from netspec.layers.base import Blob, CallSite, Layer, Phase
from netspec.layers.data_layer import DataLayer
from netspec.plugins import Plugin
from netspec.shapes import Shape
from netspec.syntax.origin import Origin

if TYPE_CHECKING:
    from netspec.layers.rewriting import Placement, WeightAxes
    from netspec.shapes.solution import Solution

AUTOMATIC = "(automatic)"


class Layout(StrEnum):
    """The order of a value's axes; of 5 and of 3 axes likewise."""

    CHANNELS_FIRST = "NCHW"
    CHANNELS_LAST = "NHWC"


class Value(NamedTuple):
    """What one layer writes, once (SSA): an in-place layer writes the next version of its blob."""

    blob: str
    version: int = 0
    layout: Layout = Layout.CHANNELS_FIRST


class Param(NamedTuple):
    """A parameter blob in its net.

    `key` is its (layer index, blob index) in the net as read, which passes keep. `owner` is the key whose storage it
    uses: its own, or, where `param { name }` shares it, that of the first of the name.
    """

    blob: Blob
    key: tuple[int, int]
    owner: tuple[int, int]
    name: str = ""
    lr_mult: float = 1.0
    decay_mult: float = 1.0


class Node(NamedTuple):
    """A layer in its net.

    `bottoms` and `tops` are the names as written, `inputs` and `outputs` the values they stand for; a loss layer
    written without tops has outputs all the same.
    """

    name: str
    params: Layer
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    origin: Origin
    blobs: tuple[Param, ...] = ()
    phase: Phase = Phase.TEST
    loss_weights: tuple[float, ...] = ()
    propagate_down: tuple[bool, ...] = ()
    layout: Layout = Layout.CHANNELS_FIRST

    @property
    def type(self) -> str:
        return self.params.called()


class Fold(NamedTuple):
    """What the parameters of a layer are made of, where others have gone into it (`netspec.net.passes.optimize`).

    node: the layer as read, whose weight lies as `axes` says. before, behind: the factors and offsets that it has taken
    in, in the order in which they ran; places: where those of `before` lie in what they read. Without a node they have
    become one factor and one offset of `shape`.
    """

    behind: tuple[Node, ...]
    before: tuple[Node, ...] = ()
    places: "tuple[Placement, ...]" = ()
    node: Node | None = None
    axes: "WeightAxes | None" = None
    shape: Shape = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All layers that it is made of."""
        return (*self.before, *((self.node,) if self.node else ()), *self.behind)


@dataclass(frozen=True)
class Net:
    """A network.

    `shapes` gives every value's shape, None where nothing is known of it. `force_backward` is None where the spec does
    not say. `plugins` are those that its layer types may come from. `plain` is the net as read, if this one computes
    the same faster, for inference alone; `folds` says then, by the key of a layer's first parameter blob, what its
    blobs are made of.
    """

    name: str
    phase: Phase
    layers: tuple[Node, ...]
    shapes: Mapping[Value, Shape | None]
    force_backward: bool | None = None
    plugins: tuple[Plugin, ...] = ()
    plain: "Net | None" = None
    folds: Mapping[tuple[int, int], Fold] = field(default_factory=dict[tuple[int, int], Fold])

    def changed(self, layers: Sequence[Node], shapes: Mapping[Value, Shape | None] | None = None) -> "Net":
        """The net with other layers."""
        return replace(self, layers=tuple(layers), shapes=self.shapes if shapes is None else shapes)

    @property
    def compiled(self) -> "Net":
        """The net without what compiled code leaves out."""
        return self.without_metrics()

    def without_metrics(self, but: Container[type[Layer]] = ()) -> "Net":
        """Without the layers that only judge, unless they are of these types, or another reads what they write."""

        def judges(node: Node) -> bool:
            return node.params.is_metric and node.params.base_type() not in but

        if not any(map(judges, self.layers)):
            return self
        kept, read = list[Node](), set[Value]()
        for node in reversed(self.layers):
            if not judges(node) or not read.isdisjoint(node.outputs):
                kept.append(node)
                read.update(node.inputs)
        return self.changed(kept[::-1])

    @cached_property
    def latest(self) -> dict[str, Value]:
        """The last version of every blob, in the order in which the blobs appear. What loss layers leave unnamed is
        called as in Caffe, with a number where there are several."""
        values = [value for node in self.layers for value in node.outputs]
        unnamed = [value for value in values if not value.blob]
        names = {value: f"{AUTOMATIC} {i}" if i else AUTOMATIC for i, value in enumerate(reversed(unnamed))}
        return {value.blob or names[value]: value for value in values}

    @property
    def blobs(self) -> dict[str, Shape | None]:
        """The shape of every blob, in its last version."""
        return {blob: self.shapes[value] for blob, value in self.latest.items()}

    @property
    def params(self) -> dict[str, tuple[Shape, ...]]:
        """For every layer with parameters, the shapes of its blobs in Caffe's order and layout."""
        return {node.name: tuple(p.blob.shape for p in node.blobs) for node in self.layers if node.blobs}

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """What must be fed: the tops of Input layers, then of data layers, in file order."""
        found = [(layer.from_caller, node.tops) for node in self.layers if isinstance(layer := node.params, DataLayer)]
        return tuple(top for _, tops in sorted(found, key=lambda one: not one[0]) for top in tops)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The blobs that no layer reads, in alphabetical order, as Caffe lists them."""
        read = {value for node in self.layers for value in node.inputs}
        return tuple(sorted(blob for blob, value in self.latest.items() if value.blob and value not in read))

    @cached_property
    def returned(self) -> tuple[str, ...]:
        """What an emitted module returns: the outputs, then the losses that have no name."""
        return (*self.outputs, *(blob for blob, value in self.latest.items() if not value.blob))

    @cached_property
    def symbols(self) -> "Solution | None":
        """What has to hold of the names in its sizes; None where there are none."""
        if all(isinstance(d, int) or not d.symbolic for shape in self.shapes.values() for d in shape or ()):
            return None

        from netspec.shapes.symbols import premises_of

        premises = premises_of(self.shapes.values())
        return premises.solve() if premises else None

    def site(self, node: Node) -> CallSite:
        """What the layer's rules are asked with: shapes in Caffe's order, whatever the layout the layer runs in."""
        first = Layout.CHANNELS_FIRST
        inputs = [value if value.layout is first else value._replace(layout=first) for value in node.inputs]
        bottoms = tuple([shape for value in inputs if (shape := self.shapes[value]) is not None])
        return CallSite(bottoms, len(node.outputs), node.phase, node.tops, node.propagate_down)
