"""Which weights of a file go to which layer of a net.

Source: Net::CopyTrainedLayersFrom (net.cpp), SavedBlob::ShapeEquals (blob.cpp).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from netspec.diagnostics import Diagnostic, Label, SpecError
from netspec.layers.base import Phase, Role
from netspec.layers.caffe.normalization import BatchNorm
from netspec.layers.extensions import OTHER_BLOBS
from netspec.net import Net, Node, Param
from netspec.problems.weights import ParamShape, UnknownLayer, UnmatchedWeights, UnsettledAverages
from netspec.shapes import Shape, integers, show
from netspec.weights.blobs import Floats, Params, SavedBlob, SavedLayer, Weights, numbered
from netspec.weights.unknown import with_blobs

MOST = 8  # names listed in a message
SETTLED = 0.01  # how far a BatchNorm's factor is from where it ends, as a share


@dataclass(frozen=True)
class Match:
    """params: the weights of the net's layers, as an Executable takes them. unused: what else is in the file.
    filled: layers of the net that begin, wholly or in part, as their fillers say. net: that net; its layers of unknown
    types have the parameters that the file has for them."""

    net: Net
    file: str
    params: Params
    unused: tuple[str, ...]
    filled: tuple[str, ...]

    repeated: tuple[Diagnostic, ...] = ()
    namesakes: tuple[Label, ...] = ()  # of those in `filled` that are not the first of their name
    unsettled: tuple[Diagnostic, ...] = ()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """A warning for layers of one name, one for layers without weights, one for weights without a layer, and one
        for averages that would be trained otherwise than in Caffe."""
        found: list[Diagnostic] = [*self.repeated]
        if self.filled:
            help = f"the file also has {_listed(self.unused)}" if self.unused else None
            message = f"{self.file} has no weights for {_listed(self.filled)}, which begin as filled"
            found.append(UnmatchedWeights(message, self.namesakes, help))
        elif self.unused:
            found.append(UnmatchedWeights(f"{self.file} has weights that the net does not use: {_listed(self.unused)}"))
        return (*found, *self.unsettled)


def match(net: Net, weights: Weights) -> Match:
    """Each layer of the file goes to the first of its name in the net; where there is none, it is unused.

    Raises SpecError: NS501 for every blob that does not fit, NS502 where no layer is in the net.
    """
    net = with_blobs(net, weights)
    nodes = {node.name: node for node in reversed(net.layers)}
    params: Params = {}
    taken: dict[tuple[int, int], Floats] = {}  # by Param.owner, the storage
    problems: list[Diagnostic] = []
    matched: list[tuple[SavedLayer, Node]] = []
    for found in weights.layers:
        node = nodes.get(found.name)
        layer = found if node is None else _arranged(found, node)
        if node is not None and (problem := _misfit(weights, layer, node)):
            problems.append(problem)
        elif node is not None and node.blobs:
            matched.append((layer, node))
            taken |= {p.owner: b.values for p, b in zip(node.blobs, layer.blobs, strict=False) if b}
    for layer, node in matched:
        params.pop(layer.name, None)  # the last of a name is what stays, also where storage is shared
        pairs = list(zip(node.blobs, _padded(layer, node), strict=True))
        if missing := [param.blob.name for param, blob in pairs if not blob and param.owner not in taken]:
            problems.append(_problem(node, f"{weights.file} does not have its {' and '.join(missing)}"))
        else:
            params[layer.name] = [_shaped(blob.values if blob else taken[p.owner], p) for p, blob in pairs]
    if problems:
        raise SpecError(problems)
    unused = tuple(layer.name for layer in weights.layers if layer.blobs and layer.name not in nodes)
    if not params and unused:
        help = f"the file has {_listed(unused)}; the net has {_listed(tuple(net.params)) or 'no parameters'}"
        raise SpecError([UnknownLayer(f"no layer of {weights.file} is in the net", help=help)])
    filled, namesakes = _filled(net, taken)
    unused = (*dict.fromkeys(unused), *weights.others)
    unsettled = _unsettled(net, weights.file, params)
    return Match(net, weights.file, params, unused, filled, weights.diagnostics, namesakes, unsettled)


def _unsettled(net: Net, file: str, params: Params) -> tuple[Diagnostic, ...]:
    """A warning where the net, compiled for TEST, may be trained, and an average has not Caffe's momentum yet."""
    if net.phase is not Phase.TEST or not any(weight for node in net.layers for weight in node.loss_weights):
        return ()
    found: list[tuple[Node, float, float]] = []
    for node in (node for node in net.layers if node.name in params):
        layer = node.params
        if isinstance(layer, BatchNorm) and layer.use_global_stats is None and not layer.affine:
            factor, learned = float(params[node.name][2].item()), 1 - layer.moving_average_fraction
            if abs(factor * learned - 1) > SETTLED:
                found.append((node, factor, 1 / learned if learned else math.inf))
    if not found:
        return ()
    (first, factor, wanted), names = found[0], _listed(tuple(node.name for node, _, _ in found))
    message = f"{file} has averages of few batches for {names}, whose factor is {factor:g}, not {wanted:g}"
    help = "for training compile with --phase TRAIN: a module for TEST gives new batches less weight than Caffe"
    return (UnsettledAverages(message, first.origin.labels("this layer"), help),)


