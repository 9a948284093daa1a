"""Which layers of two nets are the same ones: by name, then, for renamed ones, by what they are and where they stand.

Every step takes linear time. Which net is the first makes no difference to the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from netspec.net import Net, Node, Value
from netspec.net.compare.sequences import common, rising

End: TypeAlias = tuple[int, int]  # the index of a layer, and which of its tops or bottoms


@dataclass(frozen=True)
class Graph:
    """A net's layers with their neighbours."""

    net: Net

    @property
    def layers(self) -> tuple[Node, ...]:
        return self.net.layers

    @cached_property
    def named(self) -> Mapping[str, int]:
        """The layers whose name is given, and given to no other. Caffe lets layers without parameters share one."""
        counts = Counter(node.name for node in self.layers)
        return {node.name: i for i, node in enumerate(self.layers) if node.name and counts[node.name] == 1}

    @cached_property
    def writers(self) -> Mapping[Value, End]:
        return {value: (i, k) for i, node in enumerate(self.layers) for k, value in enumerate(node.outputs)}

    @cached_property
    def above(self) -> Sequence[Sequence[End]]:
        """For every layer, the tops that it reads."""
        return [[self.writers[value] for value in node.inputs] for node in self.layers]

    @cached_property
    def below(self) -> Sequence[Sequence[End]]:
        """For every layer, the bottoms that read it."""
        readers: list[list[End]] = [[] for _ in self.layers]
        for i, ends in enumerate(self.above):
            for slot, (writer, _) in enumerate(ends):
                readers[writer].append((i, slot))
        return readers


@dataclass(frozen=True)
class Match:
    """The pairs of layers, as indices, by that in the first net; and those that keep their order among each other."""

    pairs: Mapping[int, int]
    in_order: frozenset[int]


def match(a: Graph, b: Graph) -> Match:
    """The layers of two nets that correspond."""
    if _key(a) <= _key(b):
        return _match(a, b)
    found = _match(b, a)
    pairs = sorted((i, j) for j, i in found.pairs.items())
    return Match(dict(pairs), frozenset(found.pairs[j] for j in found.in_order))


def _key(graph: Graph) -> list[tuple[str, str, str]]:
    """What tells nets apart whose layers could be paired in several ways, all equally good."""
    return [(node.name, node.type, "" if node.name in graph.named else repr(node.params)) for node in graph.layers]


def _match(a: Graph, b: Graph) -> Match:
    to: dict[int, int] = {}
    same_name = _by_name(a, b)
    to.update((i, j) for i, j in same_name if a.layers[i].type == b.layers[j].type)
    _add_renamed(a, b, to)
    taken = set(to.values())
    to.update((i, j) for i, j in same_name if i not in to and j not in taken)
    _add_by_place(a, b, to)
    pairs = dict(sorted(to.items()))
    return Match(pairs, frozenset(_in_order(pairs)))


def _by_name(a: Graph, b: Graph) -> list[tuple[int, int]]:
    return [(i, b.named[name]) for name, i in a.named.items() if name in b.named]


def _in_order(pairs: Mapping[int, int]) -> list[int]:
    firsts = list(pairs)
    kept = rising(list(pairs.values()))
    return [i for index, i in enumerate(firsts) if index in kept]


def _add_renamed(a: Graph, b: Graph, to: dict[int, int]) -> None:
    """Adds the layers of equal type and parameters that stand in the same order between the same neighbours in the
    file, and in the graph read what corresponds, or are read by what corresponds."""
    candidates = dict(_candidates(a, b, to))
    wider = to | candidates
    to.update(
        (i, j)
        for i, j in candidates.items()
        if _translated(a.above[i], wider) == set(b.above[j]) or _translated(a.below[i], wider) == set(b.below[j])
    )


def _candidates(a: Graph, b: Graph, to: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    anchors = _in_order(dict(sorted(to.items())))
    gaps_a = _gaps(len(a.layers), anchors, to.keys())
    gaps_b = _gaps(len(b.layers), [to[i] for i in anchors], set(to.values()))
    numbers: dict[tuple[str, str], int] = {}

    def number(node: Node, types: set[str]) -> int:
        said = repr(node.params) if node.type in types else ""  # of a type that the other lacks nothing is equal
        return numbers.setdefault((node.type, said), len(numbers))

    for gap in sorted(gaps_a.keys() & gaps_b.keys()):
        ours, theirs = gaps_a[gap], gaps_b[gap]
        types = {a.layers[i].type for i in ours} & {b.layers[j].type for j in theirs}
        pairs = common([number(a.layers[i], types) for i in ours], [number(b.layers[j], types) for j in theirs])
        yield from ((ours[x], theirs[y]) for x, y in pairs)


def _gaps(count: int, anchors: Sequence[int], taken: Iterable[int]) -> dict[int, list[int]]:
    """The layers that have no partner yet, by how many anchors stand before them."""
    gaps: dict[int, list[int]] = {}
    marks, left, before = set(anchors), set(range(count)).difference(taken), 0
    for i in range(count):
        before += i in marks
        if i in left:
            gaps.setdefault(before, []).append(i)
    return gaps


def _translated(ends: Sequence[End], to: Mapping[int, int]) -> set[tuple[int | None, int]]:
    """Ends in the first net as those of the second; None for a layer without a partner, which equals nothing there."""
    return {(to.get(i), k) for i, k in ends}


def _add_by_place(a: Graph, b: Graph, to: dict[int, int]) -> None:
    """Adds layers that were renamed and changed at once: of one type, between the same neighbours in the graph."""
    taken = set(to.values())
    itself = {j: j for j in taken}
    ours = _places(a, (i for i in range(len(a.layers)) if i not in to), to)
    theirs = _places(b, (j for j in range(len(b.layers)) if j not in taken), itself)
    to.update((ours[place], theirs[place]) for place in ours.keys() & theirs.keys())


def _places(graph: Graph, layers: Iterable[int], to: Mapping[int, int]) -> dict[object, int]:
    """The layers whose neighbours all have partners, by type and neighbours; not those that share these."""
    found: list[tuple[object, int]] = []
    for i in layers:
        above = tuple((to.get(writer, -1), k) for writer, k in graph.above[i])
        below = frozenset((to.get(reader, -1), slot) for reader, slot in graph.below[i])
        if (above or below) and all(layer >= 0 for layer, _ in (*above, *below)):
            found.append(((graph.layers[i].type, above, below), i))
    counts = Counter(place for place, _ in found)
    return {place: i for place, i in found if counts[place] == 1}
