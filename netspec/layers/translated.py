"""The fields of classes that plugins write with pydantic's `Field`."""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo as Theirs

from netspec.layers.fields import FieldInfo, Limit

LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def translated(field: Theirs) -> FieldInfo:
    """The same field. What pydantic alone has a meaning for stays as it is in the metadata, for it to judge."""
    default: Any = ... if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    metadata = [limit for each in field.metadata for limit in _limits(each)]
    return FieldInfo(None, default, field.alias, field.description or "", tuple(metadata))


def _limits(rule: Any) -> list[Any]:
    if type(rule).__module__ == "annotated_types":
        found = [Limit(name, getattr(rule, name)) for name in LIMITS if hasattr(rule, name)]
        return found or [rule]
    if getattr(rule, "__dict__", None) == {"allow_inf_nan": False}:
        return [Limit("allow_inf_nan", False)]
    return [rule]
