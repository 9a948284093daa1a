"""Layers as Caffe writes them into a `.caffemodel`: what the file of the net says of each, beside its blobs.

Source: Net::ToProto, Layer::ToProto; LossLayer::LayerSetUp and BatchNormLayer::LayerSetUp for what they add.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from netspec.layers.base import Phase
from netspec.net import Net, Node
from netspec.syntax import scalars
from netspec.syntax.document import Field, Items, Message, Scalar, Value
from netspec.weights.blobs import Floats, Weights
from netspec.weights.caffemodel import NET_LAYER, NET_NAME, encoded, joined, message, text
from netspec.weights.field_numbers import MESSAGES, WORDS
from netspec.weights.wire import FIXED32, head, number, varint

NAME, TYPE, BOTTOM, TOP, LOSS_WEIGHT, PARAM, BLOBS, PHASE = 1, 2, 3, 4, 5, 6, 7, 10
LR_MULT = 3  # of a ParamSpec
LAYER = "LayerParameter"
PHASES = (Phase.TRAIN, Phase.TEST)


class Slot(NamedTuple):
    """Where a field stands in its message. kind: as in MESSAGES."""

    number: int
    kind: str
    packed: bool


@cache
def slots(name: str) -> Mapping[str, Slot]:
    """The fields of a message."""
    found = dict[str, Slot]()
    for each in MESSAGES[name].split():
        field, _, place = each.partition("=")
        digits = "".join(filter(str.isdigit, place.partition(":")[0]))
        kind = place[len(digits) :].lstrip(":")
        found[field] = Slot(int(digits), kind.rstrip("*"), kind.endswith("*"))
    return found


@cache
def _words(field: str) -> Mapping[str, int]:
    pairs = (each.partition("=") for each in WORDS[field].split())
    return {word: int(value) for word, _, value in pairs}


def model(net: Net, weights: Weights, diffs: Mapping[str, Sequence[Floats]]) -> bytes:
    """A `.caffemodel` as Caffe writes it: the layers of the net, but for those whose
    blobs the weights do not have. diffs: of layers what
    stands beside their blobs. Raises SpecError (NS503) for one that is too large."""
    parts = [text(NET_NAME, net.name)] if net.name else []
    saved = {layer.name: layer.blobs for layer in weights.layers}
    for node in net.layers:
        beside = diffs.get(node.name, ())
        pairs = enumerate(saved.get(node.name, ()))
        blobs = [encoded(blob, beside[i] if i < len(beside) else None) for i, blob in pairs if blob]
        if blobs or not node.blobs:  # Caffe refuses a layer that has fewer blobs than in its net
            parts += message(NET_LAYER, layer(node, blobs))
    return joined(weights.file, parts)


def layer(node: Node, blobs: Sequence[Sequence[bytes]]) -> list[bytes]:
    """The parts of a LayerParameter, in the order of their numbers. Fields that BVLC's Caffe has not are left out."""
    written = node.origin.body.fields if node.origin.body else ()
    parts: list[tuple[int, list[bytes]]] = [(NAME, [text(NAME, node.name)]), (TYPE, [text(TYPE, node.type)])]
    parts += ((BOTTOM, [text(BOTTOM, blob)]) for blob in node.bottoms)
    parts += ((TOP, [text(TOP, blob)]) for blob in node.tops)
    given = [value for field in written if field.name == "loss_weight" for value in _scalars(field.value)]
    weights = [scalars.real(value) for value in given] or [1.0] * (node.params.loss and bool(node.tops))
    parts += ((LOSS_WEIGHT, [_float(LOSS_WEIGHT, weight)]) for weight in weights)
    parts += ((BLOBS, message(BLOBS, blob)) for blob in blobs)
    parts.append((PHASE, [number(PHASE, PHASES.index(node.phase))]))
    parts += _fields(written, LAYER)
    if node.params.base_type().__name__ == "BatchNorm":  # whose sums nothing learns
        specs = sum(number == PARAM for number, _ in parts)
        parts += ((PARAM, message(PARAM, [_float(LR_MULT, 0.0)])) for _ in node.blobs[specs:])
    return [piece for _, pieces in sorted(parts, key=lambda part: part[0]) for piece in pieces]


def _fields(fields: Iterable[Field], name: str) -> Iterator[tuple[int, list[bytes]]]:
    """Those that the message has, with their numbers."""
    known, packed = slots(name), defaultdict[int, bytes](bytes)
    for field in fields:
        slot = known.get(field.name)
        if slot is None:
            continue
        for value in field.value.values if isinstance(field.value, Items) else (field.value,):
            try:
                if slot.packed and isinstance(value, Scalar):
                    packed[slot.number] += varint(scalars.int64(value) % 2**64)
                else:
                    yield slot.number, _one(field.name, slot, value)
            except (KeyError, scalars.BadScalar):  # a fork's field of this name, or a fork's word
                continue
    yield from ((at, [head(at, len(data)), data]) for at, data in packed.items())


def _one(name: str, slot: Slot, value: Value) -> list[bytes]:
    at, kind = slot.number, slot.kind
    if isinstance(value, Message):
        parts = sorted(_fields(value.fields, kind), key=lambda part: part[0])
        return message(at, [piece for _, pieces in parts for piece in pieces])
    if not isinstance(value, Scalar):
        return []
    match kind:
        case "s":
            return [text(at, scalars.string(value))]
        case "f":
            return [_float(at, scalars.real(value))]
        case "b":
            return [number(at, int(scalars.boolean(value)))]
        case "e":
            word = _words(name).get(value.text)
            return [number(at, scalars.int32(value) if word is None else word)]
        case _:
            return [number(at, scalars.int64(value) % 2**64)]


def _scalars(value: Value) -> list[Scalar]:
    values = value.values if isinstance(value, Items) else (value,)
    return [each for each in values if isinstance(each, Scalar)]


def _float(at: int, value: float) -> bytes:
    with np.errstate(over="ignore"):  # what is too large is infinite
        return varint(at << 3 | FIXED32) + np.array(value).astype("<f4").tobytes()
