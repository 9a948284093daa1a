"""Sizes of inputs that no layer says, but what reads them: labels are as many as predictions, targets as large as what
they are compared with. From the last layer back to the first, what is needed of a blob becomes what its bottoms need.

What is implied fills unknown sizes; it never changes a known one, nor one that is given. Where it makes an error it is
dropped, so that the error is one of the spec and not of a guess. Of images of which only the number of pixels is
implied, these are square.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import isqrt

from netspec.frontend.lower.guesses.case import Case, Measures, Proposal, Top, more_known, no_more_errors
from netspec.layers.base import CallSite, Layer, Requirements, Shapes, SizeRequirement
from netspec.layers.data_layer import DataLayer
from netspec.net import Value
from netspec.plugins.faults import interrupted
from netspec.shapes import Shape, determined, product


def implied_sizes(case: Case, best: Measures) -> Iterator[Proposal]:
    """What is needed of the inputs, filled in."""
    inputs = case.inputs(best.entries)
    if best.errors or all(determined(best.shapes[top.value]) for top in inputs):
        return
    needs = _needs(case, best)
    new = {
        top.value.blob: shape
        for top in inputs
        if (shape := _filled(case, top, best.shapes[top.value], needs.get(top.value))) is not None
    }
    if new:
        yield Proposal(best.assumed.filled(implied=new), no_more_errors)


def _needs(case: Case, best: Measures) -> dict[Value, SizeRequirement]:
    """What is needed of the blobs whose shapes are not known; the last reader decides."""
    shapes = _outlined(case, best)
    needs: dict[Value, SizeRequirement] = {}
    for entry, connection in zip(reversed(best.entries), reversed(case.wires), strict=True):
        if entry.params is None or not connection.sound or isinstance(entry.params, DataLayer):
            continue
        if all(determined(shapes[value]) for value in connection.inputs):
            continue
        bottoms = tuple(shapes[value] for value in connection.inputs)
        tops = tuple(needs.get(value) for value in connection.outputs)
        own = case.ask(entry, partial(_own_needs, entry.params, bottoms, tops), {})
        for i, need in own.items():
            needs.setdefault(connection.inputs[i], need)
    return needs


def _own_needs(layer: Layer, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
    """What a layer needs of those of its bottoms whose shapes are not known."""
    return {i: need for i, need in layer.size_requirements(bottoms, tops).items() if not determined(bottoms[i])}


def _outlined(case: Case, best: Measures) -> Mapping[Value, Shape | None]:
    """The shapes, and of layers whose bottoms are wholly unknown what they say of their tops all the same."""
    known = dict(best.shapes)
    for entry, connection in zip(best.entries, case.wires, strict=True):
        params, outputs = entry.params, connection.outputs
        if params is None or isinstance(params, DataLayer) or not connection.sound:
            continue
        if any(known[value] is not None for value in outputs):
            continue
        bottoms = tuple(shape for value in connection.inputs if (shape := known[value]) is not None)
        tops: Sequence[Shape | None] = ()
        if not bottoms:
            tops = case.ask(entry, partial(params.unmeasured, len(outputs)), ())
        elif len(bottoms) == len(connection.inputs):
            try:
                tops = params.infer(CallSite(bottoms, len(outputs)))
            except BaseException as error:  # a refusal, or a fault of the rule: inference reports it
                if interrupted(error):
                    raise
                continue
        known.update(zip(outputs, tops, strict=False))
    return known


def _filled(case: Case, top: Top, shape: Shape | None, need: SizeRequirement | None) -> Shape | None:
    """A shape with what is needed filled in; None where that says nothing new."""
    if need is None or determined(shape):
        return None
    wanted = need.shape
    if wanted is None and shape is None and isinstance(need.elements, int):
        wanted = (need.elements,)
    batch = case.ask(top.entry, top.params.batch_items, 0)
    if shape is None:
        return (batch, *wanted[1:]) if wanted and batch and not isinstance(wanted[0], int) else wanted
    new = shape
    if wanted is not None and len(wanted) == len(shape):
        new = tuple(
            b if isinstance(b, int) and not isinstance(a, int) else a for a, b in zip(shape, wanted, strict=True)
        )
    elif isinstance(need.elements, int):
        new = _divided(case, top, shape, need.elements)
    return new if more_known(new, shape) else None


def _divided(case: Case, top: Top, shape: Shape, count: int) -> Shape:
    """A shape with its one unknown size, or the side of its square images, from the number of its elements."""
    unknown = [axis for axis, dim in enumerate(shape) if not isinstance(dim, int)]
    if unknown == [2, 3] and len(shape) == 4:
        channels = case.ask(top.entry, top.params.assumed_channels, None) if top.i == 0 else None
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
