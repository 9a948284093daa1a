"""The shapes of a whole net: as its layers and the given sizes have them, and where these leave something open, as what
reads it needs it. What is taken for granted is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.conditions import Conditions
from netspec.frontend.lower.guesses import Guesses
from netspec.frontend.lower.implied import assumed, implied, otherwise
from netspec.frontend.lower.inference import Inference
from netspec.frontend.lower.inputs import assumes_channels
from netspec.frontend.lower.readings import read_otherwise
from netspec.frontend.lower.sharing import Sharing
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.rules import NetState
from netspec.net import Param, Value
from netspec.plugins import Plugin
from netspec.problems.assumptions import AssumedChannels, AssumedSize, SharedTypeName
from netspec.shapes import Shape, known, show


class Measures(NamedTuple):
    """The shapes of a net's blobs, each layer's parameters, and what is wrong with them.

    entries: the layers, which may have been read as a fork does. overruled: a given shape is another than the spec's.
    conditions: what has to hold of sizes with names; None where none has one.
    """

    entries: Sequence[Entry]
    shapes: dict[Value, Shape | None]
    params: list[tuple[Param, ...]]
    report: Findings
    overruled: bool
    conditions: Conditions | None

    @property
    def sized(self) -> bool:
        """Whether all parameters have known shapes."""
        return all(known(param.blob.shape) for params in self.params for param in params)


def measure(
    entries: Sequence[Entry],
    wires: Sequence[Wire],
    state: NetState,
    given: Mapping[str, Shape],
    notes: Findings,
    plugins: Sequence[Plugin],
) -> Measures:
    """Of the ways to read what the spec leaves open, the one that leaves the fewest errors. `notes` are told what was
    taken for granted."""

    def measured(entries: Sequence[Entry], shapes: Mapping[str, Shape], three: bool) -> Measures:
        return _measured(entries, wires, state, shapes, three, Findings(notes.source), plugins)

    guesses = Guesses(notes, plugins)
    guessed = [entry for entry in entries if guesses.ask(entry, partial(assumes_channels, entry, given), False)]
    three = True
    measures = measured(entries, given, three)
    if guessed and measures.report.errors:
        without = measured(entries, given, False)
        if without.report.errors < measures.report.errors:
            measures, three = without, False
    measures, forked = read_otherwise(
        measures, entries, wires, given, guesses, lambda entries, shapes: measured(entries, shapes, three)
    )
    for entry, how in forked:
        message = f'"{entry.fields.name}" is read as a fork does: {how}'
        notes.add(SharedTypeName, message, entry.origin.span("name"))
    entries = measures.entries

    def again(more: Mapping[str, Shape]) -> Measures:
        return measured(entries, {**more, **given}, three)

    measures = otherwise(measures, entries, wires, again, guesses)
    measures, found = implied(measures, entries, wires, again, guesses)
    measures, sizes = assumed(measures, entries, wires, found, again, guesses)
    squares = {top: found[top] for entry in guessed if (top := entry.fields.top[0]) in found}
    _tell(entries, {**squares, **sizes}, notes)
    for entry in guessed:
        if (top := entry.fields.top[0]) not in squares:
            said = "is counted with 3 channels" if three else "cannot have 3 channels"
            message = f'"{top}" {said}: only the database knows how many there are'
            notes.add(AssumedChannels, message, entry.origin.span("name"))
    return measures


def _measured(
    entries: Sequence[Entry],
    wires: Sequence[Wire],
    state: NetState,
    given: Mapping[str, Shape],
    three: bool,
    report: Findings,
    plugins: Sequence[Plugin],
) -> Measures:
    """`three` is whether images count as 3 channels where nothing says it."""
    inference, sharing = Inference(given, three, report, plugins), Sharing(report)
    params: list[tuple[Param, ...]] = []
    for index, (entry, connection) in enumerate(zip(entries, wires, strict=True)):
        blobs = inference.add(entry, connection, entry.fields.phase or state.phase)
        params.append(() if blobs is None else sharing.add(entry, index, blobs))
    inference.finish()
    return Measures(
        entries, inference.shapes, sharing.settle(params), report, inference.overruled, inference.conditions
    )


def _tell(entries: Sequence[Entry], sizes: Mapping[str, Shape], notes: Findings) -> None:
    """Says which sizes of inputs are taken for granted, once for each layer."""
    for entry in entries:
        if tops := [top for top in entry.fields.top if top in sizes and entry.params and entry.params.fed]:
            said = ", ".join(f'"{top}" counts as {show(sizes[top])}' for top in tops)
            help = " ".join(f"--input {top}=…" for top in tops)
            notes.add(AssumedSize, f"{said}: nothing in the spec says it", entry.origin.span("name"), help=help)
