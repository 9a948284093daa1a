"""Which kinds of diagnostics are told: those that somebody has selected, and has not ignored.

Codes are named whole, `NS214`, or by how they begin, `NS8`. What makes a spec unusable does not vanish by accident:

- An error is told whatever is selected, and vanishes only where its whole code is ignored.
- That a text, a plugin or the configuration cannot be read (`FIXED`) is always told.
- Of warnings and notes the longest name decides; of two that are equal, the one that ignores.
- What is `optional` is told where it is selected, by itself or with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from netspec.diagnostics.diagnostic import Diagnostic, Severity

MARK = "netspec:"  # what a text holds in which comments may say what is not told of a line
FIXED = ("NS1", "NS6", "NS9")  # how the codes of errors begin that cannot be ignored


class Selection(NamedTuple):
    """What is told of a file. select: of warnings and notes these alone, None for all that are not optional. extend:
    these, too. ignore: not these. never: not these, whatever is selected. Each is a code, or how some begin."""

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def keeps(self, kind: type[Diagnostic] | Diagnostic) -> bool:
        """Whether what is found of a kind is told."""
        if kind.severity is Severity.ERROR:
            return kind.code not in (*self.ignore, *self.never) or fixed(kind)
        if _nearest(kind.code, self.never):
            return False
        wanted = _nearest(kind.code, (*(self.select or ()), *self.extend))
        if not wanted and (self.select is not None or kind.optional):
            return False
        return not (ignored := _nearest(kind.code, self.ignore)) or wanted > ignored

    def kept(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Of what is found, that which is told."""
        return tuple(diagnostic for diagnostic in found if self.keeps(diagnostic))


EVERYTHING = Selection()  # that is not optional


def fixed(kind: type[Diagnostic] | Diagnostic) -> bool:
    """Whether it is told in any case."""
    return kind.severity is Severity.ERROR and kind.code.startswith(FIXED)


def unselectable(name: str, kinds: Mapping[str, type[Diagnostic]], ignored: bool = False) -> str | None:
    """Why a name cannot be selected, or ignored; None for one that can. kinds: all, by code."""
    meant = [kind for code, kind in kinds.items() if name and code.startswith(name)]
    if not meant:
        from netspec.diagnostics.suggest import did_you_mean

        code = next((code for code, kind in kinds.items() if kind.title == name.lower()), None)
        close = f"did you mean {code}?" if code else did_you_mean(name, kinds)
        return "; ".join(filter(None, (f"no code of a diagnostic begins with {name!r}", close)))
    if ignored and all(map(fixed, meant)):
        return f"{name} cannot be ignored: it says that something cannot be read"
    return None


def _nearest(code: str, names: Iterable[str]) -> int:
    """How long the longest name is that a code begins with; 0 where none is."""
    return max((len(name) for name in names if code.startswith(name)), default=0)