def _filled(net: Net, taken: Container[tuple[int, int]]) -> tuple[tuple[str, ...], tuple[Label, ...]]:
    """The layers with parameters that no file has given, and the places of those that only share a name."""
    counts = Counter[str]()
    names, namesakes = list[str](), list[Label]()
    for node in net.layers:
        counts[node.name] += 1
        if any(param.owner not in taken for param in node.blobs):
            names.append(numbered(node.name, counts[node.name]))
            if counts[node.name] > 1:
                namesakes += node.origin.labels(f'no weights: they go to the first "{node.name}"')
    return tuple(names), tuple(namesakes)


def _arranged(layer: SavedLayer, node: Node) -> SavedLayer:
    """A layer's blobs in the order and the shapes of today, where a fork has kept them otherwise."""
    shapes = tuple(blob.values.shape for blob in layer.blobs if blob)
    order = node.params.blob_order(shapes) if len(shapes) == len(layer.blobs) == len(node.blobs) else None
    if order is None:
        return layer
    moved = order != tuple(range(len(order)))
    blobs: list[SavedBlob | None] = []
    for i, param in zip(order, node.blobs, strict=True):
        blob, shape = layer.blobs[i], integers(param.blob.shape)
        if blob and shape and _without_ones(blob.values.shape) == _without_ones(shape):
            values = blob.values.reshape(shape)
            if param.blob.role is Role.FACTOR and (moved or not values.any()):
                values = np.ones_like(values)  # the fork divides by none
            blob = SavedBlob(values)
        blobs.append(blob)
    return layer._replace(blobs=tuple(blobs))


def _without_ones(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]


def _misfit(weights: Weights, layer: SavedLayer, node: Node) -> Diagnostic | None:
    """What is wrong with the number of a layer's blobs, or with the shape of one."""
    wanted, given = len(node.blobs), len(layer.blobs)
    if given > wanted or (given < wanted and not weights.shares):
        help = OTHER_BLOBS.get(node.type, {}).get(given)
        return _problem(node, f"{_blobs(given)} in {weights.file}, {_blobs(wanted)} in the net", help)
    for i, (param, blob) in enumerate(zip(node.blobs, layer.blobs, strict=False)):
        if blob and not _equal(blob, param.blob.shape):
            theirs, own = show(blob.values.shape), show(param.blob.shape)
            return _problem(node, f"blob {i} ({param.blob.name}) is {theirs} in {weights.file}, {own} in the net")
    return None


def _equal(blob: SavedBlob, shape: Shape) -> bool:
    """Sizes of old are compared from the right, as of a shape of four axes."""
    given = blob.values.shape
    return given == integers((*(1,) * (len(given) - len(shape)), *shape) if blob.legacy else shape)


def _problem(node: Node, message: str, help: str | None = None) -> Diagnostic:
    place = node.origin.labels("this layer")[0]
    help = help or "rename the layer to let it begin from its fillers instead"
    return ParamShape(f'the weights of layer "{node.name}" do not fit: {message}', (place,), help)


def _padded(layer: SavedLayer, node: Node) -> Iterator[SavedBlob | None]:
    yield from layer.blobs
    yield from (None for _ in node.blobs[len(layer.blobs) :])


def _shaped(values: Floats, param: Param) -> Floats:
    return values.reshape(integers(param.blob.shape) or ())


def _blobs(count: int) -> str:
    return f"{count} blob{'' if count == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
