"""The parameters of a net whose layers have taken in others, from those of the net as read (`netspec.net.Fold`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netspec.diagnostics import SpecError
from netspec.layers.base import Role
from netspec.layers.rewriting import Affine, Placement, WeightAxes
from netspec.net import Fold, Net, Node, Param
from netspec.problems.weights import FoldedWeights
from netspec.shapes import integers

Floats: TypeAlias = NDArray[Any]
Given: TypeAlias = Mapping[str, Sequence[ArrayLike]]  # by layer, in Caffe's order and layout
Owned: TypeAlias = Mapping[tuple[int, int], Floats]  # by Param.owner, the storage

# How what a module keeps begins, as far as no filler says it.
BEGINS = {Role.MEAN: 0.0, Role.VARIANCE: 1.0, Role.FACTOR: 1.0}


def folded(net: Net, params: Given) -> dict[str, list[Floats]]:
    """The parameters of the net's layers, from those of the layers as read; reckoned in float64, and as precise in the
    end as what is given.

    Of what is folded into one layer all has to be given, or begin as a constant. Raises SpecError (NS510).
    """
    if net.plain is None:
        return {name: [np.asarray(blob) for blob in blobs] for name, blobs in params.items()}
    read = {node.name: node for node in reversed(net.plain.layers)}
    owned: dict[tuple[int, int], Floats] = {}
    for name, blobs in params.items():
        owned |= {param.owner: np.asarray(blob) for param, blob in zip(read[name].blobs, blobs, strict=True)}
    found: dict[str, list[Floats]] = {}
    for node in {node.name: node for node in reversed(net.layers) if node.blobs}.values():
        fold = net.folds.get(node.blobs[0].key)
        if fold is None and node.name in params:
            found[node.name] = [np.asarray(blob) for blob in params[node.name]]
        elif fold and any(param.owner in owned for member in fold.nodes for param in member.blobs):
            with np.errstate(all="ignore"):  # what is no number stays none, as in the layers as read
                found[node.name] = _reckoned(fold, _complete(fold, owned))
    return found


def _complete(fold: Fold, owned: Owned) -> Owned:
    """With what begins as a constant where it is not given. Raises SpecError."""
    pairs = [(member, param) for member in fold.nodes for param in member.blobs]
    lacking = [(member, param) for member, param in pairs if param.owner not in owned]
    return {**owned, **{param.owner: _begin(param, member, fold) for member, param in lacking}}


def _begin(param: Param, member: Node, fold: Fold) -> Floats:
    filler, shape = param.blob.filler, integers(param.blob.shape) or ()
    value = BEGINS.get(param.blob.role, filler.value if filler.type == "constant" else None)
    return np.full(shape, value) if value is not None else _refuse(param, member, fold)


def _refuse(param: Param, member: Node, fold: Fold) -> NoReturn:
    names = " and ".join(f'"{other.name}"' for other in fold.nodes if other.name != member.name)
    message = (
        f'-O makes one layer of "{member.name}" and {names}; of these the {param.blob.name} of the first is missing'
    )
    labels = member.origin.labels("this layer begins with drawn numbers")
    raise SpecError([FoldedWeights(message, labels, "give weights of all of them, or compile without -O")])


def _reckoned(fold: Fold, owned: Owned) -> list[Floats]:
    """The blobs of the one layer."""
    kind = np.result_type(*(owned[param.owner] for member in fold.nodes for param in member.blobs))
    factor, offset = _composed(fold.behind, owned)
    if fold.node is None or fold.axes is None:
        blobs = [np.broadcast_to(part, integers(fold.shape) or ()) for part in (factor, offset)]
    else:
        weight, *bias = (_exact(owned, param) for param in fold.node.blobs)
        weight, shift = _taken_in(fold, fold.axes, weight, bias[0] if bias else np.zeros(1), owned)
        blobs = [_along(fold.axes, fold.axes.outputs, weight, factor), shift * factor + offset]
    shaped = kind if kind.kind == "f" else np.dtype(np.float32)
    return [np.array(blob, shaped) for blob in blobs]


def _composed(nodes: Sequence[Node], owned: Owned) -> tuple[Floats, Floats]:
    """One factor and one offset for all of them, one after the other."""
    factor, offset = np.ones(()), np.zeros(())
    for node in nodes:
        scale, shift = _terms(node, owned)
        factor, offset = factor * scale, offset * scale + shift
    return factor, offset


def _terms(node: Node, owned: Owned) -> tuple[Floats, Floats]:
    layer = node.params
    scale, shift = layer.terms([_exact(owned, p) for p in node.blobs]) if isinstance(layer, Affine) else (1.0, 0.0)
    return np.asarray(scale, np.float64), np.asarray(shift, np.float64)


def _taken_in(fold: Fold, axes: WeightAxes, weight: Floats, bias: Floats, owned: Owned) -> tuple[Floats, Floats]:
    """The weight and the bias with what stands before the layer in them, the nearest first."""
    view = integers(axes.view) or ()
    bias = np.broadcast_to(bias, (prod(view[i] for i in axes.outputs),))
    for node, place in reversed([*zip(fold.before, fold.places, strict=True)]):
        scale, shift = (_spread(axes, place, part) for part in _terms(node, owned))
        shifted = _along(axes, axes.inputs, weight, shift).reshape(view)
        bias = bias + shifted.sum(tuple(i for i in range(len(view)) if i not in axes.outputs)).reshape(-1)
        weight = _along(axes, axes.inputs, weight, scale)
    return weight, bias


def _spread(axes: WeightAxes, place: Placement, part: Floats) -> Floats:
    """A number for each input of the weight."""
    if part.ndim:
        behind = len(axes.span) - (place.axis - axes.bottom) - len(place.shape)
        part = part.reshape((*(integers(place.shape) or ()), *(1,) * behind))
    return np.broadcast_to(part, integers(axes.span) or ()).reshape(-1)


def _along(axes: WeightAxes, which: Sequence[int], weight: Floats, numbers: Floats) -> Floats:
    """The weight times a number for all, or one for each of what these axes of its view count."""
    view = integers(axes.view) or ()
    row = tuple(size if i in which else 1 for i, size in enumerate(view))
    return (weight.reshape(view) * (numbers.reshape(row) if numbers.size > 1 else numbers)).reshape(weight.shape)


def _exact(owned: Owned, param: Param) -> Floats:
    return owned[param.owner].astype(np.float64).reshape(integers(param.blob.shape) or ())
