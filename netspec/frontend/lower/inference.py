"""Shapes: every layer's rule is asked in order, and its refusals become diagnostics with places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from math import prod
from typing import NamedTuple

from netspec.arrays import ArrayError
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.lower.conditions import conditions
from netspec.frontend.lower.failing import failed
from netspec.frontend.lower.guesses.questions import Questions
from netspec.frontend.lower.inputs import MAX_ELEMENTS, assumes_channels
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import find, find_all, name_span, own_path, respelt
from netspec.layers.base import Blob, CallSite, Layer, Phase, Refusal
from netspec.layers.data_layer import DataLayer
from netspec.layers.filler import check_blobs, unread
from netspec.layers.unknown import Unknown
from netspec.net import Value
from netspec.plugins import Plugin, check_answer, owner
from netspec.problems.assumptions import GarbledInPlace
from netspec.problems.fields import IgnoredField
from netspec.problems.shapes import BadDimensions, EmptyOutput, ShapeMismatch, TooLarge
from netspec.shapes import UNKNOWN, Shape, show

SHOWN = 8  # how many bottoms a diagnostic shows
MAX_AXES = 32  # kMaxBlobAxes (blob.hpp)


class _Answer(NamedTuple):
    """What a layer says of its tops and its parameters, and the fields of its fillers that have no effect."""

    tops: tuple[Shape | None, ...]
    blobs: tuple[Blob, ...]
    unread: tuple[tuple[str, str, str], ...]


class Inference:
    """The shapes so far. A shape is None where nothing is known of it; what depends on it stays silent.

    `given` are shapes from outside, by blob name, which take the place of what Input and data layers say, and tell
    those of layers of unknown types. `assume` is whether images count as 3 channels where nothing says it. `plugins`
    are those that layer types may come from.
    """

    def __init__(
        self, given: Mapping[str, Shape], assume: bool, report: Findings, plugins: Sequence[Plugin] = ()
    ) -> None:
        self.assume, self.report, self.plugins = assume, report, plugins
        self.conditions, self.given = conditions(given)
        self.shapes: dict[Value, Shape | None] = {}
        self.writers: dict[Value, Entry] = {}
        self.unread: dict[tuple[str, str], list[Span]] = {}  # fields that a filler's type does not read
        self.known: dict[object, _Answer] = {}
        self.overruled = False  # whether a shape was given that contradicts what the spec says

    def add(self, entry: Entry, wire: Wire, phase: Phase) -> tuple[Blob, ...] | None:
        """Measures the tops of a layer, and returns its parameter blobs, None where they cannot be known."""
        params, shapes = entry.params, self.shapes
        tops: tuple[Shape | None, ...] = ()
        blobs: tuple[Blob, ...] | None = None
        bottoms = tuple(shape for value in wire.inputs if (shape := shapes[value]) is not None)
        if self.conditions:
            self.conditions.enter(entry, wire)
        if params is not None and wire.sound and len(bottoms) == len(wire.inputs):
            site = CallSite(bottoms, len(wire.outputs), phase, tuple(value.blob for value in wire.outputs))
            # A layer of the same fields that reads the same sizes has been asked already, most often. What a top is
            # called tells more than their number of several, and of data. Sizes with names note what is compared with
            # them, and are asked each time.
            told = site if len(site.named) > 1 or not bottoms else site[:-2]
            key = None if self.conditions else (id(params), *told)
            try:
                known = self.known.get(key) if key else None
                answer = known or self._asked(params, site)
                tops, blobs, _ = answer
                if answer.unread:
                    self._note_unread(entry, params, answer.unread)
                self._in_place(entry, wire, params, site)
            except Refusal as refusal:
                self._refuse(entry, params, wire, refusal)
            except ArrayError as error:
                self._refuse(entry, params, wire, _refusal(error, site))
            except BaseException as error:
                source, place = self.report.source, name_span(entry.origin)
                self.report.put(failed(self.plugins, type(params), "give its shapes", error, source, place))
                tops, blobs = (), None
            else:
                if not known:
                    tops, blobs = self._check(entry, wire, tops, blobs or ())
                    if key and blobs is not None:
                        self.known[key] = _Answer(tops, blobs, answer.unread)
        if len(tops) != len(wire.outputs):  # unknown, all of them
            tops = (None,) * len(wire.outputs)
        if isinstance(params, DataLayer):
            tops = self._from_outside(entry, params, wire, tops)
        elif isinstance(params, Unknown):
            tops, blobs = self._said(params, wire), None
        for value, shape in zip(wire.outputs, tops, strict=True):
            shapes[value] = shape
            self.writers[value] = entry
        return blobs

    def finish(self) -> None:
        """Says of the sizes with names what has to hold for the layers to fit together, and which fields of fillers
        have no effect."""
        if self.conditions:
            self.conditions.report(self.report, self.shapes, self.writers)
        for (kind, name), (first, *others) in self.unread.items():
            more = f", here and in {len(others)} other place{'s' * (len(others) > 1)}" if others else ""
            self.report.add(IgnoredField, f"a filler of type {kind} does not read {name}{more}", first)

    def _asked(self, params: Layer, site: CallSite) -> _Answer:
        tops, blobs = params.infer(site), params.blobs(site)
        if self.plugins and owner(self.plugins, type(params)):
            check_answer(tops, blobs, site)
        check_blobs(params, blobs or ())
        return _Answer(tops, blobs or (), tuple(unread(params, blobs or ())))

    def _note_unread(self, entry: Entry, params: Layer, fields: Iterable[tuple[str, str, str]]) -> None:
        for kind, name, field in fields:
            place = find(entry.origin, own_path(type(params), field)) or name_span(entry.origin)
            self.unread.setdefault((kind, name), []).append(place)

    def _from_outside(
        self, entry: Entry, params: DataLayer, wire: Wire, tops: tuple[Shape | None, ...]
    ) -> tuple[Shape | None, ...]:
        if not self.assume and tops and tops[0] and len(tops[0]) > 1 and self._guesses_channels(entry):
            n, _, *space = tops[0]
            tops = ((n, UNKNOWN, *space), *tops[1:])
        given = [self.given.get(value.blob) for value in wire.outputs]
        if params.batch_first:
            # The numbers of labels follow that of the images.
            counts = {shape[0] for shape in given if shape}
            if len(counts) == 1:
                tops = tuple((*counts, *top[1:]) if top else top for top in tops)
        pairs = tuple(zip(given, tops, strict=True))
        self.overruled |= any(shape and top and _contradicts(shape, top) for shape, top in pairs)
        return tuple(top if shape is None else shape for shape, top in pairs)

    def _said(self, params: Unknown, wire: Wire) -> tuple[Shape | None, ...]:
        """The shapes of tops for which there is no rule: as given, else as that of the bottom which one overwrites."""
        bottoms = {value.blob: self.shapes[value] for value in wire.inputs}
        first = next(iter(bottoms.values()), None) if params.same_shape else None
        return tuple(self.given.get(v.blob, bottoms.get(v.blob, first)) for v in wire.outputs)

    def _guesses_channels(self, entry: Entry) -> bool:
        questions = Questions(Findings(self.report.source), self.plugins)  # a failure was said where it was asked first
        return questions.ask(entry, partial(assumes_channels, entry, self.given), False)

    def _check(
        self, entry: Entry, wire: Wire, tops: tuple[Shape | None, ...], blobs: tuple[Blob, ...]
    ) -> tuple[tuple[Shape | None, ...], tuple[Blob, ...] | None]:
        """What no blob can be, whatever its layer, is unknown from here on."""
        for value, shape in zip(wire.outputs, tops, strict=False):
            if shape is not None and (fault := _impossible(shape)):
                own = entry.layer.message if entry.layer and not wire.inputs else None
                place = find(entry.origin, (own,)) if own else None
                self.report.add(fault[0], f'"{value.blob}" {fault[1]}', place or name_span(entry.origin))
                return (), None
        for blob in blobs:
            if fault := _impossible(blob.shape):
                self.report.add(fault[0], f"parameter {blob.name} {fault[1]}", name_span(entry.origin))
                return tops, None
        return tops, blobs

    def _in_place(self, entry: Entry, wire: Wire, params: Layer, site: CallSite) -> None:
        """Warns of a top that overwrites its bottom while Caffe still reads that."""
        same = [bottom.blob == top.blob for bottom, top in zip(wire.inputs, wire.outputs, strict=False)]
        if True not in same or not (garbled := params.overwritten(site)):
            return
        i = same.index(True)
        message = f'Caffe computes something else where {params.called()} overwrites "{wire.inputs[i].blob}": {garbled}'
        help = "give the top a name of its own; netspec computes it as if it had one"
        tops = find_all(entry.origin, ("top",))
        self.report.add(GarbledInPlace, message, tops[i] if i < len(tops) else name_span(entry.origin), help=help)

    def _refuse(self, entry: Entry, layer: Layer, wire: Wire, refusal: Refusal) -> None:
        written = [
            place
            for field in refusal.fields
            if (place := find(entry.origin, own_path(type(layer), field)) or find(entry.origin, (field,)))
        ]
        if not written and refusal.fields and layer.message and (own := find(entry.origin, (layer.message,))):
            written = [own]  # the field at fault is not there
        first, *others = written or [name_span(entry.origin)]
        places: list[Span | tuple[Span, str]] = [(first, refusal.label), *others]
        there = ((wire.inputs[i], remark) for i, remark in refusal.bottoms.items() if i < len(wire.inputs))
        for value, remark in islice(there, SHOWN):
            text = remark or f'"{value.blob}" is {show(self.shapes[value])}'
            places.append((name_span(self.writers[value].origin), text))
        path = own_path(type(layer), refusal.fields[0]) if refusal.fields else ()
        fix = respelt(entry.origin, path, refusal.meant) if path else None
        self.report.add(refusal.problem, refusal.message, *places, help=refusal.help, fix=fix)


def _contradicts(given: Shape, said: Shape) -> bool:
    """Whether a shape from outside is another than the spec has it. A name of a size is another than any number."""
    if len(given) != len(said):
        return True
    return any(
        isinstance(old, int) and (not isinstance(new, int) or new != old) for new, old in zip(given, said, strict=True)
    )


def _impossible(shape: Shape) -> tuple[type[Diagnostic], str] | None:
    numbers = [dim for dim in shape if isinstance(dim, int)]
    size = prod(numbers) if len(numbers) == len(shape) else 0  # of how many elements there are
    if len(numbers) == len(shape) and size <= MAX_ELEMENTS and len(shape) <= MAX_AXES and min(shape, default=0) >= 0:
        return None
    if len(shape) > MAX_AXES:
        return BadDimensions, f"would have {len(shape)} axes; Caffe's limit is {MAX_AXES}"
    if any(dim < 0 for dim in shape):
        return EmptyOutput, f"would be {show(shape)}: sizes are not negative"
    if size > MAX_ELEMENTS:
        return TooLarge, f"would be {show(shape)}, {size} elements; Caffe's limit is {MAX_ELEMENTS}"
    return None


def _refusal(error: ArrayError, site: CallSite) -> Refusal:
    return Refusal(ShapeMismatch, str(error), bottoms=dict.fromkeys(range(len(site.bottoms)), ""))
