"""The places of fields in a layer, for diagnostics."""

from __future__ import annotations

from collections.abc import Iterable

from netspec.diagnostics.fix import Fix, swap
from netspec.diagnostics.source import Span
from netspec.frontend.messages.schema import beside
from netspec.layers.base import Layer
from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.origin import Origin


def own_path(layer: type[Layer], field: str) -> tuple[str, ...]:
    """The names that lead from a layer entry to a field of its type: inside the type's own message, or beside it."""
    first, *rest = field.split(".")
    if first in beside(layer) or layer.message is None:
        return (first, *rest)
    return (layer.message, first, *rest)


def name_span(origin: Origin) -> Span:
    """The place that stands for the layer as a whole: its name where it has one."""
    return origin.span("name")


def place(field: Field, item: Value) -> Span:
    """Of one of the values of a field."""
    if item is not field.value:
        return item.span
    return field.name_span if isinstance(item, Message) else field.span


def find(origin: Origin, path: Iterable[str | int]) -> Span | None:
    """The place of a field with its value, or of its name where the value is a message, which may be long.

    A number in the path counts the values of a repeated field.
    """
    return next(iter(find_all(origin, path)), None)


def find_all(origin: Origin, path: Iterable[str | int]) -> list[Span]:
    """The places of all values of a field."""
    values: list[tuple[Value, Span]] = [(origin.body, origin.name)] if origin.body else []
    for step in path:
        if isinstance(step, int):
            values = values[step : step + 1]
            continue
        fields = [f for v, _ in values if isinstance(v, Message) for f in v.fields if f.name == step]
        values = [
            (item, place(field, item))
            for field in fields
            for item in (field.value.values if isinstance(field.value, Items) else (field.value,))
        ]
    return [span for _, span in values]


def respelt(origin: Origin, path: Iterable[str], meant: str | None) -> Fix | None:
    """What gives a field another text, where it holds one, in one pair of quotes."""
    match next(iter(origin.fields(*path)), None) if meant else None:
        case Field(value=Scalar(Kind.STRING, text, start)) if text.count(text[0]) == 2 and text[0] == text[-1]:
            return swap(start + 1, text[1:-1], meant or "")
        case _:
            return None
