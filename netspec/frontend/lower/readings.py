"""Which reading a net has, where forks of Caffe read a layer otherwise.

A guess is one about the net, not about its sizes, so that numbers and names tell the same: Caffe's reading is kept
where the net fits that way. A fork's is taken where it does not, and only if that changes nothing at any size at which
Caffe's fits. So one reading, and one module, is right for all sizes with which the layers fit together either way; and
no size makes a net of Caffe's one of a fork's. Which sizes these are is found out with a name for every height and
width that enters the net, whatever is given for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.conditions import Conditions
from netspec.frontend.lower.guesses import Guesses
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.layers.base import Layer
from netspec.net import Value
from netspec.shapes import Dim, Shape

SPATIAL = 2  # the first axis whose size counts as one that may be another


class Measured(Protocol):
    """The shapes of all blobs, what is wrong with them, and the conditions on sizes with names."""

    @property
    def shapes(self) -> dict[Value, Shape | None]: ...

    @property
    def report(self) -> Findings: ...

    @property
    def conditions(self) -> Conditions | None: ...


M = TypeVar("M", bound=Measured)
Measure = Callable[[Sequence[Entry], Mapping[str, Shape]], M]
Other = tuple[Layer, str]  # the layer as a fork reads it, and how, in words


def read_otherwise(
    first: M,
    entries: Sequence[Entry],
    wires: Sequence[Wire],
    given: Mapping[str, Shape],
    guesses: Guesses,
    measure: Measure[M],
) -> tuple[M, list[tuple[Entry, str]]]:
    """The net measured as forks read it, and the layers for which that is another reading, with what they do. As it was
    measured first, and none, where Caffe's reading stands."""
    limited = first.report.errors or (first.conditions and first.conditions.premises.claims)
    if not limited or not any(entry.params and guesses.ask(entry, entry.params.variant, None) for entry in entries):
        return first, []
    names = _named(first, entries, wires, given)
    general = measure(entries, names)
    others = _others(entries, wires, general.shapes, guesses)
    swapped = [replace(e, params=other[0]) if other else e for e, other in zip(entries, others, strict=True)]
    tried = measure(swapped, given)
    if not _fits_more(tried, first) or not _harmless(general, measure(swapped, names), wires, others):
        return first, []
    return tried, [(entry, other[1]) for entry, other in zip(entries, others, strict=True) if other]


def _others(
    entries: Sequence[Entry], wires: Sequence[Wire], shapes: Mapping[Value, Shape | None], guesses: Guesses
) -> list[Other | None]:
    """How forks read the layers that they read otherwise. A layer that is wrong by itself is not among them: a fork
    shows where its tops meet others."""

    def fits(wire: Wire) -> bool:
        return any(shapes[value] is None for value in wire.inputs) or all(
            shapes[value] is not None for value in wire.outputs
        )

    pairs = zip(entries, wires, strict=True)
    return [
        guesses.ask(entry, entry.params.variant, None) if entry.params and fits(wire) else None for entry, wire in pairs
    ]


def _named(
    measured: Measured, entries: Sequence[Entry], wires: Sequence[Wire], given: Mapping[str, Shape]
) -> dict[str, Shape]:
    """The shapes of the inputs with a name for each height and width."""
    from netspec.shapes.symbols import symbol

    named = dict(given)
    for entry, wire in zip(entries, wires, strict=True):
        for value in wire.outputs if entry.params is not None and entry.params.fed else ():
            if shape := measured.shapes[value]:
                sizes: list[Dim] = [symbol(f"{value.blob} {axis}") for axis in range(SPATIAL, len(shape))]
                named[value.blob] = (*shape[:SPATIAL], *sizes)
    return named


def _fits_more(tried: Measured, first: Measured) -> bool:
    """Whether there are less errors, or as many, and other conditions on sizes with names."""
    if tried.report.errors != first.report.errors or tried.conditions is None or first.conditions is None:
        return tried.report.errors < first.report.errors

    new, old = tried.conditions.premises.solve(), first.conditions.premises.solve()
    return (new.values, new.least, new.equations) != (old.values, old.least, old.equations)


def _harmless(first: Measured, tried: Measured, wires: Sequence[Wire], others: Sequence[Other | None]) -> bool:
    """Whether the layers give the same sizes wherever the net fits when read first. Without such sizes they do."""
    if tried.report.errors != first.report.errors:
        return tried.report.errors < first.report.errors
    if first.conditions is None:  # no height and no width enters it
        return False
    from netspec.shapes.claims import ValueSet, roots
    from netspec.shapes.symbols import Symbolic
    from netspec.shapes.terms import symbols_of

    solution = first.conditions.premises.solve()

    def same(a: Dim, b: Dim) -> bool:
        difference = a - b
        if not isinstance(difference, Symbolic):
            return isinstance(difference, int) and difference == 0
        where = roots(difference.terms)
        if where is None:
            return False
        (name,) = symbols_of(difference.terms)
        return solution.values.get(name, ValueSet()).above(solution.least.get(name, 1)).within(where)

    for wire, other in zip(wires, others, strict=True):
        for value in wire.outputs if other else ():
            old, new = first.shapes[value], tried.shapes[value]
            if old is None or new is None or len(old) != len(new) or not all(map(same, old, new)):
                return False
    return True
