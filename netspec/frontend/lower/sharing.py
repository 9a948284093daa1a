"""Parameters: what a spec says of each blob, and which blobs share storage by name.

Source: Net::AppendParam (net.cpp), UpgradeNetBatchNorm (upgrade_proto.cpp), BatchNormLayer::LayerSetUp.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.messages.entry import Entry, ParamSpec, SharedLayer, ShareMode
from netspec.frontend.messages.locate import find, name_span
from netspec.layers.base import Blob, Role
from netspec.net import Param
from netspec.problems.fields import EntryCount, FixedParameter, IgnoredField, SharedMultipliers
from netspec.problems.language import BadShare
from netspec.problems.shapes import SharedShapes
from netspec.shapes import mismatch, product, show

UNSAID = ParamSpec()


class _Place(NamedTuple):
    """A parameter: blob `i` of a layer."""

    entry: Entry
    i: int

    def span(self, field: str = "name") -> Span:
        origin = self.entry.origin
        return find(origin, ("param", self.i, field)) or find(origin, ("param", self.i)) or name_span(origin)


class Sharing:
    """The parameters so far, those with a name above all."""

    def __init__(self, report: Findings, shared: Mapping[int, SharedLayer]) -> None:
        self.report, self.shared = report, shared
        self.groups: dict[str, tuple[list[tuple[Blob, str]], _Place]] = {}  # of layers in uses of blocks, by stem
        self.written: dict[str, Span] = {}  # names in the text, as far as some are made
        self.made: dict[str, Span] = {}
        self.owners: dict[str, tuple[tuple[int, int], Blob, _Place]] = {}
        self.multipliers: dict[tuple[str, str], tuple[float, _Place]] = {}

    def add(self, entry: Entry, index: int, blobs: tuple[Blob, ...]) -> tuple[Param, ...]:
        """The parameters of a layer. Multipliers of shared ones are final after `settle`."""
        specs = entry.fields.param
        if not specs and not self.shared:
            return tuple([_unsaid(blob, (index, i)) for i, blob in enumerate(blobs)])
        if len(specs) > len(blobs):
            message = f"{entry.fields.type} has {len(blobs) or 'no'} parameter{'' if len(blobs) == 1 else 's'}"
            self.report.add(EntryCount, f"{len(specs)} param, but {message}", _Place(entry, len(blobs)).span(""))
        specs = (*specs, *(UNSAID,) * (len(blobs) - len(specs)))
        if self.shared:
            specs = self._with_names(entry, blobs, specs)
        complete = len(entry.fields.param) >= len(blobs)
        return tuple(
            self._param(entry, (index, i), blob, spec, complete)
            for i, (blob, spec) in enumerate(zip(blobs, specs, strict=False))
        )

    def refuse(self, entry: Entry) -> None:
        """Reports a layer of a type that is nowhere, whose parameters nobody knows."""
        shared = self.shared.get(entry.origin.name.start)
        if shared is not None and shared.place is not None:
            message = f"{entry.fields.type} is not known, and so neither the parameters that uses would share"
            self.report.add(BadShare, message, shared.place, (name_span(entry.origin), "of a layer here"))

    def _with_names(self, entry: Entry, blobs: Sequence[Blob], specs: Sequence[ParamSpec]) -> tuple[ParamSpec, ...]:
        """With the names of parameters that a use of a block shares with another use. One in the text is kept."""
        shared, place = self.shared.get(entry.origin.name.start), _Place(entry, 0)
        specs = [
            spec
            if not spec.name or self._apart(self.written, self.made, spec.name, _Place(entry, i).span())
            else spec._replace(name="")
            for i, spec in enumerate(specs)
        ]
        if shared is None or not blobs:
            return tuple(specs)
        if shared.stem not in self.groups:
            names = [spec.name or f"{shared.stem}/{blob.name}" for blob, spec in zip(blobs, specs, strict=False)]
            self.groups[shared.stem] = list(zip(blobs, names, strict=False)), place
            for spec, name in zip(specs, names, strict=False):
                if not spec.name:
                    self._apart(self.made, self.written, name, name_span(entry.origin))
        firsts, first_place = self.groups[shared.stem]
        if shared.place is not None and (fault := _unlike(entry, blobs, specs, firsts)):
            problem, message = fault
            labels = (name_span(entry.origin), "here"), (name_span(first_place.entry.origin), "there")
            self.report.add(problem, message, shared.place, *labels, help=shared.help)
            return tuple(specs)
        return tuple(spec._replace(name=name) for spec, (_, name) in zip(specs, firsts, strict=False))

    def _apart(self, own: dict[str, Span], others: Mapping[str, Span], name: str, place: Span) -> bool:
        """Notes a name of the text, or one that sharing makes. False if it is the other, too, which is reported."""
        if own.setdefault(name, place) == place and name in others:
            made, written = (place, others[name]) if own is self.made else (others[name], place)
            message = f'"{name}" is also what sharing calls a parameter of the block'
            self.report.add(BadShare, message, written, (made, "of this layer"), help="give it another name")
        return name not in others

    def settle(self, params: Sequence[tuple[Param, ...]]) -> list[tuple[Param, ...]]:
        """The same, with the multipliers that any of the sharers gave."""
        if not self.multipliers:
            return list(params)
        return [tuple(self._settled(param) if param.name else param for param in group) for group in params]

    def _param(self, entry: Entry, key: tuple[int, int], blob: Blob, spec: ParamSpec, complete: bool) -> Param:
        place = _Place(entry, key[1])
        if blob.multiplier is not None:
            spec = self._set_by_the_layer(place, blob, blob.multiplier, spec)
        elif not blob.learnable:
            spec = self._fixed(place, blob, spec, complete)
        owner = key
        if spec.name:
            owner, first, first_place = self.owners.setdefault(spec.name, (key, blob, place))
            if owner != key:
                self._check_shapes(spec, blob, place, first, first_place)
            self._multiplier(spec.name, "lr_mult", spec.lr_mult, place)
            self._multiplier(spec.name, "decay_mult", spec.decay_mult, place)
        lr_mult = 1.0 if spec.lr_mult is None else spec.lr_mult
        decay_mult = 1.0 if spec.decay_mult is None else spec.decay_mult
        return Param(blob=blob, key=key, owner=owner, name=spec.name, lr_mult=lr_mult, decay_mult=decay_mult)

    def _set_by_the_layer(self, place: _Place, blob: Blob, multiplier: float, spec: ParamSpec) -> ParamSpec:
        """A parameter whose multipliers are not the spec's to choose."""
        for field, value in (("lr_mult", spec.lr_mult), ("decay_mult", spec.decay_mult)):
            if blob.learnable and value not in (None, multiplier):
                whose = f"the {blob.name} of {place.entry.fields.type}"
                message = f"{whose} has {field} {multiplier:g}, as the fork sets it, whatever is written"
                self.report.add(IgnoredField, message, place.span(field))
        return spec._replace(lr_mult=multiplier, decay_mult=multiplier)

    def _fixed(self, place: _Place, blob: Blob, spec: ParamSpec, complete: bool) -> ParamSpec:
        """A parameter that no solver may touch. Caffe corrects lr_mult where all are given; else it must be 0. A scale
        or a bias that a field freezes is left alone, whatever that says."""
        frozen = blob.role in (Role.SCALE, Role.SLOPE, Role.BIAS)
        if spec.lr_mult != 0 and not complete and not frozen and place.i < len(place.entry.fields.param):
            message = f"{place.entry.fields.type} keeps its {blob.name} itself: lr_mult has to be 0"
            self.report.add(FixedParameter, message, place.span("lr_mult"), help="write param { lr_mult: 0 }")
        return spec._replace(lr_mult=0.0)

    def _check_shapes(self, spec: ParamSpec, blob: Blob, place: _Place, first: Blob, first_place: _Place) -> None:
        sizes = product(blob.shape), product(first.shape)
        if spec.share_mode is ShareMode.PERMISSIVE:
            differ = sizes[0] != sizes[1]
            what = f"elements: {sizes[0]} and {sizes[1]}"
        else:
            differ = mismatch(blob.shape, first.shape) is not None
            what = f"shape: {show(blob.shape)} and {show(first.shape)}"
        if differ:
            message = f'the parameters called "{spec.name}" differ in {what}'
            label = (first_place.span(), f"{first.name} of {show(first.shape)}")
            same = spec.share_mode is ShareMode.STRICT and sizes[0] == sizes[1]
            help = "share_mode: PERMISSIVE shares them as they are" if same else None
            self.report.add(
                SharedShapes, message, (place.span(), f"{blob.name} of {show(blob.shape)}"), label, help=help
            )

    def _multiplier(self, name: str, field: str, value: float | None, place: _Place) -> None:
        if value is None:
            return
        first, first_place = self.multipliers.setdefault((name, field), (value, place))
        if first != value:
            message = f'the parameters called "{name}" disagree about {field}: {value:g} and {first:g}'
            self.report.add(SharedMultipliers, message, place.span(field), first_place.span(field))

    def _settled(self, param: Param) -> Param:
        multipliers = {
            field: self.multipliers[param.name, field][0]
            for field in ("lr_mult", "decay_mult")
            if (param.name, field) in self.multipliers
        }
        return param._replace(**multipliers)


