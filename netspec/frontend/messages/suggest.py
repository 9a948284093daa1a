"""What the author of a spec may have meant by the name of a layer type, and where a field is at home."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from netspec import layers
from netspec.diagnostics.suggest import LONGEST, did_you_mean
from netspec.layers.base import Layer
from netspec.layers.index import MESSAGES

NEAR = 0.7  # how similar types are at least that are taken for each other: there are many, of short names


def which_type(name: str, known: Collection[str]) -> str | None:
    """As `did_you_mean`, for a layer type: the same name in other letters, then what other frameworks call so, then
    what is spelt alike. What stands for a Python layer is no answer."""
    if same := did_you_mean(name, known, cutoff=1):
        return same
    from netspec.frontend.messages.synonyms import type_synonym

    if len(name) <= LONGEST and (synonym := type_synonym(name, known)):
        return synonym.question if synonym.name else None
    return did_you_mean(name, _own_types(tuple(known)), cutoff=NEAR)


@lru_cache(maxsize=8)
def _own_types(known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in known if not one.startswith("Python"))


@cache
def readers(message: str) -> tuple[type[Layer], ...]:
    """The layer types that read a message. Imports their families."""
    names = MESSAGES.get(message, "").partition(":")[0]
    return tuple(layer for name in names.split() if (layer := layers.find(name)))


@cache
def homes(field: str) -> tuple[str, ...]:
    """The messages that have a field of this name. Imports none of them."""
    return tuple(name for name, held in MESSAGES.items() if field in held.partition(":")[2].split())
