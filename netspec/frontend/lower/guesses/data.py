"""What layers of data may give instead: images of another number of channels, and tops of another shape."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from netspec.frontend.lower.guesses.case import Case, Measures, Proposal, fewer_errors
from netspec.problems.shapes import AxisOutOfRange
from netspec.shapes import Shape

FEW = 4  # layers of data whose other shapes are tried by themselves


def any_channels(case: Case, best: Measures) -> Iterator[Proposal]:
    """Images without a known number of channels."""
    if case.uncounted and best.errors:
        yield Proposal(best.assumed._replace(three=False), fewer_errors)


def other_shapes(case: Case, best: Measures) -> Iterator[Proposal]:
    """The other shapes of one layer, for each of a few, and of all of them."""
    if not best.errors:
        return
    narrow = any(isinstance(fault, AxisOutOfRange) for fault in best.report.found)
    others: dict[int, dict[str, Shape]] = {}
    for top in case.inputs(best.entries):
        shape = best.shapes[top.value]
        if shape is None:
            continue
        other = case.ask(top.entry, partial(top.params.alternative_shape, top.i, shape), None)
        if other is None and narrow:
            other = case.ask(top.entry, partial(top.params.with_more_axes, top.i, shape), None)
        if other is not None:
            others.setdefault(id(top.entry), {})[top.value.blob] = other
    every = {blob: shape for shapes in others.values() for blob, shape in shapes.items()}
    for shapes in (*(others.values() if 1 < len(others) <= FEW else ()), *([every] if every else [])):
        yield Proposal(best.assumed._replace(others=shapes), fewer_errors)
