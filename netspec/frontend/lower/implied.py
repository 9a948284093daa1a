"""Sizes of inputs that no layer says, but what reads them: labels are as many as predictions, targets as large as what
they are compared with. From the last layer back to the first, what is needed of a blob becomes what its bottoms need.

What is implied fills unknown sizes; it never changes a known one, nor one that is given. Where it makes an error it is
dropped, so that the error is one of the spec and not of a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isqrt
from typing import NamedTuple, Protocol, TypeVar

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.guesses import Guesses
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.layers.base import Layer, Need, Site
from netspec.net import Value
from netspec.plugins.faults import interrupted
from netspec.problems.shapes import AxisOutOfRange
from netspec.shapes import UNKNOWN, Dim, Shape, product, settled

ROUNDS = 4  # how often what has been found may imply more
SIDES = ((224, 224), (256, 256), (320, 320), (384, 384), (512, 512), (360, 480))  # tried in this order
BATCH = 1
FEW = 4  # layers of data whose other shapes are tried by themselves


class Measured(Protocol):
    """The shapes of all blobs, what is wrong with them, and whether the parameters have known sizes."""

    @property
    def sized(self) -> bool: ...

    @property
    def shapes(self) -> dict[Value, Shape | None]: ...

    @property
    def report(self) -> Findings: ...


M = TypeVar("M", bound=Measured)
Again = Callable[[Mapping[str, Shape]], M]  # measures a net once more, with shapes of inputs by blob name


class Top(NamedTuple):
    """A top that comes from outside: the i-th of its layer, whose fields are `params`."""

    entry: Entry
    params: Layer
    i: int
    value: Value


def otherwise(first: M, entries: Sequence[Entry], wires: Sequence[Wire], again: Again[M], guesses: Guesses) -> M:
    """The net measured with the other shapes that layers of data may have, of one layer rather than of all, where that
    leaves less errors."""
    if not first.report.errors:
        return first
    narrow = any(isinstance(fault, AxisOutOfRange) for fault in first.report.found)
    others: dict[int, dict[str, Shape]] = {}
    for top in _fed(entries, wires):
        shape = first.shapes[top.value]
        if shape is None:
            continue
        other = guesses.ask(top.entry, partial(top.params.otherwise, top.i, shape), None)
        if other is None and narrow:
            other = guesses.ask(top.entry, partial(top.params.wider, top.i, shape), None)
        if other is not None:
            others.setdefault(id(top.entry), {})[top.value.blob] = other
    every = {blob: shape for shapes in others.values() for blob, shape in shapes.items()}
    best = first
    for shapes in (*(others.values() if 1 < len(others) <= FEW else ()), *([every] if every else [])):
        if best.report.errors:
            best = min(best, again(shapes), key=lambda measured: measured.report.errors)
    return best


def implied(
    first: M, entries: Sequence[Entry], wires: Sequence[Wire], again: Again[M], guesses: Guesses
) -> tuple[M, dict[str, Shape]]:
    """The net measured with the sizes that are implied, and the shapes of the inputs that have them. Of images of which
    only the number of pixels is implied, these are square."""
    fed = _fed(entries, wires)
    best, found = first, dict[str, Shape]()
    for _ in range(ROUNDS):
        if best.report.errors or all(settled(best.shapes[top.value]) for top in fed):
            break
        needs = _needs(entries, wires, best.shapes, guesses)
        new = {
            top.value.blob: shape
            for top in fed
            if (shape := _filled(top, best.shapes[top.value], needs.get(top.value), guesses)) is not None
        }
        if not new or (next_one := again(found | new)).report.errors > best.report.errors:
            break
        best, found = next_one, found | new
    return best, found


def assumed(
    first: M,
    entries: Sequence[Entry],
    wires: Sequence[Wire],
    known: Mapping[str, Shape],
    again: Again[M],
    guesses: Guesses,
) -> tuple[M, dict[str, Shape]]:
    """The net measured with sizes taken for granted, and the inputs for which they are.

    They are taken only where nothing depends on them but the shapes of blobs: for what a layer says of itself (how many
    boxes are annotated), and for maps of labels that are as large as their images, where one guess has to fit both.
    """
    if first.report.errors:
        return first, {}
    tops = [top for top in _fed(entries, wires) if not settled(first.shapes[top.value])]
    own = {top.value.blob: shape for top in tops if (shape := _own_guess(top, first.shapes, guesses)) is not None}
    best = first
    if own:
        tried = again({**known, **own})
        best, own = (tried, own) if not tried.report.errors else (first, {})
    maps = [top for top in tops if top.value.blob not in own]
    shapes = [best.shapes[top.value] for top in maps]
    if len([shape for shape in shapes if _open_space(shape)]) < 2 or not _free(best, wires, shapes):
        return best, own
    for side in SIDES:
        guess = {
            top.value.blob: _with_side(shape, side)
            for top, shape in zip(maps, shapes, strict=True)
            if shape is not None
        }
        if not (tried := again({**known, **own, **guess})).report.errors:
            return tried, own | guess
    return best, own


def _fed(entries: Sequence[Entry], wires: Sequence[Wire]) -> list[Top]:
    return [
        Top(entry, entry.params, i, value)
        for entry, connection in zip(entries, wires, strict=True)
        if entry.params is not None and entry.params.fed
        for i, value in enumerate(connection.outputs)
    ]


def _needs(
    entries: Sequence[Entry], wires: Sequence[Wire], shapes: Mapping[Value, Shape | None], guesses: Guesses
) -> dict[Value, Need]:
    """What is needed of the blobs whose shapes are not known; the last reader decides."""
    shapes = _outlined(entries, wires, shapes, guesses)
    needs: dict[Value, Need] = {}
    for entry, connection in zip(reversed(entries), reversed(wires), strict=True):
        if entry.params is None or not connection.sound or entry.params.fed:
            continue
        if all(settled(shapes[value]) for value in connection.inputs):
            continue
        bottoms = tuple(shapes[value] for value in connection.inputs)
        tops = tuple(needs.get(value) for value in connection.outputs)
        own = guesses.ask(entry, partial(_own_needs, entry.params, bottoms, tops), {})
        for i, need in own.items():
            needs.setdefault(connection.inputs[i], need)
    return needs


def _own_needs(layer: Layer, bottoms: tuple[Shape | None, ...], tops: tuple[Need | None, ...]) -> Mapping[int, Need]:
    """What a layer needs of those of its bottoms whose shapes are not known."""
    return {i: need for i, need in layer.needs(bottoms, tops).items() if not settled(bottoms[i])}


def _outlined(
    entries: Sequence[Entry], wires: Sequence[Wire], shapes: Mapping[Value, Shape | None], guesses: Guesses
) -> Mapping[Value, Shape | None]:
    """The shapes, and of layers whose bottoms are wholly unknown what they say of their tops all the same."""
    known = dict(shapes)
    for entry, connection in zip(entries, wires, strict=True):
        params, outputs = entry.params, connection.outputs
        if params is None or params.fed or not connection.sound or any(known[value] is not None for value in outputs):
            continue
        bottoms = tuple(shape for value in connection.inputs if (shape := known[value]) is not None)
        tops: Sequence[Shape | None] = ()
        if not bottoms:
            tops = guesses.ask(entry, partial(params.unmeasured, len(outputs)), ())
        elif len(bottoms) == len(connection.inputs):
            try:
                tops = params.infer(Site(bottoms, len(outputs)))
            except BaseException as error:  # a refusal, or a fault of the rule: inference reports it
                if interrupted(error):
                    raise
                continue
        known.update(zip(outputs, tops, strict=False))
    return known


def _filled(top: Top, shape: Shape | None, need: Need | None, guesses: Guesses) -> Shape | None:
    """A shape with what is needed filled in; None where that says nothing new."""
    if need is None or settled(shape):
        return None
    wanted = need.shape
    if wanted is None and shape is None and isinstance(need.elements, int):
        wanted = (need.elements,)
    batch = guesses.ask(top.entry, top.params.batch_items, 0)
    if shape is None:
        return (batch, *wanted[1:]) if wanted and batch and not isinstance(wanted[0], int) else wanted
    new = shape
    if wanted is not None and len(wanted) == len(shape):
        new = tuple(
            b if isinstance(b, int) and not isinstance(a, int) else a for a, b in zip(shape, wanted, strict=True)
        )
    elif isinstance(need.elements, int):
        new = _divided(top, shape, need.elements, guesses)
    return new if _integers(new) > _integers(shape) else None


def _divided(top: Top, shape: Shape, count: int, guesses: Guesses) -> Shape:
    """A shape with its one unknown size, or the side of its square images, from the number of its elements."""
    unknown = [axis for axis, dim in enumerate(shape) if not isinstance(dim, int)]
    if unknown == [2, 3] and len(shape) == 4:
        channels = guesses.ask(top.entry, top.params.assumed_channels, None) if top.i == 0 else None
        for depth in (channels, 1) if channels else (shape[1],):
            pixels = count // rest if isinstance(rest := product((shape[0], depth)), int) and rest else 0
            side = isqrt(pixels)
            if isinstance(rest, int) and side * side * rest == count:
                return (shape[0], depth, side, side)
    elif len(unknown) == 1:
        rest = product(dim for dim in shape if isinstance(dim, int))
        if isinstance(rest, int) and rest and count % rest == 0:
            return (*shape[: unknown[0]], count // rest, *shape[unknown[0] + 1 :])
    return shape


def _own_guess(top: Top, shapes: Mapping[Value, Shape | None], guesses: Guesses) -> Shape | None:
    shape = shapes[top.value]
    guess = guesses.ask(top.entry, partial(top.params.guess, top.i, shape), None) if shape is not None else None
    return guess if guess is not None and shape is not None and _integers(guess) > _integers(shape) else None


def _open_space(shape: Shape | None) -> bool:
    return shape is not None and len(shape) > 2 and not settled(shape[2:])


def _free(measured: Measured, wires: Sequence[Wire], open_: Sequence[Shape | None]) -> bool:
    """Whether the net is measured but for sizes of batches and images, and none of its parameters depends on these."""
    if any(shape is None or not settled(shape[1:2]) for shape in open_):
        return False
    blobs = (shape for wire in wires for value in wire.outputs for shape in (measured.shapes[value],))
    return measured.sized and all(shape is not None for shape in blobs)


def _with_side(shape: Shape, side: tuple[int, int]) -> Shape:
    sizes: tuple[Dim, ...] = (BATCH, UNKNOWN, *side)
    return tuple(
        dim if isinstance(dim, int) else sizes[axis] if axis < len(sizes) else side[0] for axis, dim in enumerate(shape)
    )


def _integers(shape: Shape) -> int:
    return sum(isinstance(dim, int) for dim in shape)
