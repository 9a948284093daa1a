"""What is wrong in every use of a block, told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from netspec.diagnostics.diagnostic import Diagnostic, Label

Uses = tuple[Label, ...]


@dataclass
class _Place:
    """What is found in one place of a text: all that is said of it in the first use, and the other uses."""

    first: Uses
    kept: dict[Diagnostic, None] = field(default_factory=dict[Diagnostic, None])
    others: set[Uses] = field(default_factory=set[Uses])


def once(found: Iterable[Diagnostic], more: bool = False) -> list[Diagnostic]:
    """Without what is said again of the same text. Of a fault in a block that several uses have, or several turns of a
    repetition, the first is kept, and says how many others there are; their messages may have other sizes in them.

    more: there may be uses beyond those of `found`.
    """
    places: dict[object, _Place] = {}
    for diagnostic in found:
        uses = uses_of(diagnostic)
        place = places.setdefault(_key(diagnostic, uses), _Place(uses))
        if uses == place.first:
            place.kept.setdefault(diagnostic)
        else:
            place.others.add(uses)
    return [_counted(diagnostic, place, more) for place in places.values() for diagnostic in place.kept]


def uses_of(diagnostic: Diagnostic) -> Uses:
    """The uses that led to the place at fault."""
    return tuple(takewhile(lambda label: label.use, diagnostic.labels[1:]))


def _key(diagnostic: Diagnostic, uses: Uses) -> object:
    """What is said of the same text; of a text in no block, every message for itself."""
    if not uses:
        return diagnostic.code, diagnostic.labels[:1], diagnostic.message
    return diagnostic.code, diagnostic.labels[0].source, diagnostic.labels[0].span


def _counted(diagnostic: Diagnostic, place: _Place, more: bool) -> Diagnostic:
    if not place.others:
        return diagnostic
    head, use, *rest = diagnostic.labels
    number = len(place.others)
    said = f"{use.text}, and in {'at least ' if more else ''}{number} other{'s' * (number > 1)}"
    return replace(diagnostic, labels=(head, use._replace(text=said), *rest))
