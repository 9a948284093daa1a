"""What the claims of a net come to: the values that each symbol may have, in words, and samples of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, product
from typing import NamedTuple

from netspec.shapes.claims import ValueSet, bound, equation, roots, simplified
from netspec.shapes.terms import Claim, symbols_of

TRIED = 12  # values of a symbol that are tried for a sample


class Solution(NamedTuple):
    """What claims come to: for each symbol of them the values that it may have, and where these begin.

    order: all symbols, as they came up. equations: the claims of several symbols, or of products. claims: all of them.
    """

    order: tuple[str, ...]

    values: Mapping[str, ValueSet]
    least: Mapping[str, int]
    equations: tuple[Claim, ...]
    claims: tuple[Claim, ...]

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether all claims hold at values of the symbols."""
        return all(claim.holds(values) for claim in self.claims)

    def say(self) -> list[str]:
        """`H is a multiple of 16`, `W ≥ 32`, `M = N`."""
        said: list[str] = []
        for name in self.order:
            allowed, least = self.values.get(name, ValueSet()), self.least.get(name, 1)
            if not allowed.all:
                said.append(allowed.say(name))
            if allowed.few is None and allowed.first(least, 1) != allowed.first(1, 1):
                said.append(f"{name} ≥ {least}")
        return said + [equation(claim.terms, places(self.order)) for claim in self.equations]

    def samples(self, count: int) -> list[dict[str, int]]:
        """Small values of all symbols for which the claims hold: up to `count` times different ones, or as many more as
        it takes for each symbol to have two values, where two were found."""
        groups = [self._small(names) for names in self._linked()]
        if not all(groups):
            return []
        count = max(count, *(_until_varied(group) for group in groups)) if groups else count
        found: list[dict[str, int]] = []
        for i in range(count):
            # Symbols that nothing links begin apart, so that sizes that are exchanged by mistake show.
            turns = ((group, i + turn if len(group[0]) == 1 else i) for turn, group in enumerate(groups))
            together = {name: n for group, place in turns for name, n in group[place % len(group)].items()}
            values = {name: together[name] for name in self.order}
            if values not in found:
                found.append(values)
        return found

    def _linked(self) -> list[tuple[str, ...]]:
        """The symbols in groups: those of a claim are in one."""
        groups = {name: {name} for name in self.order}
        for claim in self.claims:
            together = set[str]().union(*(groups[name] for name in symbols_of(claim.terms)))
            groups |= dict.fromkeys(together, together)
        return list(dict.fromkeys(tuple(name for name in self.order if name in groups[n]) for n in self.order))

    def _small(self, names: tuple[str, ...]) -> list[dict[str, int]]:
        """Values of linked symbols for which their claims hold, small ones first, and so that all change soon."""
        claims = [claim for claim in self.claims if symbols_of(claim.terms) <= set(names)]
        each = max(TRIED, int(TRIED ** (4 / len(names)) + 0.5)) if len(names) > 1 else TRIED
        first = [self.values.get(n, ValueSet()).first(self.least.get(n, 1), each) for n in names]
        diagonal = zip(*first, strict=False)  # within reach also where there are many symbols
        every = chain(diagonal, islice(product(*first), TRIED**4))
        tried = (dict(zip(names, values, strict=True)) for values in every)
        fit = [values for values in tried if all(claim.holds(values) for claim in claims)]
        if len(names) == 1:
            return list({values[names[0]]: values for values in fit}.values())
        fit.sort(key=lambda values: max(values.values()))
        chosen: list[dict[str, int]] = []
        seen: set[tuple[str, int]] = set()
        while fit and len(chosen) < TRIED:
            best = max(fit, key=lambda values: len(values.items() - seen))
            if not best.items() - seen:
                break
            chosen.append(best)
            seen |= best.items()
        return chosen


def _until_varied(group: list[dict[str, int]]) -> int:
    """How many of these it takes until each symbol has had a second value, if there is one."""
    several = {name for name in group[0] if len({values[name] for values in group}) > 1}
    varied = (next(i for i, values in enumerate(group) if values[name] != group[0][name]) for name in several)
    return 1 + max(varied, default=0)


def solve(claims: Sequence[Claim], order: Iterable[str]) -> Solution:
    """What claims say of their symbols, all together. order: the symbols, as they came up."""
    least: dict[str, int] = {}
    values: dict[str, ValueSet] = {}
    equations: dict[Claim, None] = {}
    for claim in claims:
        names = symbols_of(claim.terms)
        if not claim.equal and len(names) == 1 and (found := bound(simplified(claim).terms)):
            (name,) = names
            least[name] = max(found, least.get(name, 1))
    for claim in (simplified(claim) for claim in claims if claim.equal):
        found = roots(claim.terms)
        both = None
        if found is not None:
            (name,) = symbols_of(claim.terms)
            both = values.get(name, ValueSet()).meet(found)
            if both is not None:
                values[name] = both.above(least.get(name, 1))
        if both is None:
            equations[claim] = None
    return Solution(tuple(order), values, least, tuple(equations), tuple(claims))


def places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
