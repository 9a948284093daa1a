"""Which layer reads what: names to values, with in-place layers renamed to versions (SSA).

Refuses what Caffe refuses. Source: Net::Init, AppendTop and AppendBottom (net.cpp), InsertSplits (insert_splits.cpp),
Layer::CheckBlobCounts and SetLossWeights (layer.hpp).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Edit, Fix
from netspec.diagnostics.source import Span
from netspec.diagnostics.suggest import did_you_mean, sure
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import find, find_all, name_span
from netspec.frontend.messages.rewrite import values
from netspec.layers.base import Count, Layer
from netspec.net import Value
from netspec.problems.assumptions import WeightlessLoss
from netspec.problems.fields import BlobCount, DuplicateName, DuplicateTop, EntryCount, InPlace, UnknownBottom
from netspec.syntax.document import Scalar

SHOWN = 3  # how many of the other places a diagnostic shows
RESPELT = 100  # bottoms of one name that a fix changes
SUGGESTIONS = 20  # for how many unknown blobs a similar name is looked for


class Wire(NamedTuple):
    """What a layer reads and writes. `sound` is False where its bottoms or tops are at fault."""

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    loss_weights: tuple[float, ...]
    sound: bool


class _End(NamedTuple):
    """Where a value is written or read: the i-th top or bottom of a layer."""

    entry: Entry
    i: int


def wire(
    entries: Sequence[Entry],
    writers: Callable[[str], Sequence[Entry]],
    hints: Mapping[str, str] | None,
    report: Findings,
) -> list[Wire]:
    """The wiring of the layers of a net, in order.

    `writers` gives the layers that write a blob in this state or another. `hints` say of a blob why it may be missing;
    None if many may be.
    """
    wiring = _Wiring(report)
    wires = [wiring.add(entry, i) for i, entry in enumerate(entries)]
    if hints is not None and wiring.missing:
        here = {id(entry) for entry in entries}
        for number, (blob, readers) in enumerate(wiring.missing.items()):
            hint = hints.get(blob) or (did_you_mean(blob, reversed(wiring.latest)) if number < SUGGESTIONS else None)
            absent = next((entry for entry in reversed(writers(blob)) if id(entry) not in here), None)
            last = absent and len(absent.fields.top) - 1 - absent.fields.top[::-1].index(blob)
            outside = _End(absent, last) if absent and last is not None else None
            meant = sure(blob, wiring.latest) if not outside and not hints.get(blob) and number < SUGGESTIONS else None
            wiring.unknown_bottom(blob, readers, outside, hint, meant)
    return wires


class _Wiring:
    """The blobs so far."""

    def __init__(self, report: Findings) -> None:
        self.report = report
        self.latest: dict[str, Value] = {}
        self.writer: dict[Value, _End] = {}
        self.readers: dict[Value, list[_End]] = {}
        self.missing: dict[str, list[_End]] = {}
        self.named: dict[str, Entry] = {}
        self.places: dict[tuple[Entry, str], list[Span]] = {}

    def add(self, entry: Entry, index: int) -> Wire:
        fields, errors = entry.fields, self.report.errors
        if fields.name and (first := self.named.setdefault(fields.name, entry)) is not entry:
            places = name_span(entry.origin), (name_span(first.origin), "first used here")
            self.report.add(DuplicateName, f'a second layer is called "{fields.name}"', *places)
        inputs = [value for i, blob in enumerate(fields.bottom) if (value := self._read(_End(entry, i), blob))]
        outputs = [self._write(_End(entry, i), blob) for i, blob in enumerate(fields.top)]
        layer, loss_weights = entry.layer, fields.loss_weight
        if layer is not None:
            if layer.loss:
                outputs += [Value("", index)] * (layer.tops.least - len(outputs))
                loss_weights = loss_weights or self._weight_unsaid(entry, layer)
            self._check_counts(entry, layer, len(outputs), loss_weights)
        sound = self.report.errors == errors and len(inputs) == len(fields.bottom)
        return Wire(tuple(inputs), tuple(outputs), loss_weights, sound)

    def _weight_unsaid(self, entry: Entry, layer: type[Layer]) -> tuple[float, ...]:
        """The loss weights of a loss layer that says none."""
        message = layer.message is not None and bool(entry.origin.fields(layer.message))
        whose = layer.weightless(len(entry.fields.bottom), message)
        if not whose:
            return (1.0,)
        text = f"this loss does not count: {whose} has loss weight 0 unless one is written"
        self.report.add(WeightlessLoss, text, name_span(entry.origin), help="write loss_weight: 1")
        return ()

    def _read(self, end: _End, blob: str) -> Value | None:
        value = self.latest.get(blob)
        if value is None:
            self.missing.setdefault(blob, []).append(end)
        else:
            self.readers.setdefault(value, []).append(end)
        return value

    def _write(self, end: _End, blob: str) -> Value:
        before = self.latest.get(blob)
        value = Value(blob) if before is None else Value(blob, before.version + 1)
        if before is not None and not end.entry.damaged:
            bottoms = end.entry.fields.bottom
            if end.i < len(bottoms) and bottoms[end.i] == blob and self.writer[before].entry is not end.entry:
                self._check_in_place(end, before)
            else:
                self._duplicate_top(end, before)
        elif not blob:
            self.report.add(BlobCount, "a top has no name", self.place(end, "top"))
        self.latest[blob], self.writer[value] = value, end
        return value

    def _check_in_place(self, end: _End, value: Value) -> None:
        layer, blob = end.entry.layer, value.blob
        if layer is not None and not layer.in_place:
            message = f"{layer.type_name()} does not work in place"
            self.report.add(InPlace, message, self.place(end, "top"), help="give the top a name of its own")
            return
        readers, writer = self.readers[value], self.writer[value]
        weights = writer.entry.fields.loss_weight
        weighs = writer.i < len(weights) and weights[writer.i] != 0
        if len(readers) == 1 and not weighs:
            return
        others = [reader for reader in readers if reader != end]
        labels = [(self.place(other, "bottom"), "is read here") for other in others[:SHOWN]]
        if weighs:
            labels.append((self.place(writer, "top"), "counts in the loss"))
        message = f'"{blob}" cannot be overwritten: this layer is not the only one to use its value'
        self.report.add(InPlace, message, self.place(end, "top"), *labels, help="give the top a name of its own")

    def _duplicate_top(self, end: _End, before: Value) -> None:
        place, blob, writer = self.place(end, "top"), before.blob, self.writer[before]
        bottoms = end.entry.fields.bottom
        if writer.entry is end.entry:
            self.report.add(DuplicateTop, f'the layer writes "{blob}" twice', place, self.place(writer, "top"))
        elif blob in bottoms:
            bottom = _End(end.entry, bottoms.index(blob))
            message = f'top {end.i} overwrites bottom {bottom.i}, "{blob}": in place, both have the same index'
            self.report.add(DuplicateTop, message, place, self.place(bottom, "bottom"))
        else:
            first = (self.place(writer, "top"), "first written here")
            self.report.add(DuplicateTop, f'"{blob}" is written by two layers', place, first)

    def unknown_bottom(
        self, blob: str, readers: Sequence[_End], outside: _End | None, help: str | None, meant: str | None
    ) -> None:
        """One diagnostic for a blob that nothing writes before it is read, however often it is. meant: the one that it
        is a misspelling of."""
        places: list[Span | tuple[Span, str]] = [self.place(readers[0], "bottom")]
        places += [(self.place(other, "bottom"), "is read here, too") for other in readers[1 : 1 + SHOWN]]
        if blob in self.latest:
            places.append((self.place(self.writer[Value(blob)], "top"), "is written only here"))
            help = "a layer stands below those whose blobs it reads"
        elif outside:
            places.append((self.place(outside, "top"), "is written here, outside this net"))
            help = "the include and exclude rules of that layer leave it out"
        respelt = meant and blob not in self.latest and len(readers) <= RESPELT
        fix = self._respelt(blob, readers, meant) if meant and respelt else None
        self.report.add(UnknownBottom, f'no layer above writes "{blob}"', *places, help=help, fix=fix)

    def _respelt(self, blob: str, readers: Sequence[_End], meant: str) -> Fix | None:
        """Every bottom of a name under another one; None where one is not written as a plain text, or the other is
        written below."""
        edits = list[Edit]()
        for entry, i in readers:
            bottoms = (v for f in entry.origin.fields("bottom") for v in values(f) if isinstance(v, Scalar))
            scalar = next(islice(bottoms, i, None), None)
            if (
                scalar is None
                or scalar.text[1:-1] != blob
                or self.writer[Value(meant)].entry.origin.name >= entry.origin.name
            ):
                return None
            edits.append(Edit(Span(scalar.start + 1, scalar.start + 1 + len(blob)), blob, meant))
        return Fix(tuple(edits))

    def _check_counts(self, entry: Entry, layer: type[Layer], tops: int, loss_weights: tuple[float, ...]) -> None:
        fields = entry.fields
        bottoms = len(fields.bottom)
        if not layer.bottoms.holds(bottoms):
            self._count(entry, "bottom", layer.bottoms, bottoms)
        if not layer.tops.holds(tops):
            self._count(entry, "top", layer.tops, tops)
        elif layer.same_count and bottoms != tops:
            message = f"{fields.type} has as many tops as bottoms: {tops} and {bottoms} are not"
            self.report.add(BlobCount, message, name_span(entry.origin))
        elif loss_weights and len(loss_weights) != tops:
            self._entries(entry, "loss_weight", len(loss_weights), "top", tops)
        if fields.propagate_down and len(fields.propagate_down) != bottoms:
            self._entries(entry, "propagate_down", len(fields.propagate_down), "bottom", bottoms)

    def _count(self, entry: Entry, field: str, wanted: Count, given: int) -> None:
        surplus = wanted.most is not None and given > wanted.most
        place = self.place(_End(entry, wanted.most or 0), field) if surplus else name_span(entry.origin)
        noun = field if wanted.least == 1 and wanted.most in (1, None) else f"{field}s"
        self.report.add(BlobCount, f"{entry.fields.type} takes {wanted} {noun}, has {given or 'none'}", place)

    def _entries(self, entry: Entry, field: str, given: int, of: str, wanted: int) -> None:
        what, help = f"{wanted or 'no'} {of}{'s' * (wanted != 1)}", f"give one {field} for each {of}"
        message = f"{given} {field} for {what}"
        if field == "loss_weight" and not entry.fields.loss_weight:
            message = f"a loss layer with {what} needs as many loss_weight"
            help = "write loss_weight: 1" + " loss_weight: 0" * (wanted - 1) if wanted <= SHOWN else help
        self.report.add(EntryCount, message, find(entry.origin, (field,)) or name_span(entry.origin), help=help)

    def place(self, end: _End, field: str) -> Span:
        """Of a top or bottom. A layer may have thousands, so their places are looked up together."""
        key = end.entry, field
        if key not in self.places:
            self.places[key] = find_all(end.entry.origin, (field,))
        return self.places[key][end.i]
