"""What the author of a spec may have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import islice

from netspec import layers
from netspec.frontend.messages.schema import beside, message_of, schema
from netspec.frontend.messages.synonyms import type_synonym
from netspec.layers.base import Layer

# difflib takes time with the square of a name's length; both names and their number may be as large as the file.
LONGEST = 100
MOST = 2000
NEAR = 0.7  # how similar types are at least that are taken for each other: there are many, of short names


def did_you_mean(name: str, candidates: Iterable[str], slip: bool = False, cutoff: float = 0.6) -> str | None:
    """A question with the most similar of the candidates, or None. slip: one letter may be wrong, not more. cutoff: how
    similar it is at least, 1 for the same name."""
    if len(name) > LONGEST:
        return None
    from difflib import get_close_matches

    stems = {_stem(c): c for c in islice(candidates, MOST) if len(c) <= LONGEST}
    stem = _stem(name)
    close = get_close_matches(stem, stems, n=1, cutoff=max(0.75, 1 - 1 / max(len(stem), 1)) if slip else cutoff)
    return f"did you mean {stems[close[0]]}?" if close else None


def which_type(name: str, known: Collection[str]) -> str | None:
    """As `did_you_mean`, for a layer type: the same name in other letters, then what other frameworks call so, then
    what is spelt alike. What stands for a Python layer is no answer."""
    if same := did_you_mean(name, known, cutoff=1):
        return same
    if len(name) <= LONGEST and (synonym := type_synonym(name, known)):
        return synonym.question if synonym.name else None
    return did_you_mean(name, (one for one in known if not one.startswith("Python")), cutoff=NEAR)


def _stem(name: str) -> str:
    """What tells a name from others: all messages end in `_param`."""
    return name.lower().removesuffix("_param")


def one_of(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


@cache
def messages() -> dict[str, tuple[type[Layer], ...]]:
    """Every message that some layer type reads, with all such types. Imports every family."""
    found: dict[str, tuple[type[Layer], ...]] = {}
    for layer in layers.every():
        for name in (*beside(layer), layer.message):
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
