"""Whether two values are the same, where what is no number (NaN) equals itself, as `==` does not have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from netspec.layers.model import Model


def alike(a: Any, b: Any) -> bool:
    """As `a == b`, but that NaN equals NaN, at whatever depth of tuples, mappings, models and data classes."""
    if a is b or a == b:
        return True
    if a.__class__ is not b.__class__:
        return False
    match a:
        case float():
            return a != a and b != b
        case tuple() | list():
            items, others = cast("tuple[Any, ...]", a), cast("tuple[Any, ...]", b)
            return len(items) == len(others) and all(map(alike, items, others))
        case Mapping():
            one, other = cast("Mapping[Any, Any]", a), cast("Mapping[Any, Any]", b)
            return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
        case Model():
            return alike(dict(a), dict(b))
        case _ if is_dataclass(a):
            return all(alike(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
        case _:
            return False
