"""The oldest format, V0, rewritten to V1: `layers { layer { type: "conv" … } bottom: … top: … }`.

Source: UpgradeV0PaddingLayers, UpgradeV0LayerParameter (upgrade_proto.cpp).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from netspec import layers
from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.old_types import OF_TODAY, V0, V0Type
from netspec.frontend.messages.rewrite import TRANSFORM, group, strings
from netspec.problems.fields import IgnoredField, LegacyPadding
from netspec.syntax.document import Field, Kind, Message, Scalar

PADDING = "padding"  # a layer of its own once; later a field of the layer after it
GENERAL = frozenset({"name", "blobs", "blobs_lr", "weight_decay"})


@cache
def v0_fields() -> frozenset[str]:
    """All fields of a V0 layer, whatever its type."""
    own = {name for old in V0.values() for name in (*old.fields, message_of_v0(old)) if name}
    return GENERAL | TRANSFORM.keys() | own


def message_of_v0(old: V0Type) -> str | None:
    """What the message of a type is called today."""
    layer = layers.find(old.today)
    return layer.message if layer else None


def nested(field: Field) -> Message | None:
    """The `layer { … }` inside a V0 entry."""
    if field.name != "layers" or not isinstance(field.value, Message):
        return None
    return next((f.value for f in field.value.fields if f.name == "layer" and isinstance(f.value, Message)), None)


def upgrade_v0(fields: Sequence[Field], report: Findings) -> Iterator[Field]:
    """V0 layers as V1, all other fields as they are."""
    for field in _without_padding(fields, report):
        inner = nested(field)
        yield field if inner is None else _v1(field, inner, report)


def _without_padding(fields: Sequence[Field], report: Findings) -> Iterator[Field]:
    """Padding layers become the `pad` of the layers that read them."""
    paddings: dict[str, Field] = {}  # blobs whose newest version a padding layer has written
    for field in fields:
        body, inner = field.value, nested(field)
        if inner is None or not isinstance(body, Message):
            yield field
            continue
        type_name, bottoms = _type(inner), strings(body, "bottom")
        read = [paddings[blob] for blob in bottoms if blob in paddings]
        if read:
            reader, padded = V0.get(type_name), inner
            if len(bottoms) == 1 and reader is not None and "pad" in reader.fields:
                padded = _padded(inner, read[0])
            else:
                message = "a padding layer is read by a layer that cannot take its place"
                report.add(LegacyPadding, message, field.name_span, (read[0].name_span, "the padding layer"))
            field = field._replace(value=_bypassing(body, paddings, inner, padded))
        for blob in strings(body, "top"):
            paddings.pop(blob, None)
            if type_name == PADDING:
                paddings[blob] = field
        if type_name != PADDING:
            yield field


def _type(inner: Message) -> str:
    return next(iter(strings(inner, "type")), "")


def _padded(inner: Message, padding: Field) -> Message:
    """A layer with the `pad` of the padding layer before it."""
    source = nested(padding)
    pads = tuple(f for f in source.fields if f.name == "pad") if source else ()
    return inner._replace(fields=(*(f for f in inner.fields if f.name != "pad"), *pads))


def _bypassing(body: Message, paddings: Mapping[str, Field], inner: Message, padded: Message) -> Message:
    """An entry that reads what the padding layers before it read; `padded` takes the place of `inner`."""
    fields: list[Field] = []
    for field in body.fields:
        blobs = strings(Message((field,), 0, 0), "bottom")
        sources = [paddings[blob].value for blob in blobs if blob in paddings]
        if sources:
            fields += (f for s in sources if isinstance(s, Message) for f in s.fields if f.name == "bottom")
        else:
            fields.append(field._replace(value=padded) if field.value is inner else field)
    return body._replace(fields=tuple(fields))


def _v1(field: Field, inner: Message, report: Findings) -> Field:
    body = field.value
    assert isinstance(body, Message)
    old = V0.get(_type(inner))
    renamed: Mapping[str, str] = old.fields if old else {}
    message = message_of_v0(old) if old else None
    general: list[Field] = []
    own: list[Field] = []
    transform: list[Field] = []
    for part in inner.fields:
        name = part.name
        if name == "type" and isinstance(part.value, Scalar):
            text = OF_TODAY[old.today] if old else _type(inner)
            general.append(part._replace(value=Scalar(Kind.NAME, text, part.value.start)))
        elif name in TRANSFORM:
            transform.append(part._replace(name=TRANSFORM[name]))
        elif name in renamed:
            own.append(part._replace(name=renamed[name]))
        elif name in GENERAL or name not in v0_fields() or name == message:
            general.append(part)
        else:
            report.add(IgnoredField, f'a "{_type(inner)}" layer does not read {name}', part.name_span)
    if own and message:
        general.append(group(message, own))
    if transform:
        general.append(group("transform_param", transform))
    outer = (f for f in body.fields if f.value is not inner)
    return field._replace(value=body._replace(fields=(*general, *outer)))
