"""The names by which uses of a block share their parameters, written out: prototxt has no other way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netspec.convert.text import quoted
from netspec.frontend.driver import in_state, read
from netspec.frontend.messages.rewrite import values
from netspec.frontend.messages.rules import NetState
from netspec.frontend.spec import Request, Spec
from netspec.net import Param
from netspec.syntax.document import Document, Field, Kind, Message, Scalar

MADE = -2  # where a field begins that is nowhere in the text


def with_names(plain: Document, written: Document, request: Request) -> Document:
    """The document that `written` has been expanded to, with a `param { name: … }` for each parameter that layers share
    because of their uses. How many a layer has is known once it has been measured, in a state that it is part of."""
    spec = read(written, request)
    found: dict[int, tuple[Param, ...]] = {}
    for state in _states(spec):
        net, _ = in_state(spec, state, request)
        for node in net.layers if net is not None else ():
            if node.origin.name.start in spec.shared:
                found[node.origin.name.start] = node.blobs
        if len(found) == len(spec.shared):
            break
    return plain._replace(fields=tuple(_named(field, found) for field in plain.fields))


def _states(spec: Spec) -> Iterable[NetState]:
    """Those that are checked, then as many others as there may be for layers that are in none of them."""
    checked = spec.states(0, ())
    yield from checked
    yield from (state for state in spec.told_apart(0, ()) if state not in checked)


def _named(field: Field, found: Mapping[int, tuple[Param, ...]]) -> Field:
    params, body = found.get(field.start), field.value
    if not params or field.name != "layer" or not isinstance(body, Message):
        return field
    given = [value for part in body.fields if part.name == "param" for value in values(part)]
    made = [_param(value, param) for value, param in zip((*given, *(None,) * len(params)), params, strict=False)]
    kept = [part for part in body.fields if part.name != "param"]
    head = 1 + max((i for i, part in enumerate(kept) if part.name in ("name", "type", "bottom", "top")), default=-1)
    return field._replace(value=body._replace(fields=(*kept[:head], *made, *kept[head:])))


def _param(given: object, param: Param) -> Field:
    """What is said of a parameter, with its name."""
    body = given if isinstance(given, Message) else Message((), MADE, MADE)
    said = {part.name for part in body.fields}
    more = list[Field]()
    if "name" not in said:
        more.append(_field("name", Kind.STRING, quoted(param.name)))
    if not param.blob.learnable and "lr_mult" not in said:
        more.append(_field("lr_mult", Kind.NUMBER, "0"))
    return Field("param", body._replace(fields=(*more, *body.fields)), body.start)


def _field(name: str, kind: Kind, text: str) -> Field:
    return Field(name, Scalar(kind, text, MADE), MADE)
