"""From a Document to a Net: expanded, lowered, and held against what it expects of itself, in one state or in all that
its rules tell apart. It alone calls both expansion and lowering; neither knows the other."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from netspec.diagnostics import Diagnostic, Severity, errors, labels
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.grouping import once
from netspec.diagnostics.source import Source, Span
from netspec.frontend.lower.alignment import aligned
from netspec.frontend.lower.alike import LayerReader
from netspec.frontend.lower.company import in_company
from netspec.frontend.lower.foreign import beyond
from netspec.frontend.lower.inputs import there, usable
from netspec.frontend.lower.measure import measure
from netspec.frontend.lower.read import read_net
from netspec.frontend.lower.solver import net_of
from netspec.frontend.lower.upgrade import shapeless_inputs, upgrade
from netspec.frontend.lower.wiring import Wire, wire
from netspec.frontend.messages.entry import Entry, NetParameter, SharedLayer
from netspec.frontend.messages.rules import NO_RULES, Membership, NetState, Wired, affordable, fed_twice, states, whole
from netspec.layers.base import Layer, Phase
from netspec.layers.unknown import Unknown
from netspec.net import Layout, Net, Node, Param
from netspec.plugins import Plugin, owner
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.problems.assumptions import UnfedState
from netspec.problems.fields import EmptyNet, LegacyInput, UnknownBottom, UnknownLayerType, UnmeasuredLayer
from netspec.problems.language import UncheckedStates
from netspec.shapes import Shape
from netspec.syntax.document import Document

if TYPE_CHECKING:
    from netspec.frontend.language.expectations import Expectation


class Request(NamedTuple):
    """How a document is to be read: for which state of its rules, and with what else.

    phase: None is that of the net's own state, else TEST, or where its layers read what only another state has, the
    first that has it; to examine, every state. inputs: shapes in the place of those that the document gives, and of
    tops of unknown layers. search: folders that it may import from, beside its own. max_layers: how many it may expand
    to, None for as many as is usual. lints: codes of those to look for that are optional. likely: inputs, if there are
    such.
    """

    phase: Phase | None = None
    level: int = 0
    stages: tuple[str, ...] = ()
    inputs: Mapping[str, Sequence[Any]] = MappingProxyType[str, Sequence[Any]]({})
    registry: Registry = BUILT_IN
    search: tuple[Path, ...] = ()
    max_layers: int | None = None
    lints: tuple[str, ...] = ()
    likely: Mapping[str, Sequence[Any]] = MappingProxyType[str, Sequence[Any]]({})


AS_IT_IS = Request()
INPUT = "Input"  # the type of what a net declares as an input


@dataclass(frozen=True)
class Spec:
    """A document whose fields have been read, for any state.

    found: what is wrong with it in every state. hints: why a blob may be missing. doubtful: a syntax error may have
    cost it fields whose absence would be felt elsewhere. plugins: where its layer types may come from. sizes: of inputs
    that are declared with sizes that are no numbers. expectations: what the spec expects of its net. blocks: whether it
    has some, for other files to import. shared: layers that share their parameters, by where each begins. imported: the
    blocks that an import makes known, by where it begins.
    """

    source: Source
    net: NetParameter
    entries: tuple[Entry, ...]
    found: tuple[Diagnostic, ...]
    hints: Mapping[str, str]
    doubtful: bool
    plugins: tuple[Plugin, ...]
    edition: str  # as of the registry
    sizes: Mapping[str, tuple[Any, ...]]
    expectations: "tuple[Expectation, ...]"
    blocks: bool
    shared: Mapping[int, SharedLayer]
    imported: Mapping[int, tuple[str, ...]]

    def state(self, phase: Phase, level: int, stages: Sequence[str]) -> NetState:
        """As Caffe's Net(file, phase, level, stages) has it: the file's own stages count, too."""
        return NetState(phase, level, (*self.net.state.stage, *stages))

    @cached_property
    def nets(self) -> dict[NetState, tuple[Net | None, Sequence[Diagnostic]]]:
        """Those of some states, with what is wrong in them: no shapes but its own are given to it."""
        return {}

    @cached_property
    def members(self) -> Membership:
        return Membership([entry.rules for entry in self.entries])

    def writers(self, blob: str) -> Sequence[Entry]:
        """The layers that write a blob in some state."""
        return self._writers.get(blob, ())

    @cached_property
    def _writers(self) -> Mapping[str, Sequence[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for top in dict.fromkeys(entry.fields.top):
                found.setdefault(top, []).append(entry)
        return found

    def layers(self, state: NetState) -> list[Entry]:
        """Those that are part of the net in a state."""
        return [self.entries[i] for i in self.members.of(state)]

    def states(self, level: int, stages: Sequence[str]) -> list[NetState]:
        """Those that the rules tell apart, as many as can be looked at, and in which the net is whole; of the phase
        that its own state names, if it names one."""
        if all(entry.rules == NO_RULES for entry in self.entries):
            return [self._own(level, stages)]
        found = affordable(self.told_apart(level, stages), self.members)
        if any(fed_twice(self.members.of(state), self._wired) for state in found):
            found = list(dict.fromkeys([*found, self._own(level, stages)]))  # the one without rules for it
        return whole(found, self._wired)

    @cached_property
    def _wired(self) -> list[Wired]:
        return [
            Wired(entry.rules, entry.fields.bottom, entry.fields.top, entry.fields.type == INPUT)
            for entry in self.entries
        ]

    def alike_in_phases(self, level: int, stages: Sequence[str]) -> bool:
        """Whether the net has the same layers with the same sizes in TEST and in TRAIN, as far as can be told early."""
        test, train = (self.members.of(self.state(phase, level, stages)) for phase in (Phase.TEST, Phase.TRAIN))
        return not self.expectations and test == train and not any(self._phased(self.entries[i]) for i in test)

    def _phased(self, entry: Entry) -> bool:
        params = entry.params
        own = params is None or params.phased or owner(self.plugins, type(params)) is not None
        return own or entry.fields.phase is not None

    def unchecked(self, kept: Sequence[NetState], level: int, stages: Sequence[str]) -> Iterator[Diagnostic]:
        """What is said where the states are too many."""
        found = self.told_apart(level, stages)
        looked = affordable(found, self.members)
        if len(looked) < len(found):
            covered = {i for state in kept for i in self.members.of(state)}
            missed = (entry for i, entry in enumerate(self.entries) if i not in covered)
            place = next((labels(self.source, e.origin.span("name"), "is in none of these") for e in missed), ())
            message = f"the rules tell apart {len(found)} states of the net, of which {len(looked)} are checked"
            yield UncheckedStates(message, place, "check others by themselves: --phase TRAIN --stage …")

    def unfed(self, kept: Sequence[NetState], level: int, stages: Sequence[str]) -> Iterator[tuple[Phase, Entry, str]]:
        """The phases that its rules tell apart, of which no state is among those kept, each with a layer there, and
        why."""
        others = {state.phase: state for state in reversed(self.told_apart(level, stages))}
        for phase in sorted(others.keys() - {state.phase for state in kept}):
            if there := self.members.of(others[phase]):
                if twice := fed_twice(there, self._wired):
                    yield phase, self.entries[twice[0]], f'"{twice[1]}" is fed twice'
                    continue
                elsewhere = {i for state in kept for i in self.members.of(state)}
                only = (i for i in there if i not in elsewhere)
                yield phase, self.entries[next(only, there[0])], "nothing is fed to the net"

    def _own(self, level: int, stages: Sequence[str]) -> NetState:
        return self.state(self.net.state.phase or Phase.TEST, level, stages)

    def told_apart(self, level: int, stages: Sequence[str]) -> list[NetState]:
        """The states that the rules tell apart, however many, and whatever the net is there."""
        own = self._own(level, stages)
        found = states((entry.rules for entry in self.entries), own)
        if self.net.state.phase is None:
            return found
        return [state for state in found if state.phase is own.phase] or [own]


def read(document: Document, request: Request = AS_IT_IS, damage: Sequence[int] = ()) -> Spec:
    """The fields of a document. `damage` are the offsets of its syntax errors; of layers there, little is asked.

    Installed plugins are looked for when a type is met that is nowhere else.
    """
    registry = request.registry
    spec = _read(document, damage, request)
    if not any(isinstance(fault, UnknownLayerType | UnmeasuredLayer) for e in spec.entries for fault in e.faults):
        return spec
    wider, faults = registry.with_installed()
    spec = _read(document, damage, request._replace(registry=wider)) if wider != registry else spec
    return replace(spec, found=(*faults, *spec.found)) if faults else spec


def _read(document: Document, damage: Sequence[int], request: Request) -> Spec:
    registry, expansion, size_names = request.registry, None, frozenset[str]()
    if not document.plain:
        from netspec.frontend.language import Library, expand

        library = Library(document.source.folder, request.search)
        expansion = expand(document, registry, library, bool(damage), request.max_layers)
        document, size_names = expansion.document, expansion.size_names
    report = Findings(document.source, registry.lenient, size_names)
    fields = net_of(document.fields)
    net = read_net(upgrade(fields, report), report, registry)
    offsets, inside = sorted(damage), 0
    entries, reader = list[Entry](), LayerReader(report, registry)
    for field in net.layer:
        hits = bisect_left(offsets, field.span.end + 1) - bisect_left(offsets, field.start) if offsets else 0
        entries.append(reader.read(field, hits > 0))
        inside += hits
    entries = in_company(entries)
    doubtful = inside < len(offsets) or any(entry.damaged and not entry.fields.top for entry in entries)
    found = tuple(d for d in report.found if not (offsets and isinstance(d, LegacyInput)))
    hints, types = shapeless_inputs(fields), (registry.plugins, registry.edition)
    if expansion is None:
        return Spec(
            document.source,
            net,
            tuple(entries),
            found,
            hints,
            doubtful,
            registry.plugins,
            registry.edition,
            {},
            (),
            False,
            {},
            {},
        )
    found, doubtful = tuple(once([*expansion.found, *found])), doubtful or bool(errors(expansion.found))
    more = expansion.sizes, expansion.expectations, expansion.blocks, expansion.shared, expansion.imported
    return Spec(document.source, net, tuple(entries), found, hints, doubtful, *types, *more)


def lower(
    document: Document, request: Request = AS_IT_IS, damage: Sequence[int] = ()
) -> tuple[Net | None, list[Diagnostic]]:
    """The net that a document describes in a state, None if it has errors, and all that is wrong with it."""
    return lowered(read(document, request, damage), request)


def lowered(spec: Spec, request: Request) -> tuple[Net | None, list[Diagnostic]]:
    """As `lower`, for a document that has been read as the request says, in whatever phase."""
    phase, level, stages = request.phase, request.level, request.stages
    net, found = in_state(spec, spec.state(phase or spec.net.state.phase or Phase.TEST, level, stages), request)
    if phase is None and _lacking(found):
        others = (in_state(spec, state, request) for state in spec.states(level, stages))
        net, found = next((other for other in others if not _lacking(other[1])), (net, found))
    return net, found


def _lacking(found: Sequence[Diagnostic]) -> bool:
    return any(isinstance(diagnostic, UnknownBottom) for diagnostic in found)


def in_state(spec: Spec, state: NetState, request: Request) -> tuple[Net | None, list[Diagnostic]]:
    """The net of a state, None if it has errors, and all that is wrong with it."""
    entries = spec.layers(state)
    declared = _declared(spec, entries)
    inputs = {**there(request.likely, entries), **request.inputs}
    given, found = usable({**declared, **inputs}, entries, declared.keys() - inputs.keys())
    net, more = _resolve(spec, state, given)
    found = in_order([*spec.found, *found, *more])
    return (None if errors(found) else net), found


def _declared(spec: Spec, entries: Sequence[Entry]) -> Mapping[str, tuple[Any, ...]]:
    """The sizes that the spec itself gives to those of its inputs that are part of a state."""
    if not spec.sizes:
        return {}
    there = {top for entry in entries for top in entry.fields.top}
    return {name: sizes for name, sizes in spec.sizes.items() if name in there}


def _expected(spec: Spec, state: NetState, entries: Sequence[Entry]) -> Mapping[str, Shape]:
    """The shapes that the spec expects of what layers of unknown types write: nothing else says them."""
    unknown = {top for entry in entries if isinstance(entry.params, Unknown) for top in entry.fields.top}
    if not unknown or not spec.expectations:
        return {}
    from netspec.frontend.judge import expected_shapes

    return {blob: shape for blob, shape in expected_shapes(spec.expectations, state).items() if blob in unknown}


def examine(document: Document, request: Request = AS_IT_IS, damage: Sequence[int] = ()) -> list[Diagnostic]:
    """What is wrong with a document in a phase, or in every state that its rules tell apart."""
    return examined(read(document, request, damage), document, request, bool(damage))


def examined(spec: Spec, document: Document, request: Request, damaged: bool) -> list[Diagnostic]:
    """As `examine`, of a document that has been read as the request says."""
    phase, level, stages = request.phase, request.level, request.stages
    wanted = [spec.state(phase, level, stages)] if phase else spec.states(level, stages)
    members = [spec.entries[i] for i in dict.fromkeys(i for state in wanted for i in spec.members.of(state))]
    declared = _declared(spec, members)
    inputs = {**there(request.likely, members), **request.inputs}
    given, found = usable({**declared, **inputs}, members, declared.keys() - inputs.keys())
    found = [*spec.found, *found]
    if not phase:
        for unfed, entry, why in spec.unfed(wanted, level, stages):
            message = f"{why} in {unfed}: only {wanted[0].phase} is checked"
            place = labels(spec.source, entry.origin.span("name"), f"is part of the net in {unfed}")
            found.append(UnfedState(message, place))
        found += spec.unchecked(wanted, level, stages)
    seen = {_identity(d) for d in found}
    nets = list[Net]()
    for state in wanted:  # the same fault in another phase may have other sizes in its message
        net, said = _resolve(spec, state, given)
        nets += [net] if net else []
        new = [d for d in said if _identity(d) not in seen]
        seen.update(_identity(d) for d in new)
        found += new
    if spec.blocks and not spec.entries:  # a library of blocks
        found = [d for d in found if not isinstance(d, EmptyNet)]
    if not errors(found) and not damaged:
        from netspec.lints import lint
        from netspec.lints.case import Case

        library = spec.blocks and not spec.entries
        case = Case(document, tuple(nets), not phase, library, spec.imported)
        found += lint(case, spec.source, request.lints)
    return in_order(found)


def _resolve(spec: Spec, state: NetState, given: Mapping[str, Shape]) -> tuple[Net | None, Sequence[Diagnostic]]:
    """The net of a state, None if it has errors of its own, and what is wrong in that state."""
    if given:
        return _resolved(spec, state, given)
    if state not in spec.nets:
        spec.nets[state] = _resolved(spec, state, given)
    return spec.nets[state]


def _resolved(spec: Spec, state: NetState, given: Mapping[str, Shape]) -> tuple[Net | None, Sequence[Diagnostic]]:
    entries = spec.layers(state)
    given = {**_expected(spec, state, entries), **given}
    absent = len(entries) < len(spec.entries)
    faults = list({_identity(fault): fault for entry in reversed(entries) for fault in reversed(entry.faults)}.values())
    report = Findings(spec.source)
    if not entries and not spec.found and not spec.doubtful:
        report.add(EmptyNet, "the net has no layers" + " in this state" * absent, Span(0, 0))
    wires = wire(entries, spec.writers, None if spec.doubtful else spec.hints, report)
    measures = measure(aligned(entries, wires, report), wires, state, given, report, spec.plugins, spec.shared)
    found = once([*faults, *report.found, *measures.report.found])
    layers = [
        _node(entry, entry.params, connection, blobs, state)
        for entry, connection, blobs in zip(measures.entries, wires, measures.params, strict=True)
        if entry.params is not None
    ]
    # What is wrong with the fields of a layer that is missing here stands in `spec.found`.
    if errors(found) or len(layers) < len(entries):
        return None, found
    net = Net(
        name=spec.net.name,
        phase=state.phase,
        layers=tuple(layers),
        shapes=measures.shapes,
        force_backward=spec.net.force_backward,
        plugins=spec.plugins,
    )
    found += beyond(net, measures.assumed.forks, spec.edition)
    # Of other sizes the spec has said nothing, and what is left of a damaged text is another net.
    damaged = spec.doubtful or any(entry.damaged for entry in entries)
    if spec.expectations and not measures.overruled and not damaged and not errors(spec.found):
        from netspec.frontend.judge import judge

        judged = Findings(spec.source)
        judge(net, state, spec.expectations, spec.sizes, judged)
        found += judged.found
    return (None if errors(found) else net), found


def _node(entry: Entry, params: Layer, wire: Wire, blobs: tuple[Param, ...], state: NetState) -> Node:
    fields = entry.fields
    return Node(
        name=fields.name,
        params=params,
        bottoms=fields.bottom,
        tops=fields.top,
        inputs=wire.inputs,
        outputs=wire.outputs,
        blobs=blobs,
        phase=fields.phase or state.phase,
        loss_weights=wire.loss_weights,
        propagate_down=fields.propagate_down,
        layout=Layout.CHANNELS_FIRST,
        origin=entry.origin,
    )


def _identity(diagnostic: Diagnostic) -> tuple[str, Span | str]:
    """What tells faults apart that different states have in common. A note is made once, wherever else it holds."""
    if diagnostic.severity is Severity.NOTE:
        return diagnostic.code, diagnostic.message
    return diagnostic.code, diagnostic.labels[0].span if diagnostic.labels else diagnostic.message


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By place in the text; what has none comes first."""
    return sorted(found, key=lambda d: d.labels[0].span.start if d.labels else -1)
