"""Values of fields as a prototxt writes them."""

from enum import Enum
from typing import Any, cast

from netspec.layers.message import Message


def number(value: Any) -> str:
    """`0.1`, `3`; without zeros at the end."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def literal(value: Any) -> str:
    """A value as a prototxt writes it; "" for an empty list."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return value.name
        case str():
            return f'"{value}"'
        case Message():
            given = (f"{name}: {literal(getattr(value, name))}" for name in sorted(value.model_fields_set))
            return f"{{ {' '.join(given)} }}" if value.model_fields_set else "{ }"
        case tuple():
            items = cast(tuple[Any, ...], value)
            return f"[{', '.join(map(literal, items))}]" if items else ""
        case _:
            return number(value)
