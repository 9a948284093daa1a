"""The layer types. Each file holds a family, each room the types of one subject, `caffe` those of BVLC's Caffe alone.

A file is imported when a spec first uses one of its types: `index` says which file that is.
"""

from functools import cache
from importlib import import_module

from netspec.layers.base import Layer, Message
from netspec.layers.index import FAMILIES
from netspec.layers.shared_names import NAMESAKES

FAMILY = {type_name: family for family, types in FAMILIES.items() for type_name in types.split()}


@cache
def find(type_name: str) -> type[Layer] | None:
    """The layer type of a name, or None."""
    family = FAMILY.get(type_name)
    return getattr(import_module(f"netspec.layers.{family}"), type_name) if family else None


def retyped(fields: Message, type_name: str) -> Layer:
    """A layer of another type with the same fields, for those that only their fields tell from it."""
    layer = find(type_name)
    assert layer is not None, type_name
    kept = {name: value for name, value in fields if name in layer.model_fields}
    return layer.model_construct(fields.model_fields_set & kept.keys(), **kept)


@cache
def namesakes(type_name: str) -> tuple[type[Layer], ...]:
    """The layer types that forks mean by a name; none for a name with one meaning."""
    return tuple(layer for each in NAMESAKES.get(type_name, ()) if (layer := find(each.type_name)))


def every() -> list[type[Layer]]:
    """All layer types, by name. Imports every family."""
    return [layer for name in sorted(FAMILY) if (layer := find(name))]
