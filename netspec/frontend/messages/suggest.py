"""What the author of a spec may have meant by the name of a layer type, and where a field is at home."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from netspec import layers
from netspec.diagnostics.suggest import LONGEST, did_you_mean
from netspec.frontend.messages.schema import beside, message_of, schema
from netspec.frontend.messages.synonyms import type_synonym
from netspec.layers.base import Layer
from netspec.layers.extensions import widest

NEAR = 0.7  # how similar types are at least that are taken for each other: there are many, of short names


def which_type(name: str, known: Collection[str]) -> str | None:
    """As `did_you_mean`, for a layer type: the same name in other letters, then what other frameworks call so, then
    what is spelt alike. What stands for a Python layer is no answer."""
    if same := did_you_mean(name, known, cutoff=1):
        return same
    if len(name) <= LONGEST and (synonym := type_synonym(name, known)):
        return synonym.question if synonym.name else None
    return did_you_mean(name, _own_types(tuple(known)), cutoff=NEAR)


@lru_cache(maxsize=8)
def _own_types(known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in known if not one.startswith("Python"))


@cache
def messages() -> dict[str, tuple[type[Layer], ...]]:
    """Every message that some layer type reads, with all such types. Imports every family."""
    found: dict[str, tuple[type[Layer], ...]] = {}
    for layer in layers.every():
        for name in (*beside(widest(layer)), layer.message):
            if name is not None:
                found[name] = (*found.get(name, ()), layer)
    return found


@cache
def homes(field: str) -> tuple[str, ...]:
    """The messages that have a field of this name."""
    return tuple(
        name
        for name, readers in sorted(messages().items())
        if any(
            field in (schema(layer) if name == layer.message else message_of(layer, name).message or ())
            for layer in readers
        )
    )
