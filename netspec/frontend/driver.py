"""From a Document to a Net: expanded, lowered, and held against what it expects of itself, in one state or in all that
its rules tell apart. It alone calls both expansion and lowering; neither knows the other."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netspec.diagnostics import Diagnostic, Severity, errors, labels
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.grouping import once
from netspec.diagnostics.source import Span
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
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.rules import NetState
from netspec.frontend.spec import AS_IT_IS, Request, Spec
from netspec.layers.base import Layer, Phase
from netspec.layers.unknown import Unknown
from netspec.net import Layout, Net, Node, Param
from netspec.problems.assumptions import UnfedState
from netspec.problems.fields import EmptyNet, LegacyInput, UnknownBottom, UnknownLayerType, UnmeasuredLayer
from netspec.shapes import Shape
from netspec.syntax.document import Document

if TYPE_CHECKING:
    pass


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
