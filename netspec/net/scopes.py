"""The uses of blocks that the layers of a net came from."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from netspec.diagnostics.source import BlockUse, Turn
from netspec.net import Net, Node

_WORD = re.compile(r"[^/_.-]*$")


@dataclass(frozen=True)
class Scope:
    """Layers that stand together: all of a use of a block, or a layer by itself, for which `block` is empty."""

    name: str
    block: str
    nodes: tuple[Node, ...]


def uses(node: Node) -> tuple[BlockUse | Turn, ...]:
    """The uses of blocks and the turns of repetitions that a layer came from, the outermost first."""
    found, at = list[BlockUse | Turn](), node.origin.source.scope(node.origin.name)
    while at is not None and (isinstance(at, Turn) or at.block):
        found.append(at)
        at = at.parent
    return tuple(reversed(found))


def block_uses(node: Node) -> tuple[BlockUse, ...]:
    """The uses of blocks that a layer came from, the outermost first."""
    return tuple(at for at in uses(node) if not isinstance(at, Turn))


class Stand(NamedTuple):
    """Where a layer stands in a block, or in what that is used by: the same for the layers that correspond in all uses
    of that. prefix: what the names in this use begin with."""

    place: tuple[object, ...]
    use: BlockUse
    prefix: str


def stands(node: Node) -> Iterator[Stand]:
    """In the blocks that a layer came from, the innermost first."""
    source, path, prefix = node.origin.source, list[tuple[BlockUse, str]](), ""
    for use in block_uses(node):
        prefix = f"{use.own_name}/" if use.own_name else prefix
        path.append((use, prefix))
    place, at = (), node.origin.name
    for use, prefix in reversed(path):
        trace = source.trace(at)
        place, at = ((trace.source.name, trace.span), *place), use.place
        yield Stand((use.definition, *place), use, prefix)


def folded(net: Net, depth: int) -> Iterator[Scope]:
    """The layers in their order. Uses of blocks that `depth` others or more do not contain are one scope each; those
    inside are part of it."""
    paths = {id(node): block_uses(node)[:depth] for node in net.layers}

    def key(node: Node) -> tuple[int, ...]:
        # Each use is an object of its own, so that two of them are told apart that a repetition makes alike.
        path = paths[id(node)]
        return tuple(map(id, path)) if len(path) == depth else (*map(id, path), id(node))

    groups = [tuple(group) for _, group in groupby(net.layers, key)]
    names = [beginning([node.name for node in nodes]) for nodes in groups]
    begins = Counter(names)
    for nodes, begin in zip(groups, names, strict=True):
        path = paths[id(nodes[0])]
        if len(path) < depth:
            yield Scope(nodes[0].name, "", nodes)
        else:
            use = path[-1]
            own = use.own_name or (begin if begin and begins[begin] == 1 else _last(nodes))
            yield Scope(own, use.block, nodes)


def beginning(names: Sequence[str]) -> str:
    """What names have in common up to a mark between words."""
    low, high = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    ends = same == len(low) and not high[same : same + 1].isalnum()
    return (low[:same] if ends else _WORD.sub("", low[:same])).strip("/_.-")


def _last(nodes: tuple[Node, ...]) -> str:
    """The last blob that they write."""
    return next((top for node in reversed(nodes) for top in reversed(node.tops)), nodes[-1].name)
