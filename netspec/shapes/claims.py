"""For which values of its symbols something holds of sizes: always, never, or when "H is a multiple of 16".

Sizes of one symbol are decided exactly: with P the least common multiple of what their floors divide by, each residue
of H modulo P makes them linear, so that values need to be tried over one period alone. Source of the rounding bounds
used before that: x − (d − 1) ≤ d·(x // d) ≤ x for integers x and d > 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd, lcm
from typing import TypeAlias

from netspec.shapes.terms import Atom, Claim, Terms, evaluate, linear, symbols_of, text, without

MAX_PERIOD = 4096  # beyond it a condition is told as an equation
# Slopes by symbol, the lowest and the highest offset, all of them times the last.
Envelope: TypeAlias = tuple[dict[str, int], int, int, int]


@dataclass(frozen=True)
class ValueSet:
    """Values of one symbol: those with certain residues, or a few. All are positive; `residues` are below `period`."""

    period: int = 1
    residues: frozenset[int] = frozenset({0})
    few: tuple[int, ...] | None = None

    def __contains__(self, value: int) -> bool:
        return value in self.few if self.few is not None else value % self.period in self.residues

    @property
    def all(self) -> bool:
        return self.few is None and len(self.residues) == self.period

    @property
    def none(self) -> bool:
        return not self.few if self.few is not None else not self.residues

    def meet(self, other: ValueSet) -> ValueSet | None:
        """The values that are in both; None where the period would be too large."""
        if self.few is not None:
            return ValueSet(few=tuple(value for value in self.few if value in other))
        if other.few is not None:
            return other.meet(self)
        period = self.period * other.period // gcd(self.period, other.period)
        if period > MAX_PERIOD:
            return None
        return _reduced(period, frozenset(r for r in range(period) if r in self and r in other))

    def within(self, other: ValueSet) -> bool:
        """Whether all of them are among the others."""
        if self.few is not None:
            return all(value in other for value in self.few)
        return other.few is None and self.meet(other) == self

    def above(self, least: int) -> ValueSet:
        """Those from `least` on, as far as there are few."""
        return self if self.few is None else ValueSet(few=tuple(value for value in self.few if value >= least))

    def first(self, least: int, count: int) -> list[int]:
        """The smallest of them from `least` on."""
        if self.few is not None:
            return [value for value in self.few if value >= least][:count]
        found: list[int] = []
        value = least
        while len(found) < count and self.residues:
            if value % self.period in self.residues:
                found.append(value)
            value += 1
        return found

    def say(self, *names: str) -> str:
        """`H is a multiple of 16`; of several symbols `H and W are multiples of 16`."""
        name = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        verb, multiple = ("are", "multiples") if len(names) > 1 else ("is", "a multiple")
        if self.few is not None:
            return f"{name} {verb} {listed(_runs(list(self.few)))}"
        if self.period == 2:
            return f"{name} {verb} {'odd' if 1 in self.residues else 'even'}"
        if self.residues == frozenset({0}):
            return f"{name} {verb} {multiple} of {self.period}"
        if len(self.residues) == 1:
            return f"{name} {verb} {next(iter(self.residues))} more than a multiple of {self.period}"
        if len(self.residues) == self.period - 1 and 0 not in self.residues:
            return f"{name} {verb} no {multiple.removeprefix('a ')} of {self.period}"
        return f"{name} mod {self.period} {verb} {listed(_runs(sorted(self.residues)))}"


def verdict(claim: Claim) -> bool | None:
    """Whether a claim holds for all positive values of its symbols, for none (False), or for some (None)."""
    terms = claim.terms
    if not any(monomial for monomial, _ in terms):
        value = evaluate(terms, {})
        return value == 0 if claim.equal else value >= 0
    least, most = extremes(terms)
    if claim.equal:
        if (least is not None and least > 0) or (most is not None and most < 0) or _indivisible(terms):
            return False
        found = roots(terms)
        return None if found is None or not (found.all or found.none) else found.all
    if least is not None and least >= 0:
        return True
    if most is not None and most < 0:
        return False
    found = bound(terms)
    return True if found == 1 else None


def roots(terms: Terms) -> ValueSet | None:
    """For which values of its one symbol the terms are 0. None for several symbols, products, or a large period."""
    tried = _tried(terms)
    if tried is None:
        return None
    values, slope, period = tried
    if not slope:
        return _reduced(period, frozenset(h % period for h, value in values.items() if value == 0))
    few = (h + period * (-value // slope) for h, value in values.items() if not value % slope and -value // slope >= 0)
    return ValueSet(few=tuple(sorted(few)))


def bound(terms: Terms) -> int | None:
    """The least value of its one symbol from which on the terms are never below 0. None where there is none, or it is
    not known."""
    tried = _tried(terms)
    if tried is None:
        return None
    values, slope, period = tried
    if slope < 0 or (not slope and any(value < 0 for value in values.values())):
        return None
    return 1 + max((h + period * (-(value // slope) - 1) for h, value in values.items() if value < 0), default=0)


def _tried(terms: Terms) -> tuple[dict[int, int], int, int] | None:
    """The terms at each value of a period of their symbol, by how much they grow over a period, and the period."""
    if line := linear(terms):
        _, step, offset = line
        return {1: step + offset}, step, 1
    names = symbols_of(terms)
    period = 1
    for monomial, _ in terms:
        for atom in monomial:
            period = period * atom.period // gcd(period, atom.period)
    if len(names) != 1 or period > MAX_PERIOD or _envelope(terms) is None:
        return None
    (name,) = names
    values = {h: evaluate(terms, {name: h}) for h in range(1, period + 1)}
    return values, evaluate(terms, {name: 1 + period}) - values[1], period


def _reduced(period: int, residues: frozenset[int]) -> ValueSet:
    """With the smallest period that says the same."""
    for smaller in (d for d in range(1, period + 1) if period % d == 0):
        kept = frozenset(r % smaller for r in residues)
        if len(kept) * (period // smaller) == len(residues):
            return ValueSet(smaller, kept)
    return ValueSet(period, residues)


def _envelope(terms: Terms) -> Envelope | None:
    """Slopes by symbol, and how far the terms may be below and above what these give; None for products."""
    slopes: dict[str, int] = {}
    low = high = 0
    scale = 1
    for monomial, n in terms:
        if len(monomial) > 1:
            return None
        if not monomial:
            low, high = low + n * scale, high + n * scale
            continue
        around = _around(monomial[0])
        if around is None:
            return None
        more, below, above, parts = around
        if parts != scale:
            wider = lcm(scale, parts)
            if wider != scale:
                by = wider // scale
                slopes, low, high, scale = (
                    {name: slope * by for name, slope in slopes.items()},
                    low * by,
                    high * by,
                    wider,
                )
            n *= wider // parts
        for name, slope in more.items():
            slopes[name] = slopes.get(name, 0) + n * slope
        below, above = n * below, n * above
        low, high = low + min(below, above), high + max(below, above)
    return slopes, low, high, scale


def _around(atom: Atom) -> Envelope | None:
    if not atom.inner:
        return {atom: 1}, 0, 0, 1
    inner = _envelope(atom.inner)
    if inner is None:
        return None
    slopes, low, high, scale = inner
    return slopes, low - (atom.divisor - 1) * scale, high, scale * atom.divisor


def extremes(terms: Terms) -> tuple[int | None, int | None]:
    """What the terms are never below, and never above, for positive symbols; None where that is not known."""
    if line := linear(terms):  # as most sizes of most nets
        return line[1] + line[2], None
    around = _envelope(terms)
    if around is not None:
        slopes, low, high, scale = around
        total = sum(slopes.values())
        least = -(-(low + total) // scale) if all(slope >= 0 for slope in slopes.values()) else None
        return least, (high + total) // scale if all(slope <= 0 for slope in slopes.values()) else None
    least = most = 0
    lows = highs = True
    for monomial, n in terms:
        bottom = 1
        for atom in monomial:
            below = extremes(atom.inner)[0] if atom.inner else 1
            below = None if below is None else below // atom.divisor
            bottom = bottom * below if below is not None and below >= 0 else -1
            if bottom < 0:
                return None, None
        if n > 0:
            least, highs = least + n * bottom, highs and not monomial
            most += n
        else:
            most, lows = most + n * bottom, lows and not monomial
            least += n
    return least if lows else None, most if highs else None


def _indivisible(terms: Terms) -> bool:
    """Whether every product is a multiple of something that the number beside them is not."""
    number = sum(n for monomial, n in terms if not monomial)
    return number % gcd(*(n for monomial, n in terms if monomial)) != 0


def equation(terms: Terms, order: Mapping[str, int]) -> str:
    """terms = 0 with nothing negative on either side, the first symbol on the left: `N*H = 2*W`."""

    def place(side: Terms) -> tuple[int, int]:
        return min((order.get(name, len(order)) for name in symbols_of(side)), default=len(order)), -len(side)

    left = tuple((monomial, n) for monomial, n in terms if n > 0)
    right = tuple((monomial, -n) for monomial, n in terms if n < 0)
    left, right = sorted((left, right), key=place)
    return f"{text(left, order)} = {text(right, order)}"


def simplified(claim: Claim) -> Claim:
    """The same claim without common factors."""
    terms = claim.terms
    for atom in terms[0][0] if terms else ():
        if not atom.inner and all(atom in monomial for monomial, _ in terms):
            terms = tuple(sorted((without(monomial, atom), n) for monomial, n in terms))
    factor = gcd(*(n for _, n in terms)) or 1
    if claim.equal and terms and terms[-1][1] < 0:
        factor = -factor
    return Claim(claim.equal, tuple((monomial, n // factor) for monomial, n in terms))


def listed(words: list[str]) -> str:
    """`1, 2 or 5`."""
    return " or ".join([*([", ".join(words[:-1])] if words[:-1] else []), *words[-1:]])


def _runs(numbers: list[int]) -> list[str]:
    """`0`, `9 to 15`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]
