"""A text without the faults that have a fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from netspec.diagnostics.diagnostic import Diagnostic, errors
from netspec.diagnostics.fix import Fix, applied
from netspec.diagnostics.source import Source

ROUNDS = 10  # a fix may be one that another has made room for
ALONE = 50  # fixes that are tried one by one, where all together do harm

Check: TypeAlias = Callable[[Source], Sequence[Diagnostic]]


class Mended(NamedTuple):
    """The text, and how many fixes have been made."""

    text: str
    fixes: int


def mended(source: Source, check: Check, wanted: Callable[[Diagnostic], bool]) -> Mended:
    """Fixes are made until none is left that is wanted. check: what is wrong with a text. They are kept if in the end
    nothing is wrong that was not wrong before; else those that are so by themselves, in one round. What is at fault in
    another text is left to that."""
    found = check(source)
    best, number, faults = source, 0, found
    for _ in range(ROUNDS):
        text, made = applied(best.text, _fixes(source.name, faults, wanted))
        if not made:
            break
        best, number = _with(source, text), number + made
        faults = check(best)
    if number and not _sound(found, faults):
        best, number = _one_by_one(source, _fixes(source.name, found, wanted), found, check)
    return Mended(best.text, number)


def _fixes(name: str, found: Sequence[Diagnostic], wanted: Callable[[Diagnostic], bool]) -> list[Fix]:
    return [d.fix for d in found if d.fix and d.labels and d.labels[0].source.name == name and wanted(d)]


def _one_by_one(source: Source, fixes: Sequence[Fix], found: Sequence[Diagnostic], check: Check) -> tuple[Source, int]:
    """With those alone that do no harm after those before them."""
    good, best = list[Fix](), source
    for fix in fixes[:ALONE]:
        text, made = applied(source.text, [*good, fix])
        if made > len(good) and _sound(found, check(_with(source, text))):
            good.append(fix)
            best = _with(source, text)
    return best, len(good)


def _sound(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> bool:
    """Whether no kind of fault is there more often than it was."""
    known, now = (Counter(fault.code for fault in errors(found)) for found in (before, after))
    return all(count <= known[code] for code, count in now.items())


def _with(source: Source, text: str) -> Source:
    return Source(source.name, text, source.folder)
