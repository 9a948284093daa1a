"""The difference between two nets: layers removed, added and changed, those that follow, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from netspec.layers.base import Phase
from netspec.net import Net, Node
from netspec.net.compare.equality import alike
from netspec.net.compare.match import Graph, Match, match
from netspec.net.compare.params import Change, changes
from netspec.net.cost import Cost, layer_cost, net_cost
from netspec.shapes import Dim, Shape


@dataclass(frozen=True)
class Side:
    """A layer in one of two nets.

    index: which one it is. stands: for a layer that the other net lacks, the index there before which it would stand.
    shapes: of its tops. cost: what it alone costs; a parameter that layers share counts where it is first used.
    """

    index: int
    name: str
    type: str
    shapes: tuple[Shape | None, ...]
    cost: Cost
    stands: int = -1


@dataclass(frozen=True)
class Resized:
    """A shape that differs. what: `top[0]`, or the name of a parameter (`blob`). None where there is no such."""

    what: str
    old: Shape | None
    new: Shape | None
    blob: bool = False

    def mirrored(self) -> Resized:
        return Resized(self.what, self.new, self.old, self.blob)


@dataclass(frozen=True)
class Pair:
    """A layer that is in both nets, and differs.

    changes: what its own text says otherwise. `after` is the layer before it, where it has moved. follows: blobs that
    are called otherwise since other layers say so. resized: shapes, for whatever reason.
    """

    old: Side
    new: Side
    changes: tuple[Change, ...] = ()
    follows: tuple[Change, ...] = ()
    resized: tuple[Resized, ...] = ()

    @property
    def renamed(self) -> bool:
        return self.old.name != self.new.name

    def mirrored(self) -> Pair:
        return Pair(
            self.new,
            self.old,
            tuple(change.mirrored() for change in self.changes),
            tuple(change.mirrored() for change in self.follows),
            tuple(resized.mirrored() for resized in self.resized),
        )


@dataclass(frozen=True)
class Difference:
    """What differs between two nets; false where they mean the same.

    net: what the nets say as a whole. removed, added: layers of one of them. changed: layers that say something else,
    or have another shape though nothing above them differs. following: layers that have other shapes, or read blobs of
    other names, because of the former. layers, cost: of the old and the new net as a whole.
    """

    net: tuple[Change, ...]
    removed: tuple[Side, ...]
    added: tuple[Side, ...]
    changed: tuple[Pair, ...]
    following: tuple[Pair, ...]
    layers: tuple[int, int]
    cost: tuple[Cost, Cost]

    def __bool__(self) -> bool:
        return bool(self.net or self.removed or self.added or self.changed or self.following)

    def mirrored(self) -> Difference:
        """As seen from the new net."""
        return Difference(
            tuple(change.mirrored() for change in self.net),
            self.added,
            self.removed,
            _mirrored(self.changed),
            _mirrored(self.following),
            (self.layers[1], self.layers[0]),
            (self.cost[1], self.cost[0]),
        )


def _mirrored(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted((pair.mirrored() for pair in pairs), key=lambda pair: pair.old.index))


def difference(old: Net, new: Net) -> Difference:
    """What differs between two nets: everything they say, but for the places in text that it comes from.

    Of fields that are not given the defaults count. Takes linear time, even where nothing is alike.
    """
    return _Comparison(old, new).result()


class _Comparison:
    """Two nets with the layers that correspond."""

    def __init__(self, old: Net, new: Net) -> None:
        self.old, self.new = Graph(old), Graph(new)
        self.match: Match = match(self.old, self.new)

    def result(self) -> Difference:
        old, new, pairs = self.old.net, self.new.net, self.match.pairs
        costs = [layer_cost(old, node) for node in old.layers], [layer_cost(new, node) for node in new.layers]
        back = {j: i for i, j in pairs.items()}
        forth_places = _places(len(old.layers), {i: pairs[i] for i in self.match.in_order})
        back_places = _places(len(new.layers), {pairs[i]: i for i in self.match.in_order})
        removed = (
            replace(_side(old, i, costs[0][i]), stands=forth_places[i])
            for i in range(len(old.layers))
            if i not in pairs
        )
        added = (
            replace(_side(new, j, costs[1][j]), stands=back_places[j]) for j in range(len(new.layers)) if j not in back
        )
        changed: list[Pair] = []
        following: list[Pair] = []
        for i, j in pairs.items():
            own, follows = tuple(self.changes(i, j)), tuple(self.follows(i, j))
            resized = tuple(_resized(old, old.layers[i], new, new.layers[j]))
            if own or follows or resized or old.layers[i].name != new.layers[j].name:
                pair = Pair(_side(old, i, costs[0][i]), _side(new, j, costs[1][j]), own, follows, resized)
                cause = own or pair.renamed or (resized and self.fed_alike(i, j))
                (changed if cause else following).append(pair)
        return Difference(
            tuple(_of_nets(old, new)),
            tuple(removed),
            tuple(added),
            tuple(changed),
            tuple(following),
            (len(old.layers), len(new.layers)),
            (net_cost(costs[0]), net_cost(costs[1])),
        )

    def changes(self, i: int, j: int) -> Iterator[Change]:
        """What a layer's own text says otherwise."""
        old, new = self.old.layers[i], self.new.layers[j]
        if i not in self.match.in_order:
            yield Change("after", _name_before(self.old, i), _name_before(self.new, j))
        yield from changes(old.params, new.params)
        if old.bottoms != new.bottoms and not self.reads_alike(i, j):
            yield Change("bottom", old.bottoms, new.bottoms)
        if old.tops != new.tops and not self.writes_in_place_alike(i, j):
            yield Change("top", old.tops, new.tops)
        yield from _of_nodes(old, self.old.net.phase, new, self.new.net.phase)

    def follows(self, i: int, j: int) -> Iterator[Change]:
        """Blobs that are the same under another name, which is that of the layer that writes them."""
        old, new = self.old.layers[i], self.new.layers[j]
        if old.bottoms != new.bottoms and self.reads_alike(i, j):
            yield Change("bottom", old.bottoms, new.bottoms)
        if old.tops != new.tops and self.writes_in_place_alike(i, j):
            yield Change("top", old.tops, new.tops)

    def reads_alike(self, i: int, j: int) -> bool:
        """Whether it reads what corresponds."""
        above = [(self.match.pairs.get(writer), k) for writer, k in self.old.above[i]]
        return above == [*self.new.above[j]]

    def writes_in_place_alike(self, i: int, j: int) -> bool:
        """Whether every top that has another name overwrites the bottom that corresponds."""
        old, new = self.old.layers[i], self.new.layers[j]
        tops = list(zip_longest(old.tops, new.tops))
        over = set(zip(old.bottoms, new.bottoms, strict=False))
        return self.reads_alike(i, j) and all(x == y or (x, y) in over for x, y in tops)

    def fed_alike(self, i: int, j: int) -> bool:
        """Whether all that it reads has the shapes that it had."""
        old, new = self.old.layers[i].inputs, self.new.layers[j].inputs
        return len(old) == len(new) and all(
            _same(self.old.net.shapes[x], self.new.net.shapes[y]) for x, y in zip(old, new, strict=True)
        )


