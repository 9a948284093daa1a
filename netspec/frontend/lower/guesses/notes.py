"""What is told of that which was taken for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.guesses.case import Assumptions
from netspec.frontend.messages.entry import Entry
from netspec.layers.data_layer import DataLayer
from netspec.problems.assumptions import AssumedChannels, AssumedSize, SharedTypeName
from netspec.shapes import Shape, show


def tell(assumed: Assumptions, uncounted: Sequence[Entry], notes: Findings) -> None:
    """Forks' readings, sizes of inputs, and channels. What is implied follows from the spec, but for images."""
    _tell_forks(assumed, notes)
    images = [(entry, entry.fields.top[0]) for entry in uncounted]
    squares = {top: assumed.implied[top] for _, top in images if top in assumed.implied}
    _tell_sizes(assumed.entries, {**squares, **assumed.usual}, notes)
    for entry, top in images:
        if top not in squares:
            said = "is counted with 3 channels" if assumed.three else "cannot have 3 channels"
            message = f'"{top}" {said}: only the database knows how many there are'
            notes.add(AssumedChannels, message, entry.origin.span("name"))


def _tell_forks(assumed: Assumptions, notes: Findings) -> None:
    for entry, how in assumed.forks:
        message = f'"{entry.fields.name}" is read as a fork does: {how}'
        notes.add(SharedTypeName, message, entry.origin.span("name"))


def _tell_sizes(entries: Sequence[Entry], sizes: Mapping[str, Shape], notes: Findings) -> None:
    """Once for each layer."""
    for entry in entries:
        if not isinstance(entry.params, DataLayer):
            continue
        if tops := [top for top in entry.fields.top if top in sizes]:
            said = ", ".join(f'"{top}" counts as {show(sizes[top])}' for top in tops)
            help = " ".join(f"--input {top}=…" for top in tops)
            notes.add(AssumedSize, f"{said}: nothing in the spec says it", entry.origin.span("name"), help=help)
