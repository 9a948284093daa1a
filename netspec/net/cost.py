"""What a net costs: parameters, multiply-accumulates of a forward pass, bytes of activations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netspec.net import Net, Node
from netspec.net.asking import asked
from netspec.shapes import UNKNOWN, Dim, Shape, Size, product

FLOAT = 4  # bytes of a float32, in which Caffe computes


@dataclass(frozen=True)
class Cost:
    """Of a layer, or of a whole net. What depends on a size that is not known is not known either.

    parameters: learned numbers; one that layers share counts where it is first used. state: numbers that a layer keeps
    without learning them, such as BatchNorm's averages. macs: multiply-accumulates, for the whole batch. activations:
    bytes of the tops in float32; a layer that works in place needs none.
    """

    parameters: Dim = 0
    state: Dim = 0
    macs: Dim = 0
    activations: Dim = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.state + other.state,
            self.macs + other.macs,
            self.activations + other.activations,
        )


def layer_cost(net: Net, node: Node) -> Cost:
    """The cost of one layer of a net."""
    return Cost(parameters(node), parameters(node, learned=False), macs(net, node), activations(net, node))


def net_cost(costs: Iterable[Cost]) -> Cost:
    """The sum over layers."""
    return sum(costs, Cost())


def parameters(node: Node, learned: bool = True) -> Dim:
    """Of a layer, those that it owns; learned: or else its state."""
    blobs = [param.blob for param in node.blobs if param.owner == param.key]
    return total([product(blob.shape) for blob in blobs if bool(blob.learnable) is learned]) if blobs else 0


def activations(net: Net, node: Node) -> Dim:
    """Of a layer, in bytes."""
    return FLOAT * total([_count(net.shapes[value]) for value in node.outputs if not (value.blob and value.version)])


def macs(net: Net, node: Node) -> Dim:
    """Of a layer. Raises SpecError for whatever its type raises."""
    shapes = tuple([net.shapes[value] for value in node.outputs])
    known = tuple([shape for shape in shapes if shape is not None])
    site = net.site(node)
    if len(known) < len(shapes) or len(site.bottoms) < len(node.inputs):
        return UNKNOWN
    return asked(net, node, "say what it costs", lambda: _dim(node.params.macs(site, known)))


def total(sizes: Iterable[Dim]) -> Dim:
    """Their sum, of sizes that are not known, too."""
    result: Dim = 0
    for size in sizes:
        result = result + size
    return result


def _dim(answer: object) -> Dim:
    if not isinstance(answer, int | Size):  # a plugin may say anything
        raise TypeError(f"macs gave {answer!r:.80}, not a number")
    return answer


def _count(shape: Shape | None) -> Dim:
    return UNKNOWN if shape is None else product(shape)
