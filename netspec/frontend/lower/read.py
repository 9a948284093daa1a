"""From the fields of a spec, in today's format, to its net and layer entries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import swap
from netspec.diagnostics.suggest import sure
from netspec.frontend.lower.old_types import V1
from netspec.frontend.lower.solver import LAYERS, SOLVER
from netspec.frontend.lower.unknown import unknown_layer
from netspec.frontend.lower.validate import validate
from netspec.frontend.messages.decode import decode, unknown_field
from netspec.frontend.messages.entry import FORKS_FIELDS, FORKS_NET_FIELDS, Entry, LayerParameter, NetParameter
from netspec.frontend.messages.locate import find, find_all
from netspec.frontend.messages.rules import NO_RULES, Rules
from netspec.frontend.messages.schema import Schema, Widening, beside, ignored, message_of, schema
from netspec.frontend.messages.suggest import readers, which_type
from netspec.layers import NAMESAKES
from netspec.layers.base import Layer
from netspec.layers.extensions import extensible, group_fields, shown, widest, with_bottoms
from netspec.layers.index import MESSAGES
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.problems.fields import IgnoredField, IncludeAndExclude, NotANet, UnknownLayerType, UnmeasuredLayer
from netspec.syntax.document import Field, Made, Message, Scalar
from netspec.syntax.origin import Origin
from netspec.syntax.scalars import BadScalar, string

PYTHON = "Python"  # the type whose layers plugins may know by module and name


def read_net(fields: tuple[Field, ...], report: Findings, registry: Registry = BUILT_IN) -> NetParameter:
    """The fields of a net; its layers as written."""
    known = Widening(schema(NetParameter), _of_forks_nets, FORKS_NET_FIELDS)
    if not any(field.name in LAYERS for field in fields):
        solver = next((field for field in fields if field.name in SOLVER), None)
        if solver is not None:
            report.add(NotANet, "this is a solver, not a net", solver.name_span, help="give the file of its net")
            return NetParameter()
        if fields and all(field.name == "item" for field in fields):
            report.add(NotANet, "this is a list of the names of classes, not a net", fields[0].name_span)
            return NetParameter()
    net = NetParameter(**decode(known, fields, "a net", report))
    if registry.edition:
        from netspec.frontend.lower.foreign import refuse_net

        refuse_net(fields, report)
    if net.bn_stats_batch_size:
        place = next(field for field in fields if field.name == "bn_stats_batch_size")
        message = f"BatchNorm measures whole batches in TRAIN, not {net.bn_stats_batch_size} items at a time"
        report.add(IgnoredField, message, place.name_span)
    return net


def read_layer(field: Field, report: Findings, damaged: bool = False, registry: Registry = BUILT_IN) -> Entry:
    """A layer of any type. What is wrong with it even if it is not used is reported, the rest stays with the entry."""
    body = field.value
    assert isinstance(body, Message)
    origin = Origin(report.source, field.name_span, body)
    type_name = _type_name(body)
    layer = registry.find(type_name) if type_name else None
    faults, errors = Findings(report.source, report.lenient, report.size_names), report.errors
    if layer is None and type_name in NAMESAKES:
        from netspec.frontend.lower.namesakes import choose

        layer = choose(type_name, origin, faults)
    if type_name == PYTHON:
        from netspec.frontend.lower.python_layer import python_layer

        layer, body = python_layer(origin, registry, faults)
        origin = origin._replace(body=body)
    params: Layer | None = None
    if layer is None:
        values = _read_untyped(body, type_name, origin, report, faults, registry)
        if registry.allow_unknown and type_name:
            params = unknown_layer(type_name, _not_general(body), values, registry.same_shape)
            layer = type(params)
    else:
        written, layer = layer, with_bottoms(layer, len(find_all(origin, ("bottom",))))
        other = partial(_other_message, layer, report, registry)
        values = decode(_fields(layer), body.fields, "a layer", report, other)
        own = _own(layer, values)
        layer = shown(layer, own)
        if registry.edition:
            from netspec.frontend.lower.foreign import refuse_layer

            refuse_layer(written, own, origin, faults)
        params = validate(layer, own, origin, report.errors == errors, faults, registry.plugins)
        if params is not None:
            if registry.allow_unknown and params.type_name() == PYTHON:
                params = unknown_layer(PYTHON, _not_general(body), values, registry.same_shape)
            layer = type(params)
    fields = LayerParameter(**values)
    if fields.include and fields.exclude:
        places = [place for name in ("exclude", "include") if (place := find(origin, (name,)))]
        report.add(IncludeAndExclude, f'layer "{fields.name}" has include and exclude rules', *places)
    if fields.blobs:
        message = "weights inside a spec are not read"
        report.add(IgnoredField, message, fields.blobs[0].name_span, help="give them in a .caffemodel, with --weights")
    rules = Rules(fields.include, fields.exclude) if fields.include or fields.exclude else NO_RULES
    if report.errors == errors and not damaged:
        return Entry(origin, layer, fields, rules, params, tuple(faults.found))
    if damaged or any(len(find_all(origin, (name,))) != len(getattr(fields, name)) for name in ("bottom", "top")):
        return Entry(origin, None, fields, rules, None, damaged=True)  # what is missing may be what could not be read
    return Entry(origin, layer, fields, rules, None, tuple(faults.found))


def _not_general(body: Message) -> Iterator[Field]:
    """The fields that not every layer has."""
    return (field for field in body.fields if field.name not in _fields(None))


def _type_name(body: Message) -> str | None:
    for name, value, _ in body.fields:
        if name == "type" and isinstance(value, Scalar):
            try:
                return string(value)
            except BadScalar:
                return None
    return None


@cache
def _fields(layer: type[Layer] | None) -> Schema:
    """What a layer entry may hold; of the messages, those that its type reads."""
    own = {**schema(LayerParameter), **({name: message_of(layer, name) for name in _messages(layer)} if layer else {})}

    def widened() -> Schema:
        from netspec.frontend.messages.forks import LayerFields

        wide = widest(layer) if layer else None
        messages = {name: message_of(wide, name) for name in _messages(wide)} if wide else {}
        return {**ignored(LayerFields), **own, **messages}

    further = group_fields(layer) if layer and extensible(layer) else frozenset[str]()
    return Widening(own, widened, FORKS_FIELDS | further)


def _of_forks_nets() -> Schema:
    from netspec.frontend.messages.forks import NetFields

    return {**ignored(NetFields), **schema(NetParameter)}


def _messages(layer: type[Layer]) -> tuple[str, ...]:
    return (*((layer.message,) if layer.message else ()), *beside(layer))


def _own(layer: type[Layer], values: dict[str, Any]) -> dict[str, Any]:
    """What is given of a layer's own fields, and of the messages beside its own, taken from the values of all."""
    known = schema(LayerParameter)
    taken = {name: values.pop(name) for name in [*values] if name == layer.message or name not in known}
    own: dict[str, Any] = taken.pop(layer.message, {}) if layer.message else {}
    return own | taken