def _unsaid(blob: Blob, key: tuple[int, int]) -> Param:
    """A parameter of which the spec says nothing."""
    if blob.multiplier is not None:
        return Param(blob, key, key, lr_mult=blob.multiplier, decay_mult=blob.multiplier)
    return Param(blob, key, key, lr_mult=1.0 if blob.learnable else 0.0)


def _unlike(
    entry: Entry, blobs: Sequence[Blob], specs: Sequence[ParamSpec], firsts: Sequence[tuple[Blob, str]]
) -> tuple[type[Diagnostic], str] | None:
    """Why a layer cannot have the parameters of the one that corresponds to it in another use of its block."""
    kind = entry.fields.type
    if len(blobs) != len(firsts):
        return BadShare, f"{kind} has other parameters: {len(blobs)} in this use and {len(firsts)} in the other"
    for blob, spec, (first, name) in zip(blobs, specs, firsts, strict=False):
        if spec.name and spec.name != name:
            message = f'the {blob.name} of {kind} is called "{spec.name}" in this use and "{name}" in the other'
            return BadShare, f"{message}, which keeps them apart"
        if mismatch(blob.shape, first.shape) is not None:
            sizes = f"{show(blob.shape)} in this use and {show(first.shape)} in the other"
            return SharedShapes, f"the {blob.name} of {kind} is {sizes}"
    return None
