"""A net as boxes, uses of blocks and edges between them, of which a picture shows some."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from netspec.diagnostics.fitting import shortened
from netspec.diagnostics.render import harmless
from netspec.draw.kinds import BLOCK, kind
from netspec.layers.base import Refusal
from netspec.layers.data_layer import DataLayer
from netspec.layers.window import Sliding
from netspec.net import Net, Node, Value
from netspec.net.scopes import Scope, block_uses, folded
from netspec.shapes import show

DEEPEST = 8  # uses of blocks within each other that are told apart
LONGEST = 28  # characters of a name
ADJUSTING = ("activation", "normalization")  # kinds of layers that are drawn with what they work on
OUTSIDE = -1  # in place of a use of a block


class Row(NamedTuple):
    """A layer in a box, or all of a use of a block.

    name: within the use that it is drawn in. text: the type, and the window where there is one; the block, and how many
    layers it has. layer: its index, -1 for a block.
    """

    name: str
    text: str
    kind: str
    layer: int


class Box(NamedTuple):
    """Layers that are drawn as one, the second of which alone reads what the first writes, and so on, all in one use of
    a block. group: that use, or `OUTSIDE`."""

    rows: tuple[Row, ...]
    group: int


class Group(NamedTuple):
    """A use of a block. title: its whole name. parent: the use that it is in, or `OUTSIDE`. level: from 1."""

    row: Row
    title: str
    parent: int
    level: int


class Edge(NamedTuple):
    """A value of `shape` that goes from one box to another."""

    tail: int
    head: int
    shape: str


@dataclass(frozen=True)
class Graph:
    """All that pictures of a net show, whatever is folded. Boxes and groups are in the net's order, edges in that of
    the layers that read."""

    net: Net
    boxes: tuple[Box, ...]
    groups: tuple[Group, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def deepest(self) -> int:
        """How many levels of blocks there are; 0 without any."""
        return max((group.level for group in self.groups), default=0)

    def seen(self, depth: int) -> "View":
        """With uses of blocks that are `depth` levels deep folded; those around them are frames."""
        chosen = [self._standing_for(box, depth) for box in self.boxes]
        names = [f"b{i}" if place < 0 else f"g{place}" for i, place in enumerate(chosen)]
        shapes: dict[tuple[str, str], dict[str, None]] = {}
        for edge in self.edges:
            ends = names[edge.tail], names[edge.head]
            if ends[0] != ends[1]:
                shapes.setdefault(ends, {})[edge.shape] = None
        nodes: dict[str, Shown] = {}
        for box, place, name in zip(self.boxes, chosen, names, strict=True):
            if name not in nodes:
                whole = self.groups[place] if place >= 0 else None
                rows, group = ((whole.row,), whole.parent) if whole else (box.rows, box.group)
                nodes[name] = Shown(name, rows, whole is not None, "" if group < 0 else f"g{group}")
        frames = tuple(
            Frame(f"g{i}", group.row.name, group.row.text, "" if group.parent < 0 else f"g{group.parent}")
            for i, group in enumerate(self.groups)
            if group.level < depth
        )
        return View(tuple(nodes.values()), frames, tuple((*ends, tuple(found)) for ends, found in shapes.items()))

    def _standing_for(self, box: Box, depth: int) -> int:
        """The group that a box is drawn as; -1 where it is drawn itself."""
        place = box.group
        while place >= 0 and self.groups[place].level > depth:
            place = self.groups[place].parent
        return place if place >= 0 and self.groups[place].level == depth else -1


class Shown(NamedTuple):
    """A box of a picture. id: `b3` for the fourth box, `g0` for the first group. frame: the id of that around it."""

    id: str
    rows: tuple[Row, ...]
    folded: bool
    frame: str


class Frame(NamedTuple):
    """A use of a block around its boxes. parent: the id of the frame that it is in, or ""."""

    id: str
    name: str
    text: str
    parent: str


@dataclass(frozen=True)
class View:
    """What a picture shows. edges: from where, to where, and the different shapes of what goes there."""

    nodes: tuple[Shown, ...]
    frames: tuple[Frame, ...]
    edges: tuple[tuple[str, str, tuple[str, ...]], ...]

    @cached_property
    def extent(self) -> int:
        """How many boxes there are, and how many rows of boxes all edges pass: what takes time to lay out."""
        ranks = {node.id: 0 for node in self.nodes}
        order = {node.id: i for i, node in enumerate(self.nodes)}
        for tail, head, _ in sorted(self.edges, key=lambda edge: order[edge[0]]):
            ranks[head] = max(ranks[head], ranks[tail] + 1)
        return len(self.nodes) + sum(ranks[head] - ranks[tail] for tail, head, _ in self.edges)


def graph(net: Net) -> Graph:
    """Of a net as it was read. Takes a time that is linear in its layers."""
    uses, home = _uses(net)
    groups, home, stacks = _boxed(net, uses, home)
    titles = [groups[group].title if group >= 0 else "" for group in home]
    rows = [_row(net, *of) for of in zip(range(len(home)), net.layers, titles, strict=True)]
    boxes = tuple(Box(tuple(rows[i] for i in stack), home[stack[0]]) for stack in stacks)
    place = {layer: i for i, stack in enumerate(stacks) for layer in stack}
    return Graph(net, boxes, tuple(groups), tuple(_edges(net, place)))


def _edges(net: Net, place: Mapping[int, int]) -> Iterable[Edge]:
    """From box to box; place: the box of each layer."""
    writer = {value: i for i, node in enumerate(net.layers) for value in node.outputs}
    shapes = {value: show(shape) for value, shape in net.shapes.items()}
    edges = (
        Edge(place[writer[value]], place[i], shapes[value])
        for i, node in enumerate(net.layers)
        for value in node.inputs
    )
    return dict.fromkeys(edge for edge in edges if edge.tail != edge.head)


class _Use(NamedTuple):
    """A use of a block, which holds so many layers, in another one."""

    scope: Scope
    parent: int


def _uses(net: Net) -> tuple[list[_Use], list[int]]:
    """The uses of blocks, the outer ones first, and for each layer the innermost that it is in."""
    home = [OUTSIDE] * len(net.layers)
    found: list[_Use] = []
    for level in range(1, 1 + min(DEEPEST, max((len(block_uses(node)) for node in net.layers), default=0))):
        at = 0
        for scope in folded(net, level):
            many = len(scope.nodes)
            if scope.block:
                parent = home[at]
                home[at : at + many] = [len(found)] * many
                found.append(_Use(scope, parent))
            at += many
    return found, home


def _boxed(net: Net, uses: Sequence[_Use], home: Sequence[int]) -> tuple[list[Group], list[int], list[list[int]]]:
    """The groups, that of each layer, and the layers of each box. A use of a block that is one box is no group, and
    what stands beside it may go into the box then; so all is done again until nothing changes."""
    standing = [*range(len(uses))]
    while True:
        now = [standing[use] if use >= 0 else OUTSIDE for use in home]
        stacks = [*_stacks(net, now)]
        before, standing = standing, _standing(uses, Counter(now[stack[0]] for stack in stacks))
        if before == standing:
            break
    groups: list[Group] = []
    places = {OUTSIDE: OUTSIDE}
    for i, use in enumerate(uses):
        if standing[i] == i:
            parent = places[standing[use.parent] if use.parent >= 0 else OUTSIDE]
            places[i] = len(groups)
            groups.append(_group(use.scope, parent, groups[parent] if parent >= 0 else None))
    return groups, [places[use] for use in now], stacks


def _standing(uses: Sequence[_Use], boxes: Counter[int]) -> list[int]:
    """For each use that in which its boxes stand: itself, unless it has only one. boxes: how many each has beside those
    of the uses in it."""
    many = [boxes[i] for i in range(len(uses))]
    for i in reversed(range(len(uses))):
        if uses[i].parent >= 0:
            many[uses[i].parent] += many[i]
    standing: list[int] = []
    for i, use in enumerate(uses):
        standing.append(i if many[i] > 1 else standing[use.parent] if use.parent >= 0 else OUTSIDE)
    return standing


def _group(scope: Scope, parent: int, outer: Group | None) -> Group:
    layers = len(scope.nodes)
    text = f"{harmless(scope.block)}, {layers} layer{'s' * (layers != 1)}"
    row = Row(_within(scope.name, outer.title if outer else ""), text, BLOCK, -1)
    return Group(row, scope.name, parent, outer.level + 1 if outer else 1)


def _stacks(net: Net, home: Sequence[int]) -> Iterator[list[int]]:
    """The layers, those together of which each only works on what the one before it writes."""
    readers = Counter(value for node in net.layers for value in node.inputs)
    stack: list[int] = []
    for i, node in enumerate(net.layers):
        if stack and home[stack[-1]] == home[i] and _goes_on(net, readers, net.layers[stack[-1]], node):
            stack.append(i)
            continue
        if stack:
            yield stack
        stack = [i]
    if stack:
        yield stack


def _goes_on(net: Net, readers: Mapping[Value, int], before: Node, node: Node) -> bool:
    """Whether a layer adjusts the only thing that the one before it writes, and that no other reads."""
    if isinstance(before.params, DataLayer) or kind(node.params) not in ADJUSTING or len(node.outputs) != 1:
        return False
    if node.inputs != before.outputs or readers[node.inputs[0]] != 1:
        return False
    return show(net.shapes[node.inputs[0]]) == show(net.shapes[node.outputs[0]])


def _row(net: Net, index: int, node: Node, group: str) -> Row:
    text = " ".join(filter(None, (harmless(node.type), _window(net, node))))
    return Row(_within(node.name, group), text, kind(node.params), index)


def _within(name: str, group: str) -> str:
    """The name of what is in a group, without what it has in common with that."""
    return shortened(harmless(name.removeprefix(f"{group}/") if group else name), LONGEST)


def _window(net: Net, node: Node) -> str:
    """`7×7 /2`: the window of a layer that has one, and its stride if that is not 1."""
    layer, shape = node.params, net.shapes[node.inputs[0]] if node.inputs else None
    if not isinstance(layer, Sliding) or shape is None or len(shape) < 3:
        return ""
    try:
        kernel, stride = (layer.over_axes(field, 0, len(shape) - 2, True) for field in ("kernel_size", "stride"))
    except Refusal:  # a fork's own fields say it
        return ""
    if not all(kernel):
        return ""
    step = "×".join(map(str, stride if len(set(stride)) > 1 else stride[:1]))
    return f"{show(kernel)} /{step}" if any(n > 1 for n in stride) else show(kernel)
