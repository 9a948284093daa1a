"""Which reading a net has, where forks of Caffe read a layer otherwise.

A guess is one about the net, not about its sizes, so that numbers and names tell the same: Caffe's reading is kept
where the net fits that way. A fork's is taken where it does not, and only if that changes nothing at any size at which
Caffe's fits. So one reading, and one module, is right for all sizes with which the layers fit together either way; and
no size makes a net of Caffe's one of a fork's. Which sizes these are is found out with a name for every height and
width that enters the net, whatever is given for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from netspec.frontend.lower.guesses.case import Case, Measures, Proposal
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.layers.base import Layer
from netspec.layers.extensions import otherwise_read
from netspec.shapes import Dim, Shape

SPATIAL = 2  # the first axis whose size counts as one that may be another

Other = tuple[Layer, str]  # the layer as a fork reads it, and how, in words


def forks_reading(case: Case, best: Measures) -> Iterator[Proposal]:
    """The layers as forks read them."""
    limited = best.errors or (best.conditions and best.conditions.premises.claims)
    if not limited or not any(_other(case, entry) for entry in best.entries):
        return
    names = _named(case, best)
    general = case.measure(best.assumed, names)
    others = _others(case, general)
    pairs = list(zip(best.entries, others, strict=True))
    swapped = best.assumed._replace(
        entries=[replace(entry, params=other[0]) if other else entry for entry, other in pairs],
        forks=tuple((entry, other[1]) for entry, other in pairs if other),
    )

    def kept(tried: Measures, first: Measures) -> bool:
        return _fits_more(tried, first) and _harmless(general, case.measure(swapped, names), case.wires, others)

    yield Proposal(swapped, kept)


def _other(case: Case, entry: Entry) -> Other | None:
    return case.ask(entry, partial(otherwise_read, entry.params), None) if entry.params else None


def _others(case: Case, measured: Measures) -> list[Other | None]:
    """How forks read the layers that they read otherwise. A layer that is wrong by itself is not among them: a fork
    shows where its tops meet others."""
    shapes = measured.shapes

    def fits(wire: Wire) -> bool:
        return any(shapes[value] is None for value in wire.inputs) or all(
            shapes[value] is not None for value in wire.outputs
        )

    pairs = zip(measured.entries, case.wires, strict=True)
    return [_other(case, entry) if fits(wire) else None for entry, wire in pairs]


def _named(case: Case, measured: Measures) -> Mapping[str, Shape]:
    """The shapes of the inputs with a name for each height and width."""
    from netspec.shapes.symbols import symbol

    named = dict(case.given)
    for top in case.inputs(measured.entries):
        if shape := measured.shapes[top.value]:
            sizes: list[Dim] = [symbol(f"{top.value.blob} {axis}") for axis in range(SPATIAL, len(shape))]
            named[top.value.blob] = (*shape[:SPATIAL], *sizes)
    return named


def _fits_more(tried: Measures, first: Measures) -> bool:
    """Whether there are less errors, or as many, and other conditions on sizes with names."""
    if tried.errors != first.errors or tried.conditions is None or first.conditions is None:
        return tried.errors < first.errors
    new, old = tried.conditions.premises.solve(), first.conditions.premises.solve()
    return (new.values, new.least, new.equations) != (old.values, old.least, old.equations)


def _harmless(first: Measures, tried: Measures, wires: Sequence[Wire], others: Sequence[Other | None]) -> bool:
    """Whether the layers give the same sizes wherever the net fits when read first. Without such sizes they do."""
    if tried.errors != first.errors:
        return tried.errors < first.errors
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
