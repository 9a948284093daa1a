"""Formats of old, rewritten to today's: `layers` entries to `layer`, `input` fields to an Input layer.

From document to document: new fields keep the places of what they come from. Source: upgrade_proto.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.old_types import V1, V1_MESSAGES, of_v1
from netspec.frontend.lower.upgrade_v0 import nested, upgrade_v0
from netspec.frontend.messages.rewrite import TRANSFORM, group, quoted, strings, values
from netspec.frontend.messages.schema import beside
from netspec.layers.base import Layer
from netspec.problems.fields import BadValue, IgnoredField, LegacyInput, MixedFormats
from netspec.syntax.document import Field, Kind, Message, Scalar

# The fields with which V1 described parameter blobs, and those of today's `param`.
PER_BLOB = {"param": "name", "blob_share_mode": "share_mode", "blobs_lr": "lr_mult", "weight_decay": "decay_mult"}
MOVED = frozenset(TRANSFORM.values())
INPUTS = ("input", "input_dim", "input_shape")


def upgrade(fields: tuple[Field, ...], report: Findings) -> tuple[Field, ...]:
    """The fields of a net in today's format."""
    names = {field.name for field in fields}
    if "layers" in names:
        if "layer" in names:
            old, new = (next(f for f in fields if f.name == name) for name in ("layers", "layer"))
            message = "layer and layers entries in one file: Caffe would drop those called layer"
            report.add(MixedFormats, message, new.name_span, (old.name_span, "the older format"))
        fields = tuple(_upgrade_layers(fields, report))
    if not names.isdisjoint(INPUTS):
        fields = (*_input_layer(fields, report), *(field for field in fields if field.name not in INPUTS))
    return fields


def _upgrade_layers(fields: tuple[Field, ...], report: Findings) -> Iterator[Field]:
    """V0 and V1 layers as V2, all other fields as they are."""
    flat: list[Field] = []
    for field in fields:
        if field.name == "layers" and len(values(field)) != 1:
            flat += [Field(field.name, value, value.span.start) for value in values(field)]
        else:
            flat.append(field)
    for field in upgrade_v0(flat, report) if any(nested(field) for field in flat) else flat:
        yield _upgrade_v1(field, report) if field.name == "layers" else field


def _upgrade_v1(field: Field, report: Findings) -> Field:
    body = field.value
    if not isinstance(body, Message):
        return field._replace(name="layer")
    layer: type[Layer] | None = None
    fields: list[Field] = []
    for part in body.fields:
        if part.name == "type" and isinstance(part.value, Scalar):
            layer = of_v1(part.value.text)
            part = _upgrade_type(part, part.value, layer, report)
        if part.name not in PER_BLOB:
            fields.append(part)
    if layer is not None and layer.message and (old := V1_MESSAGES.get(layer.type_name())):
        fields = [f._replace(name=layer.message) if f.name == old else f for f in fields]
    if layer is not None and layer.message and "transform_param" in beside(layer):
        fields = _move_transform(fields, layer.message)
    fields += _params(body.fields)
    return Field("layer", body._replace(fields=tuple(fields)), field.start)


def _upgrade_type(field: Field, name: Scalar, layer: type[Layer] | None, report: Findings) -> Field:
    """`type: CONVOLUTION` as `type: "Convolution"`; a name that V1 did not have is kept, and will not be found."""
    if name.kind is Kind.STRING:
        help = "write an entry with a type in quotes as layer, without s"
        report.add(
            BadValue, "a type in a layers entry is a name without quotes, such as CONVOLUTION", name.span, help=help
        )
        return field
    return field._replace(value=quoted(V1.get(name.text, name.text), name))


def _params(fields: Sequence[Field]) -> Iterator[Field]:
    """What V1 said of the parameter blobs field by field, as one `param` for each blob."""
    columns = [
        [Field(today, value, value.span.start) for f in fields if f.name == name for value in values(f)]
        for name, today in PER_BLOB.items()
    ]
    for column in zip_longest(*columns):
        yield group("param", [part for part in column if part is not None])


def _move_transform(fields: list[Field], own: str) -> list[Field]:
    """How data is transformed, moved from the data layer's own message to `transform_param`, which it overrides."""
    moved: list[Field] = []
    for i, field in enumerate(fields):
        if field.name == own and isinstance(field.value, Message):
            moved += [f for f in field.value.fields if f.name in MOVED]
            kept = tuple(f for f in field.value.fields if f.name not in MOVED)
            fields[i] = field._replace(value=field.value._replace(fields=kept))
    if not moved:
        return fields
    names = {field.name for field in moved}
    for i, field in enumerate(fields):
        if field.name == "transform_param" and isinstance(field.value, Message):
            kept = tuple(f for f in field.value.fields if f.name not in names)
            fields[i] = field._replace(value=field.value._replace(fields=(*kept, *moved)))
            return fields
    return [*fields, group("transform_param", moved)]


def _input_layer(fields: tuple[Field, ...], report: Findings) -> Iterator[Field]:
    """The layer that stands for `input` fields; none where they have no shapes, as Caffe has it."""
    inputs, dims, shapes = ([(f, v) for f in fields if f.name == name for v in values(f)] for name in INPUTS)
    if not inputs or not (dims or shapes):
        return
    from netspec.layers.caffe.input import Input

    given, wanted, name = len(dims), 4 * len(inputs), "input_dim"
    if shapes:
        given, wanted, name = len(shapes), len(inputs), "input_shape"
        written = [Field("shape", value, field.start) for field, value in shapes]
    else:
        sizes = [Field("dim", value, value.span.start) for _, value in dims]
        written = [group("shape", sizes[i : i + 4]) for i in range(0, len(sizes), 4)]
    if given != wanted:
        problem = LegacyInput if given < wanted else IgnoredField
        message = f"{given} {name} for {len(inputs)} input{'s' * (len(inputs) > 1)}, which take {wanted}"
        report.add(problem, message, (shapes or dims)[-1][0].span, inputs[0][0].span)
    start = inputs[0][0].start
    called = [
        Field(field, quoted(text, Scalar(Kind.STRING, "", start)), start)
        for field, text in (("name", "input"), ("type", Input.type_name()))
    ]
    tops = [Field("top", value, value.span.start) for _, value in inputs]
    assert Input.message
    yield group("layer", [*called, *tops, group(Input.message, written[: len(inputs)])])


def shaped(fields: Sequence[Field]) -> bool:
    """Whether `input` fields have a shape each, and so make an Input layer."""
    inputs, dims, shapes = (sum(len(values(f)) for f in fields if f.name == name) for name in INPUTS)
    return inputs > 0 and (shapes == inputs if shapes else dims == 4 * inputs)


def shapeless_inputs(fields: tuple[Field, ...]) -> dict[str, str]:
    """For `input` fields that are dropped because the file gives no shape: why a blob of that name is missing."""
    if any(f.name in INPUTS[1:] for f in fields):
        return {}
    names = strings(Message(tuple(f for f in fields if f.name == "input"), 0, 0), "input")
    return {name: f'input: "{name}" declares it without a shape: add input_shape {{ dim: … }}' for name in names}
