"""Which values of a net are labels or indices: whole numbers, of which there are so many different ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from netspec.arrays import Array, DType, Operand
from netspec.arrays.vocabulary import postorder
from netspec.layers.base import CallSite, Formula
from netspec.net import Net, Node, Value
from netspec.net.asking import asked
from netspec.shapes import UNKNOWN, Dim, Shape

UNSAID = 2  # how many classes a label has where the layer does not say
# Words that hand their first operand's numbers on, at other places.
MOVES = frozenset({"reshape", "transpose", "concat", "cut", "tile", "flip", "align", "stop_gradient"})


def whole_numbers(net: Net, unsaid: int = UNSAID) -> dict[Value, int]:
    """The values that some layer reads as labels or indices, each with how many different ones there may be: `unsaid`
    where the layer does not say.

    Followed backwards through layers that only move numbers, so that a label which is sliced first is found, too.
    """
    found: dict[Value, int] = {}
    for node in reversed(net.layers):
        site = net.site(node)
        if len(site.bottoms) < len(node.inputs):
            continue
        wanted = {i: classes for i, value in enumerate(node.outputs) if (classes := found.get(value)) is not None}
        for bottom, classes in asked(
            net, node, "say what its bottoms hold", partial(_wholes, node, site, wanted, unsaid)
        ):
            value = node.inputs[bottom]
            found[value] = min(found.get(value, classes), classes)
    return found


def _wholes(node: Node, site: CallSite, wanted: Mapping[int, int], unsaid: int) -> list[tuple[int, int]]:
    """The bottoms of a layer that hold whole numbers: those it reads as such, and those it hands on to who does."""
    return [*_index_bottoms(node, site, unsaid).items(), *_through(node, site, wanted).items()]


def _index_bottoms(node: Node, site: CallSite, unsaid: int) -> dict[int, int]:
    """The bottoms that a layer itself reads as whole numbers, with how many different ones it takes."""
    layer = node.params
    sizes: dict[int, Dim] = dict(layer.indices(site))
    if isinstance(layer, Formula):
        sizes |= _indices(layer.trace(site))
    return {bottom: size if isinstance(size, int) else unsaid for bottom, size in sizes.items()}


def _indices(tops: tuple[Array, ...]) -> dict[int, Dim]:
    """The bottoms that a formula casts to whole numbers, with the size of the axis that these then choose from."""
    carried: dict[int, set[int]] = {}  # for a node of whole numbers, the bottoms that they come from
    found: dict[int, Dim] = {}
    for node in postorder(tops):
        args = [arg for arg in node.args if isinstance(arg, Array)]
        if node.word == "cast" and node.dtype is DType.INT:
            carried[id(node)] = _moved_from(args[0])
            found |= {bottom: UNKNOWN for bottom in carried[id(node)] if bottom not in found}
        elif node.dtype is DType.INT:
            carried[id(node)] = set[int]().union(*(carried.get(id(arg), ()) for arg in args))
        if (size := _chosen_from(node)) is not None:
            found |= dict.fromkeys(carried.get(id(args[-1]), ()), size)
    return found


def _chosen_from(node: Array) -> Dim | None:
    """How many there are of what a word picks by index."""
    match node.word:
        case "one_hot":
            return node.shape[-1]
        case "gather":
            return _shape(node.args[0])[0]
        case "take":
            return _shape(node.args[0])[int(node.options["axis"])]
        case _:
            return None


def _shape(x: Operand) -> Shape:
    return x.shape if isinstance(x, Array) else ()


def _moved_from(root: Array) -> set[int]:
    """The bottoms whose numbers, moved but unchanged, make up an array; none if anything else goes in."""
    leaves: set[int] = set()
    for node in postorder([root]):
        if node.word == "leaf":
            leaves.add(int(node.label[1:]))
        elif node.word not in MOVES:
            return set()
    return leaves


def _through(node: Node, site: CallSite, wanted: Mapping[int, int]) -> dict[int, int]:
    """Where a layer moves numbers only: the bottoms that tops wanted as whole numbers come from."""
    if not wanted or not isinstance(node.params, Formula):
        return {}
    tops = node.params.trace(site)
    return {bottom: classes for top, classes in wanted.items() if top < len(tops) for bottom in _moved_from(tops[top])}
