"""Factors and offsets, as of BatchNorm and Scale, in the weights of the layers beside them; chains of them as one.

    weight·(f·x + o) + bias = (weight·f)·x + (weight·o + bias)        before the layer
    f·(weight·x + bias) + o = (f·weight)·x + (f·bias + o)             behind it

Where the layer pads its bottom with zeros, o has to be 0 before it. What a layer can take in, and what it is as a
factor and an offset, the layers say (`netspec.layers.rewriting`). The numbers are reckoned when weights are loaded, in
float64 (`netspec.emit.reckoning`): what the layers compute then differs by the rounding of the new parameters alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, TypeAlias

from netspec.layers.base import Blob, Layer
from netspec.layers.caffe.activation import Power
from netspec.layers.caffe.linear import scale_along
from netspec.layers.rewriting import Absorbing, Affine, Fusible, Placement, WeightAxes
from netspec.net import Fold, Net, Node, Param, Value
from netspec.net.asking import asked
from netspec.shapes import integers, product

Key: TypeAlias = tuple[int, int]


class Found(NamedTuple):
    """Layers that become one, as the nodes of a net: those of `before`, then `node` if there is one, then `behind`."""

    before: tuple[Node, ...]
    node: Node | None
    behind: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (*self.before, *((self.node,) if self.node else ()), *self.behind)


def absorb(net: Net, outputs: tuple[str, ...]) -> Net:
    """Folds factors and offsets into the layer before them, else into the one behind, and what is left of a chain of
    them into one layer. Only what one layer alone reads is folded, and no blob that must come out of the net. Layers
    that share parameters are folded if all of them are, and alike."""
    view = _View.of(net, outputs)
    agreed = _agreed(net, [*_around_weights(view), *_chains(view)])
    heads: dict[str, tuple[Node, Fold | None]] = {}
    for found in agreed:
        node, fold = _made(view, found)
        heads[(found.node or found.nodes[0]).name] = node, fold
    gone = {node.name for found in agreed for node in found.nodes}
    layers = [heads[n.name][0] if n.name in heads else n for n in net.layers if n.name in heads or n.name not in gone]
    folds = {node.blobs[0].key: fold for node, fold in heads.values() if fold}
    between = {value for found in agreed for node in found.nodes[:-1] for value in node.outputs}
    apart = {value.blob for value in between if net.latest[value.blob] == value}
    return replace(_set_apart(net, layers, apart), folds={**net.folds, **folds})


def _set_apart(net: Net, layers: Sequence[Node], blobs: Collection[str]) -> Net:
    """With other names for what is left of these blobs, whose last versions are gone: a name means the last version."""
    left = [(value, node) for node in layers for value in node.outputs if value.blob in blobs]
    named = {value: value._replace(blob=f"{value.blob} of {node.name}") for value, node in left}
    if not named:
        return net.changed(layers)

    def renamed(values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(named.get(value, value) for value in values)

    nodes = [node._replace(inputs=renamed(node.inputs), outputs=renamed(node.outputs)) for node in layers]
    shapes = {**net.shapes, **{new: net.shapes[value] for value, new in named.items()}}
    return net.changed(nodes, shapes)


@dataclass(frozen=True)
class _View:
    """What a net's layers say of themselves. affine and axes hold those by name that can take part; follows: for a
    layer, the only one that reads its only top, where none else needs that."""

    net: Net
    affine: Mapping[str, Placement]
    axes: Mapping[str, WeightAxes]
    follows: Mapping[str, Node]

    @classmethod
    def of(cls, net: Net, outputs: tuple[str, ...]) -> _View:
        kept = {net.latest[blob] for blob in (*outputs, *net.inputs)}
        named, readers = defaultdict[str, list[Node]](list), defaultdict[Value, list[Node]](list)
        for node in net.layers:
            named[node.name].append(node)
            for value in node.inputs:
                readers[value].append(node)
        affine, axes = dict[str, Placement](), dict[str, WeightAxes]()
        for node in net.layers:
            # The weights of a file go to the first layer of a name, so that others of it are as filled.
            if len(named[node.name]) == 1 and len(node.inputs) == len(node.outputs) == 1 and not any(node.loss_weights):
                placement, weight = asked(net, node, "say what it may go into", partial(_said, net, node))
                if placement:
                    affine[node.name] = placement
                if weight:
                    axes[node.name] = weight
        follows: dict[str, Node] = {}
        for node in net.layers:
            if len(node.outputs) == 1 and node.outputs[0] not in kept and len(readers[node.outputs[0]]) == 1:
                follows[node.name] = readers[node.outputs[0]][0]
        return cls(net, affine, axes, follows)

    def behind(self, node: Node) -> Node | None:
        """The factor and offset that alone reads a layer, if that is all that reads it."""
        found = self.follows.get(node.name)
        return found if found and found.name in self.affine else None


def _said(net: Net, node: Node) -> tuple[Placement | None, WeightAxes | None]:
    """What a layer is as a factor and an offset, and how the weight lies into which it takes others."""
    layer, site = node.params, net.site(node)
    placement = layer.placed(site) if isinstance(layer, Affine) and layer.folds else None
    axes = layer.weight_axes(site) if isinstance(layer, Absorbing) and layer.folds else None
    if not all(integers(param.blob.shape) is not None for param in node.blobs):
        return None, None
    if placement and (layer.lacks(site) or integers(placement.shape) is None):
        placement = None
    return placement, axes if axes and integers((*axes.view, *axes.span)) and not layer.lacks(site) else None


def _around_weights(view: _View) -> Iterator[Found]:
    """Layers with weights, and the factors and offsets that go into them. What stands between two goes to the first."""
    taken: set[str] = set()
    leads = {reader.name: node for node in view.net.layers if (reader := view.follows.get(node.name))}
    for node in view.net.layers:
        if not (axes := view.axes.get(node.name)):
            continue
        before, behind, at = list[Node](), list[Node](), node
        while (at := view.behind(at)) and _per_output(view, at, axes):
            behind.append(at)
        at = node
        while (at := leads.get(at.name)) and at.name not in taken and _per_input(view, at, axes):
            before.insert(0, at)
        if before or behind:
            taken.update(found.name for found in (*before, *behind))
            yield Found(tuple(before), node, tuple(behind))


def _per_output(view: _View, node: Node, axes: WeightAxes) -> bool:
    """Whether it has one number for all outputs of the weight, or one for each."""
    axis, shape = view.affine[node.name]
    return not shape or (axis, shape) == (axes.top, (product([axes.view[i] for i in axes.outputs]),))


def _per_input(view: _View, node: Node, axes: WeightAxes) -> bool:
    """Whether its numbers lie along what the weight is multiplied with, without an offset where that meets zeros."""
    layer = node.params
    if node.name not in view.affine or not isinstance(layer, Affine):
        return False
    axis, shape = view.affine[node.name]
    inside = axis >= axes.bottom and axis + len(shape) <= axes.bottom + len(axes.span)
    return (inside or not shape) and not (axes.padded and layer.shifts(view.net.site(node)))


def _chains(view: _View) -> Iterator[Found]:
    """Two and more factors and offsets one after the other, that no weight takes in."""
    within = {found.name for each in _around_weights(view) for found in each.nodes}
    begun = {reader.name for node in view.net.layers if node.name in view.affine and (reader := view.behind(node))}
    for node in view.net.layers:
        if node.name not in view.affine or (node.name in begun and node.name not in within):
            continue
        chain: list[Node] = []
        at: Node | None = node
        while at and at.name not in within:
            chain.append(at)
            at = view.behind(at)
        yield from (Found((), None, tuple(run)) for run in _runs(view, chain))


def _runs(view: _View, chain: Sequence[Node]) -> Iterator[list[Node]]:
    """Those of a chain whose numbers lie alike. A normalisation that is one with the layer behind it stays, and what
    follows it becomes such a layer."""
    run: list[Node] = []
    place: Placement | None = None
    for node in chain:
        own = view.affine[node.name]
        if run and place and own.shape and own != place:
            yield from _without_norm(view, run)
            run, place = [], None
        run.append(node)
        place = own if own.shape else place
    yield from _without_norm(view, run)


def _without_norm(view: _View, run: list[Node]) -> Iterator[list[Node]]:
    first, *rest = run or (None,)
    if first is None:
        return
    if isinstance(first.params, Fusible):
        fits = rest and first.params.fused_with(rest[0].params, view.net.site(rest[0]))
        if rest and not (fits and len(rest) == 1):
            yield rest
    elif rest:
        yield run


def _agreed(net: Net, candidates: list[Found]) -> list[Found]:
    """Those of which every parameter is used by nothing that stays as it is, or becomes another layer."""
    users = defaultdict[Key, set[str]](set)
    for node in net.layers:
        for param in node.blobs:
            users[param.owner].add(node.name)
    while True:
        whole = {node.name: found for found in candidates for node in found.nodes}
        good = [found for found in candidates if _may(found, users, whole)]
        if len(good) == len(candidates):
            return good
        candidates = good


def _may(found: Found, users: Mapping[Key, set[str]], whole: Mapping[str, Found]) -> bool:
    owners = {param.owner for node in found.nodes for param in node.blobs}
    others = {name for owner in owners for name in users[owner]}
    if not others <= whole.keys():
        return False
    sharing = {name for param in (found.node.blobs if found.node else ()) for name in users[param.owner]}
    return all(_signature(whole[name]) == _signature(found) for name in sharing)


def _signature(found: Found) -> object:
    """What two layers have in common whose weights, or whose biases, stay one if they are one as read."""

    def said(nodes: Sequence[Node]) -> list[tuple[Layer, list[Key]]]:
        return [(node.params, [param.owner for param in node.blobs]) for node in nodes]

    node = found.node
    weight = node.blobs[0].owner if node and found.before else None  # a bias takes what stands before times the weight
    return node and node.params, said(found.before), said(found.behind), weight


def _made(view: _View, found: Found) -> tuple[Node, Fold | None]:
    """The one layer, and what its parameters are made of."""
    first, last = found.nodes[0], found.nodes[-1]
    ends = {"inputs": first.inputs, "outputs": last.outputs, "bottoms": first.bottoms, "tops": last.tops}
    node = found.node
    if node and isinstance(node.params, Absorbing):
        layer = node.params.with_bias()
        blobs = (*node.blobs, *_new_bias(view.net, node, layer)) if len(node.blobs) == 1 else node.blobs
        made = node._replace(params=layer, blobs=blobs, propagate_down=first.propagate_down, **ends)
        places = tuple(view.affine[member.name] for member in found.before)
        return made, Fold(found.behind, found.before, places, node, view.axes[node.name])
    own = next((member for member in found.nodes if member.blobs), None)
    place = next((view.affine[member.name] for member in found.nodes if view.affine[member.name].shape), None)
    if own is None:
        factor, offset = 1.0, 0.0
        for member in found.nodes:
            scale, shift = member.params.terms(()) if isinstance(member.params, Affine) else (1.0, 0.0)
            factor, offset = factor * scale, offset * scale + shift
        power = Power.model_construct({"scale", "shift"}, scale=factor, shift=offset)
        return first._replace(params=power, **ends), None
    layer = scale_along(place or Placement(0, ()))
    made = first._replace(name=own.name, params=layer, **ends)
    index, shapes = own.blobs[0].key[0], layer.blobs(view.net.site(first))
    keys = [(index, i) for i in range(len(shapes))]
    params = tuple(Param(blob, key, key) for blob, key in zip(shapes, keys, strict=True))
    return made._replace(blobs=params), Fold(found.behind, shape=place.shape if place else ())


def _new_bias(net: Net, node: Node, layer: Layer) -> tuple[Param, ...]:
    """The parameter of a bias that a layer has not had. Layers that share a weight share it, too."""
    index, i = node.blobs[0].key
    (owner, j) = node.blobs[0].owner
    blob: Blob = layer.blobs(net.site(node))[1]
    return (Param(blob, (index, i + 1), (owner, j + 1)),)
