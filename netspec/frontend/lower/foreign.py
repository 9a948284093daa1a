"""What of a spec is not BVLC's, but a fork's: an error where BVLC's edition is asked for, else at most a warning.

A layer is BVLC's unless the file shows a fork's type or field; what BVLC refuses and a fork takes without such a
mark is accepted with a warning that names the fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.messages.entry import FORKS_FIELDS, FORKS_NET_FIELDS, Entry
from netspec.frontend.messages.locate import find, name_span, own_path
from netspec.layers.accepted import accepted, accepted_fields
from netspec.layers.base import FillerParameter, Layer, PythonLayer
from netspec.layers.extensions import has, held, takes
from netspec.layers.filler import FORKS_FIELDS as FILLERS_FIELDS
from netspec.layers.filler import OWN
from netspec.net import Net, Node
from netspec.problems.assumptions import AcceptedByForks, ForksOwn, NetspecsOwn
from netspec.syntax.document import Field, Message
from netspec.syntax.origin import Origin


def refuse_net(fields: tuple[Field, ...], report: Findings) -> None:
    """Reports the fields of a net that only forks have."""
    for field in fields:
        if field.name in FORKS_NET_FIELDS:
            report.add(ForksOwn, f"{field.name} is a field of forks; a net of Caffe has none", field.name_span)


def refuse_layer(layer: type[Layer], values: Mapping[str, object], origin: Origin, report: Findings) -> None:
    """Reports what of a layer only forks have: its type, fields, or values of fields."""
    from netspec.layers.editions import CAFFE, EDITIONS, edition_of  # which only a wanted edition asks for

    edition = edition_of(layer)
    if edition is not None and edition != CAFFE:
        message = f"{layer.type_name()} is a layer of {EDITIONS[edition]}, not of BVLC's Caffe"
        report.add(ForksOwn, message, name_span(origin) if issubclass(layer, PythonLayer) else origin.span("type"))
        return
    plain = layer.base_type()
    for path, place in _written(plain, origin):
        if path[-1] in FILLERS_FIELDS and _fills(plain, path[0]):
            report.add(ForksOwn, f"{path[-1]} is a field of forks; a filler of Caffe has none", place)
        if path[-1] == OWN and _fills(plain, path[0]):
            report.add(NetspecsOwn, f"{OWN} is netspec's own field of a filler; Caffe's has none", place)
        if whose := () if has(plain, path) else _owners(plain, lambda group, path=path: has(group, path)):
            message = f"{path[-1]} is a field of {' or '.join(whose)}; Caffe's {layer.type_name()} has none"
            report.add(ForksOwn, message, place)
    for name, value in values.items():
        if isinstance(value, Enum) and name in plain.model_fields and not takes(plain, name, value):
            whose = _owners(plain, lambda group, name=name, value=value: takes(group, name, value))
            message = f"Caffe's {layer.type_name()} has no {value.name}; {' or '.join(whose)} has"
            report.add(ForksOwn, message, find(origin, own_path(layer, name)) or name_span(origin))
    for field in origin.body.fields if origin.body else ():
        if field.name in FORKS_FIELDS:
            report.add(ForksOwn, f"{field.name} is a field of forks; a layer of Caffe has none", field.name_span)


def _fills(layer: type[Layer], name: str) -> bool:
    return name in layer.model_fields and held(layer.model_fields[name].annotation) is FillerParameter


def _written(layer: type[Layer], origin: Origin) -> Iterator[tuple[tuple[str, ...], Span]]:
    """The fields of a layer, those in a message with the message's name before theirs, and where they stand."""
    for field in origin.body.fields if origin.body else ():
        inner = field.value.fields if isinstance(field.value, Message) else ()
        if field.name != layer.message:
            yield from (((field.name, each.name), each.name_span) for each in inner)
            continue
        for each in inner:
            yield (each.name,), each.name_span
            deeper = each.value.fields if isinstance(each.value, Message) else ()
            yield from (((each.name, one.name), one.name_span) for one in deeper)


def _owners(layer: type[Layer], own: Callable[[type[Layer]], bool]) -> tuple[str, ...]:
    """The editions that have groups of which something holds."""
    from netspec.layers.editions import EDITIONS, extended_by

    found = extended_by(layer).items()
    return tuple(EDITIONS[key] for key, groups in found if any(map(own, groups)))


def beyond(net: Net, read: Iterable[tuple[Entry, str]], edition: str) -> Iterator[Diagnostic]:
    """What BVLC refuses of a net, and forks take. read: the layers that have been read as a fork does, and how."""
    found: dict[str, list[Node]] = {}
    fields: dict[int, str] = {}  # of each layer, which many nodes may have in common
    for node in net.layers:
        layer = node.params
        if id(layer) not in fields:
            fields[id(layer)] = accepted_fields(layer)
        if said := accepted(layer, partial(net.site, node)) or fields[id(layer)]:
            found.setdefault(said, []).append(node)
    for said, (first, *others) in found.items():
        more = f", here and in {len(others)} other layer{'s' * (len(others) > 1)}" if others else ""
        yield (ForksOwn if edition else AcceptedByForks)(said + more, first.origin.labels(""))
    for entry, how in read if edition else ():
        yield ForksOwn(f'"{entry.fields.name}" fits only as a fork reads it: {how}', entry.origin.labels(""))
