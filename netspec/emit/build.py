"""Walks a net and gathers, layer by layer, what a backend prints as a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netspec.arrays import Vocabulary, channels_last
from netspec.diagnostics import Diagnostic, Label, SpecError
from netspec.emit.code import Code
from netspec.emit.formula import express
from netspec.emit.names import Namespace, class_name
from netspec.emit.place import Emitter, Member, Place, Record, Slot, Statement, Unsupported
from netspec.layers.base import Formula, Layer
from netspec.net import Layout, Net, Node, Value
from netspec.problems.backends import NoMeaning, UnknownSize
from netspec.shapes import Shape, integers, show


@dataclass(frozen=True)
class Target:
    """What the walk needs to know of a backend."""

    title: str  # as people write it: "PyTorch"
    words: Vocabulary[Code]
    emitters: Mapping[type[Layer], Emitter]
    reserved: frozenset[str]  # names that emitted code uses itself


@dataclass(frozen=True)
class Feed:
    """An argument of the forward function."""

    blob: str
    variable: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Body:
    """A net as a class to be printed: its name, arguments, members, the statements of its forward function, and what that
    returns (blob, variable). `slots` is keyed as `Param.key`."""

    class_name: str
    feeds: tuple[Feed, ...]
    members: tuple[Member, ...]
    statements: tuple[Statement, ...]
    results: tuple[tuple[str, str], ...]
    slots: Mapping[tuple[int, int], Slot]
    helpers: tuple[str, ...]


def build(net: Net, target: Target, outputs: tuple[str, ...]) -> Body:
    """Raises SpecError with one diagnostic for each layer that the backend cannot express, and for unknown sizes."""
    if problems := unknown_sizes(net, target.title):
        raise SpecError(problems)
    record, members, names = Record(), Namespace(target.reserved), Namespace(target.reserved | {"self"})
    variables: dict[Value, str] = {}
    feeds: dict[str, Feed] = {}
    for node in net.layers:
        if node.params.fed:
            for blob, value in zip(node.tops, node.outputs, strict=True):
                variables[value] = names.fresh(blob)
                feeds[blob] = Feed(blob, variables[value], _integers(net.shapes[value]))
            continue
        place = Place(
            node,
            net.site(node),
            tuple(Code(variables[v]) for v in node.inputs),
            tuple(_integers(net.shapes[v]) for v in node.inputs),
            tuple(_integers(net.shapes[v]) for v in node.outputs),
            record,
            members,
            names,
        )
        try:
            results = emit_layer(place, target)
        except Unsupported as unsupported:
            problems.append(no_meaning(node, target.title, str(unsupported)))
            results = tuple(Code("None") for _ in node.outputs)
            record.slots.update({param.key: Slot("", None, (), param.blob) for param in node.blobs})
        for value, result in zip(node.outputs, results, strict=True):
            variables[value] = _bind(value, node, variables, names)
            if result.text != variables[value]:
                record.statements.append(Statement(variables[value], result, show(net.shapes[value])))
    if problems:
        raise SpecError(problems)
    return Body(
        class_name(net.name),
        tuple(feeds[blob] for blob in net.inputs),
        tuple(record.members),
        tuple(record.statements),
        tuple((b, variables[net.latest[b]._replace(layout=Layout.CHANNELS_FIRST)]) for b in outputs),
        record.slots,
        tuple(record.helpers),
    )


def emit_layer(place: Place, target: Target) -> tuple[Code, ...]:
    """The code of a layer's tops: from the backend's own emitter where it has one, else from the layer's formula."""
    layer = place.node.params
    if emitter := target.emitters.get(type(layer)):
        result = emitter(layer, place)
        return result if isinstance(result, tuple) else (result,)
    if not isinstance(layer, Formula):
        raise Unsupported("")
    tops = layer.trace(place.site)
    if place.layout is Layout.CHANNELS_LAST:
        tops = channels_last(tops)
    leaves = {f"x{i}": code for i, code in enumerate(place.inputs)}
    leaves |= {param.blob.name: place.parameter(i) for i, param in enumerate(place.node.blobs)}
    return express(tops, leaves, target.words, place)


def unknown_sizes(net: Net, title: str) -> list[Diagnostic]:
    """One diagnostic for each input whose shape must be given before code can be written."""
    found: list[Diagnostic] = []
    for node in net.layers:
        for blob, value in zip(node.tops, node.outputs, strict=False):
            if node.params.fed and integers(net.shapes[value]) is None:
                shape = net.shapes[value]
                known = f"{show(shape)}" if shape else "nothing"
                found.append(
                    UnknownSize(
                        f'the shape of input "{blob}" must be known to write {title} code; the spec says {known}',
                        (Label(node.origin.source, node.origin.name, f'"{blob}" comes from outside the spec'),),
                        f"give it: --input {blob}={show(shape, ',') if shape else 'N,C,H,W'} with numbers for what is unknown",
                    )
                )
    if not found:
        for node in net.layers:
            unknown = [v for v in node.outputs if integers(net.shapes[v]) is None]
            if unknown:
                label = Label(node.origin.source, node.origin.name, f"{node.type} leaves {show(net.shapes[unknown[0]])}")
                message = f'the shape of "{unknown[0].blob}" must be known to write {title} code'
                return [UnknownSize(message, (label,), "only layers whose output shape follows from their inputs compile")]
    return found


def no_meaning(node: Node, title: str, reason: str) -> Diagnostic:
    message = f"no {title} meaning yet for {node.type}" + (f": {reason}" if reason else "")
    return NoMeaning(message, (Label(node.origin.source, node.origin.name, f'layer "{node.name}"'),))


def _bind(value: Value, node: Node, variables: Mapping[Value, str], names: Namespace) -> str:
    """The variable of a value. A layer that works in place takes over the variable of what it overwrites."""
    before = value._replace(version=value.version - 1)
    if value.blob and before in node.inputs and before in variables:
        return variables[before]
    return names.fresh((value.blob or node.name) + ("_nhwc" if value.layout is Layout.CHANNELS_LAST else ""))


def _integers(shape: Shape | None) -> tuple[int, ...]:
    return integers(shape) or ()
