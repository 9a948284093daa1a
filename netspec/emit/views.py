"""One parameter, read by layers that keep it in different shapes or orders of axes: what leads from one to the other.

Layers that share a parameter by name have the same numbers in the same order in Caffe's layout. A backend keeps them
once, as the first of the layers likes them; another layer reads a view of that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Sizes: TypeAlias = tuple[int, ...]
Order: TypeAlias = tuple[int, ...] | None  # stored = blob.transpose(order); None where the axes stay


class Step(NamedTuple):
    """A word of the vocabulary, and its option: the new shape, or the order of the axes."""

    word: Literal["reshape", "transpose"]
    to: tuple[int, ...]


def caffes_shape(stored: Sizes, order: Order) -> Sizes:
    """The shape of a blob that is stored so."""
    return tuple(stored[order.index(axis)] for axis in range(len(stored))) if order else stored


def steps(stored: Sizes, order: Order, shape: Sizes, wanted: Order) -> tuple[Step, ...]:
    """From what is stored, as (shape, order), to another blob of as many elements, of Caffe's `shape` and in the order
    `wanted`. None where these are the same."""
    kept = caffes_shape(stored, order)
    pieces = _common(kept, shape)
    if pieces is None:  # no axis of one is made of whole axes of the other: by way of Caffe's layout
        found = [
            Step("transpose", _inverse(_axes(order, kept))),
            Step("reshape", shape),
            Step("transpose", _axes(wanted, shape)),
        ]
    else:
        theirs, mine = _spread(kept, order, pieces), _spread(shape, wanted, pieces)
        found = [
            Step("reshape", tuple(pieces[i] for i in theirs)),
            Step("transpose", tuple(theirs.index(i) for i in mine)),
            Step("reshape", tuple(shape[axis] for axis in _axes(wanted, shape))),
        ]
    return _effective(stored, found)


def _effective(shape: Sizes, found: list[Step]) -> tuple[Step, ...]:
    """Without the steps that change nothing, and one reshape for two in a row."""
    done: list[tuple[Step, Sizes]] = []  # each with the shape before it
    for step in found:
        if step.word == "transpose":
            if step.to != tuple(range(len(step.to))):
                done.append((step, shape))
                shape = tuple(shape[axis] for axis in step.to)
        else:
            if done and done[-1][0].word == "reshape":
                shape = done.pop()[1]
            if step.to != shape:
                done.append((step, shape))
                shape = step.to
    return tuple(step for step, _ in done)


def _common(a: Sizes, b: Sizes) -> Sizes | None:
    """The coarsest shape of which the axes of both are made, without axes of 1; None where there is none."""
    pieces: list[int] = []
    rest_a, rest_b = [n for n in reversed(a) if n != 1], [n for n in reversed(b) if n != 1]
    while rest_a and rest_b:
        x, y = rest_a.pop(), rest_b.pop()
        piece = min(x, y)
        if piece == 0 or x % piece or y % piece:
            return None
        pieces.append(piece)
        if x > piece:
            rest_a.append(x // piece)
        if y > piece:
            rest_b.append(y // piece)
    return None if rest_a or rest_b else tuple(pieces)


def _spread(shape: Sizes, order: Order, pieces: Sizes) -> tuple[int, ...]:
    """The pieces, by number, in the order in which a blob's axes stand."""
    parts: list[tuple[int, ...]] = []
    at = 0
    for size in shape:
        begin, product = at, 1
        while product < size:
            product *= pieces[at]
            at += 1
        parts.append(tuple(range(begin, at)))
    return tuple(i for axis in _axes(order, shape) for i in parts[axis])


def _axes(order: Order, shape: Sizes) -> tuple[int, ...]:
    return order or tuple(range(len(shape)))


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))
