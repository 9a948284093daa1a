"""The shapes of a whole net: as its layers and the given sizes have them, and where these leave something open, as what
reads it needs it. What is taken for granted is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.guesses.case import Assumptions, Case, Measures
from netspec.frontend.lower.guesses.notes import tell
from netspec.frontend.lower.guesses.questions import Questions
from netspec.frontend.lower.guesses.table import under_hypotheses
from netspec.frontend.lower.inference import Inference
from netspec.frontend.lower.inputs import assumes_channels
from netspec.frontend.lower.sharing import Sharing
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry, SharedLayer
from netspec.frontend.messages.rules import NetState
from netspec.layers.unknown import Unknown
from netspec.net import Param
from netspec.plugins import Plugin
from netspec.shapes import Shape


def measure(
    entries: Sequence[Entry],
    wires: Sequence[Wire],
    state: NetState,
    given: Mapping[str, Shape],
    notes: Findings,
    plugins: Sequence[Plugin],
    shared: Mapping[int, SharedLayer],
) -> Measures:
    """Of the ways to read what the spec leaves open, the one that leaves the fewest errors. `notes` are told what was
    taken for granted."""

    def measured(assumed: Assumptions, shapes: Mapping[str, Shape]) -> Measures:
        return _measured(assumed, wires, state, shapes, Findings(notes.source), plugins, shared)

    questions = Questions(notes, plugins)
    uncounted = [entry for entry in entries if questions.ask(entry, partial(assumes_channels, entry, given), False)]
    case = Case(wires, given, uncounted, questions, measured)
    best = under_hypotheses(case, case.under(Assumptions(entries)))
    tell(best.assumed, uncounted, notes)
    return best


def _measured(
    assumed: Assumptions,
    wires: Sequence[Wire],
    state: NetState,
    shapes: Mapping[str, Shape],
    report: Findings,
    plugins: Sequence[Plugin],
    shared: Mapping[int, SharedLayer],
) -> Measures:
    """The net with inputs of these shapes, and of those that the layers say themselves."""
    inference, sharing = Inference(shapes, assumed.three, report, plugins), Sharing(report, shared)
    params: list[tuple[Param, ...]] = []
    for index, (entry, connection) in enumerate(zip(assumed.entries, wires, strict=True)):
        blobs = inference.add(entry, connection, entry.fields.phase or state.phase)
        params.append(() if blobs is None else sharing.add(entry, index, blobs))
        if shared and isinstance(entry.params, Unknown):
            sharing.refuse(entry)
    inference.finish()
    return Measures(
        assumed, inference.shapes, sharing.settle(params), report, inference.overruled, inference.conditions
    )
