"""Where layers crop that are aligned by the net, not by a field: their offsets, from the layers between their bottoms.

Source: crop_layer.cpp of longjon's fork. It looks for the first blob that both bottoms come from; any other that both
come from gives the same offset, so that one walk through the net is enough.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import name_span
from netspec.net import Value
from netspec.problems.assumptions import CornerCrop
from netspec.problems.shapes import Unaligned

if TYPE_CHECKING:
    from netspec.layers.coordinates import Plane

ALIGNED, CROP = ("AlignedCrop", "AutoCrop"), "Crop"


class _Place(NamedTuple):
    """Where the elements of a value lie in another that it comes from. `cut`: the layer that made that one and does not
    say where its own lie; None for one that reads nothing."""

    root: Value
    at: "Plane"
    cut: Entry | None


def aligned(entries: Sequence[Entry], wires: Sequence[Wire], report: Findings) -> Sequence[Entry]:
    """The layers of a net, those that it aligns with their offsets. Warns of a crop that says no offset of its own."""
    if not any(entry.fields.type in ALIGNED or _unsaid(entry) for entry in entries):
        return entries
    from netspec.layers.segmentation.shape import AlignedCrop  # which few nets have

    places, found = _Places({}), list[Entry]()
    for entry, wire in zip(entries, wires, strict=True):
        params = entry.params
        if isinstance(params, AlignedCrop) and wire.sound:
            offset = places.offset(*wire.inputs)
            if isinstance(offset, str):
                report.add(Unaligned, offset, name_span(entry.origin), help="write a Crop with an offset")
            else:
                entry = replace(entry, params=params.at(offset))
        elif _unsaid(entry) and wire.sound:
            offset = places.offset(*wire.inputs)
            if not isinstance(offset, str) and any(offset):
                down, across = offset
                x, reference = wire.inputs
                at = f"{down}" if down == across else f"{down} and {across}"
                message = f'this Crop begins at the corner; the layers place "{reference.blob}" at {at} of "{x.blob}"'
                help = f"write crop_param {{ offset: {at.replace(' and ', ' offset: ')} }} to begin there, or offset: 0"
                report.add(CornerCrop, message, name_span(entry.origin), help=help)
        found.append(entry)
        places.add(entry, wire)
    return found


def _unsaid(entry: Entry) -> bool:
    """Whether it is a Crop without fields."""
    return entry.fields.type == CROP and entry.params is not None and not entry.params.model_fields_set


class _Places(NamedTuple):
    """Where the values so far lie."""

    of: dict[Value, _Place]

    def add(self, entry: Entry, wire: Wire) -> None:
        from netspec.layers.coordinates import SAME, placed

        step = placed(entry.params) if entry.params else None
        for value in wire.outputs:
            # What is overwritten counts as its first writer has it.
            over = next((one for one in wire.inputs if one.blob == value.blob), None)
            before = over or next(iter(wire.inputs), None)
            base = self.of[before] if before else None
            at = _composed(SAME if over else step, base.at if base else None)
            self.of[value] = _Place(base.root, at, base.cut) if base and at else _Place(value, SAME, base and entry)

    def offset(self, x: Value, reference: Value) -> tuple[int, int] | str:
        """At which element of the one, down and across, the other begins, or why that cannot be said."""
        a, b = self.of[x], self.of[reference]
        if a.root != b.root:
            cuts = dict.fromkeys(f'{cut.fields.type} "{cut.fields.name}"' for cut in (a.cut, b.cut) if cut)
            because = f"; {' and '.join(cuts)} say{'s' * (len(cuts) == 1)} nothing of it" if cuts else ""
            return f'the layers do not say where "{reference.blob}" lies in "{x.blob}"{because}'
        found: list[int] = []
        for first, second, way in zip(a.at, b.at, ("down", "across"), strict=True):
            scale, shift = second.after(first.inverse)
            if scale != 1:
                return f'{way}, an element of "{reference.blob}" is as large as {1 / scale} of "{x.blob}"'
            if shift > 0 or shift.denominator != 1:
                begin = str(-shift).replace("-", "−")
                return f'{way}, "{reference.blob}" begins at {begin} of "{x.blob}", which is no element of it'
            found.append(-int(shift))
        return found[0], found[1]


def _composed(second: "Plane | None", first: "Plane | None") -> "Plane | None":
    """Both, one after the other; None where one is, or where there is too much to tell."""
    if first is None or second is None:
        return None
    down, across = second[0].after(first[0]), second[1].after(first[1])
    return None if down.large or across.large else (down, across)