def _side(net: Net, index: int, cost: Cost) -> Side:
    node = net.layers[index]
    return Side(index, node.name, node.type, tuple(net.shapes[value] for value in node.outputs), cost)


def _places(count: int, pairs: Mapping[int, int]) -> list[int]:
    """For every layer of one net the index in the other at which it would stand: behind the last that is in both."""
    places, place = list[int](), 0
    for i in range(count):
        place = pairs[i] + 1 if i in pairs else place
        places.append(place)
    return places


def _name_before(graph: Graph, index: int) -> str | None:
    return graph.layers[index - 1].name if index else None


def _of_nets(old: Net, new: Net) -> Iterator[Change]:
    for what in ("name", "phase", "force_backward", "inputs", "outputs"):
        before, after = getattr(old, what), getattr(new, what)
        if before != after:
            yield Change(what, before, after)


def _of_nodes(old: Node, old_phase: Phase, new: Node, new_phase: Phase) -> Iterator[Change]:
    """What every type of layer has. A phase counts where it is not that of the net."""
    if old.phase != new.phase and (old.phase, new.phase) != (old_phase, new_phase):
        yield Change("phase", old.phase, new.phase)
    if not all(alike(x, y) for x, y in zip_longest(old.loss_weights, new.loss_weights)):
        yield Change("loss_weight", old.loss_weights, new.loss_weights)
    if old.propagate_down != new.propagate_down:
        yield Change("propagate_down", old.propagate_down, new.propagate_down)
    if old.layout != new.layout:
        yield Change("layout", old.layout, new.layout)
    for k, (one, other) in enumerate(zip_longest(old.blobs, new.blobs)):
        for what in ("name", "lr_mult", "decay_mult"):
            before, after = getattr(one, what, None), getattr(other, what, None)
            idle = what == "decay_mult" and not (one and one.blob.learnable)  # the layer keeps it itself
            if one and other and not idle and not alike(before, after):
                yield Change(f"param[{k}].{what}", _or_none(before), _or_none(after))


def _or_none(value: object) -> object:
    """A parameter that shares no storage is called ""."""
    return None if value == "" else value


def _resized(a: Net, old: Node, b: Net, new: Node) -> Iterator[Resized]:
    for k, (x, y) in enumerate(zip_longest(old.outputs, new.outputs)):
        before, after = a.shapes[x] if x else None, b.shapes[y] if y else None
        if (x is None) != (y is None) or not _same(before, after):
            yield Resized(f"top[{k}]", before, after)
    ours, theirs = ({param.blob.name: param.blob.shape for param in node.blobs} for node in (old, new))
    for name in sorted(ours | theirs, reverse=True):  # weight, then bias
        if not _same(ours.get(name), theirs.get(name)):
            yield Resized(name, ours.get(name), theirs.get(name), blob=True)


def _same(old: Shape | None, new: Shape | None) -> bool:
    """Whether shapes are the same as far as they are known. `==` is False for unknown sizes."""
    if old is None or new is None:
        return old is new
    return len(old) == len(new) and all(map(_equal, old, new))


def _equal(old: Dim, new: Dim) -> bool:
    """Names stand for the same in both nets, so expressions are compared as such."""
    expressed = not isinstance(old, int) and old.symbolic
    return old == new or (not expressed and str(old) == str(new))
