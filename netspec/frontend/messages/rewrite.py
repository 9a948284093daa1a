"""What both upgrades need: pieces of a document, made from pieces of a document."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.scalars import BadScalar, string

# How images are transformed, which data layers once said in their own message; by the names of V0.
TRANSFORM = {"scale": "scale", "meanfile": "mean_file", "cropsize": "crop_size", "mirror": "mirror"}


def values(field: Field) -> tuple[Value, ...]:
    """The values of one field, which may be a list."""
    return field.value.values if isinstance(field.value, Items) else (field.value,)


def strings(message: Message, name: str) -> list[str]:
    """The values of a field that are strings; others are reported when the field is decoded."""
    found = (value for f in message.fields if f.name == name for value in values(f))
    return [text for value in found if (text := _string(value)) is not None]


def _string(value: Value) -> str | None:
    try:
        return string(value) if isinstance(value, Scalar) else None
    except BadScalar:
        return None


def quoted(text: str, place: Scalar) -> Scalar:
    """A string in the place of another scalar."""
    return Scalar(Kind.STRING, f'"{text}"', place.start)


def group(name: str, fields: Sequence[Field]) -> Field:
    """A message of fields that stood elsewhere; its place is theirs."""
    start = min(field.start for field in fields)
    return Field(name, Message(tuple(fields), start, max(field.span.end for field in fields)), start)