def _other_message(layer: type[Layer], report: Findings, registry: Registry, field: Field) -> None:
    """A field that the layer's type does not read: the message of another type is legal, anything else is not."""
    reading = readers(field.name) or (*filter(None, (registry.messages.get(field.name),)),)
    if reading:
        attempts = [Findings(report.source) for _ in reading]
        for reader, attempt in zip(reading, attempts, strict=True):
            decode({field.name: message_of(reader, field.name)}, (field,), "a layer", attempt)
            if not attempt.errors:
                break
        best = min(attempts, key=lambda attempt: attempt.errors or 0)
        report.take(best)
        if not best.errors:
            report.add(IgnoredField, f"{layer.type_name()} does not read {field.name}", field.name_span)
    else:
        unknown_field({**_fields(layer), **MESSAGES, **registry.messages}, "a layer", report, field)


def _unquoted(body: Message, report: Findings) -> bool:
    """Whether the type is written as V1 does, without quotes; the upgrade has put it in some. So has expansion."""
    field = next(field for field in body.fields if field.name == "type")
    return not isinstance(field, Made) and report.source.at(field.value.span.start) not in "\"'"


def _read_untyped(
    body: Message, type_name: str | None, origin: Origin, report: Findings, faults: Findings, registry: Registry
) -> dict[str, Any]:
    """The general fields of a layer whose type is not known, and so neither which messages it may hold."""
    known, own, plugins = _fields(None), MESSAGES, registry.messages

    def read(name: str) -> bool:
        return name in known or name in own or name in plugins

    written = tuple(f for f in body.fields if not isinstance(f.value, Message) or read(f.name))
    errors = report.errors
    short = any(isinstance(f, Made) for f in body.fields)  # its fields would be those of the type's message

    def other(field: Field) -> None:
        if not short and not read(field.name):
            unknown_field({**known, **own, **plugins}, "a layer", report, field)

    values = decode(known, written, "a layer", report, other)
    if type_name is not None:
        known_types = V1 if _unquoted(body, report) else registry.names
        help = which_type(type_name, known_types)
        message = f'there is no layer type "{type_name}"' if type_name else "a layer type has a name"
        allowed = registry.allow_unknown and type_name
        if not allowed and type_name:
            help = help or "--allow-unknown compiles the rest, with a class for it to be filled in"
        if allowed and not any(field.name == "top" for field in body.fields):
            message += "; it writes no blob, and compiled code leaves it out"
        problem, fix = UnmeasuredLayer if allowed else UnknownLayerType, None
        if not allowed and (meant := sure(type_name, known_types) or V1.get(type_name)):
            start = origin.fields("type")[0].value.span.start
            mark = report.source.at(start)  # a quote, unless the type stands without
            fix = swap(start + 1 if mark in "\"'" else start, type_name, meant)
        faults.add(problem, message, origin.span("type"), help=help, fix=fix)
    elif report.errors == errors:
        faults.add(UnknownLayerType, "the layer has no type", origin.span("name"), help='write type: "…"')
    return values
