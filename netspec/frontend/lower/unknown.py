"""Layers of types that are nowhere: what their fields say, as far as text tells it without a message's definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netspec.layers.unknown import Said, Unknown, UnknownData, UnknownSink
from netspec.syntax import scalars
from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value

OWN = "_param"  # what the messages of layer types end in


def unknown_layer(type_name: str, fields: Iterable[Field], general: Mapping[str, Any], same_shape: bool) -> Unknown:
    """A layer with fields of its type, and the values of those that any has. Its own message, and those beside it, do
    not show in its values."""
    kind = UnknownSink if not general.get("top") else Unknown if general.get("bottom") else UnknownData
    said = tuple(Said(param.name, param.lr_mult, param.decay_mult) for param in general.get("param", ()))
    return kind.model_construct(kind=type_name, values=_values(_opened(fields)), same_shape=same_shape, said=said)


def _opened(fields: Iterable[Field]) -> Iterator[Field]:
    """The fields in the messages of layer types, and those beside. A name that is taken gets its message before it."""
    taken = dict[str, str]()
    for field in fields:
        if not isinstance(field.value, Message) or not field.name.endswith(OWN):
            yield field
            continue
        for inner in field.value.fields:
            other = taken.setdefault(inner.name, field.name) != field.name
            yield inner._replace(name=f"{field.name}_{inner.name}") if other else inner


def _values(fields: Iterable[Field]) -> dict[str, Any]:
    """By name; those of a name that is there several times together."""
    found: dict[str, list[Any]] = {}
    several = set[str]()
    for field in fields:
        items = field.value.values if isinstance(field.value, Items) else (field.value,)
        if field.name in found or isinstance(field.value, Items):
            several.add(field.name)
        found.setdefault(field.name, []).extend(map(_value, items))
    return {name: tuple(values) if name in several else values[0] for name, values in found.items()}


def _value(value: Value) -> Any:
    if isinstance(value, Message):
        return _values(value.fields)
    if isinstance(value, Items):
        return tuple(map(_value, value.values))
    return _scalar(value)


def _scalar(scalar: Scalar) -> bool | int | float | str:
    """What a literal looks like: an enum's value is a text."""
    if scalar.kind is Kind.NAME and scalar.text in ("true", "false"):
        return scalar.text == "true"
    for reader in (scalars.int64, scalars.real, scalars.string):
        try:
            return reader(scalar)
        except scalars.BadScalar:
            continue
    return scalar.text
