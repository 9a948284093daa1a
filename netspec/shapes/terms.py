"""Polynomials with integer coefficients over atoms, which are what sizes with names are made of.

An atom is a symbol, which stands for any positive integer, or a floor division of a polynomial by a number. Floors are
kept in one form: no integer part inside, no common factor, a floor of a floor is one floor. So chains of layers do not
make sizes grow, and equal sizes are mostly equal as they stand.

Why not SymPy: importing it takes longer than a whole check, and it does not know that floor(floor(H/2)/2) is
floor(H/4), which is all that the sizes of a net are made of. What is needed here is exact, and small.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd
from typing import NamedTuple, TypeAlias

# Of a size, and in its floors; beyond either it counts as unknown.
MAX_TERMS = 64
MAX_NUMBER = 2**63 - 1


class Atom(str):
    """A symbol, or inner // divisor. As a string it is its own key, in which products keep their order."""

    __slots__ = ("divisor", "inner", "period", "symbols", "weight")
    inner: "Terms"
    divisor: int
    weight: int  # how many terms there are in it
    symbols: frozenset[str]
    period: int  # after as many steps of a symbol the floors have grown evenly


Monomial: TypeAlias = tuple[Atom, ...]
Terms: TypeAlias = tuple[tuple[Monomial, int], ...]  # sorted by monomial, none of them 0
_Sum: TypeAlias = dict[Monomial, int]


class Claim(NamedTuple):
    """What is taken for granted of the symbols: terms = 0, or terms ≥ 0."""

    equal: bool
    terms: Terms

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it does at values of the symbols."""
        value = evaluate(self.terms, values)
        return value == 0 if self.equal else value >= 0


def symbols_of(terms: Terms) -> frozenset[str]:
    return frozenset[str]().union(*(atom.symbols for monomial, _ in terms for atom in monomial))


def evaluate(terms: Terms, values: Mapping[str, int]) -> int:
    """The value of terms at values of their symbols."""
    result = 0
    for monomial, coefficient in terms:
        for atom in monomial:
            coefficient *= evaluate(atom.inner, values) // atom.divisor if atom.inner else values[atom]
        result += coefficient
    return result


def linear(terms: Terms) -> tuple[str, int, int] | None:
    """The symbol, step and offset of step·symbol + offset; None where terms are anything else."""
    offset = terms[0][1] if len(terms) == 2 and not terms[0][0] else 0
    monomial, step = terms[-1] if len(terms) == 1 + bool(offset) else ((), 0)
    if len(monomial) != 1 or step < 1 or monomial[0].inner:
        return None
    return str(monomial[0]), step, offset


def growth(terms: Terms) -> dict[tuple[str, ...], Fraction | int]:
    """Terms without their rounding."""
    total: dict[tuple[str, ...], Fraction | int] = {}
    for monomial, n in terms:
        grown: dict[tuple[str, ...], Fraction | int] = {(): n}
        for atom in monomial:
            if not atom.inner:
                grown = {tuple(sorted((*left, str(atom)))): x for left, x in grown.items()}
                continue
            product: dict[tuple[str, ...], Fraction | int] = {}
            for (left, x), (right, y) in ((a, b) for a in grown.items() for b in growth(atom.inner).items()):
                key = tuple(sorted((*left, *right)))
                product[key] = product.get(key, 0) + Fraction(x * y, atom.divisor)
            grown = product
        for symbols, value in grown.items():
            total[symbols] = total.get(symbols, 0) + value
    return {symbols: value for symbols, value in total.items() if value} or {(): 0}


def text(terms: Terms, order: Mapping[str, int], names: Mapping[str, str] | None = None) -> str:
    """`2*((H + 15)//16) - 1`: products before single symbols, the number last. It is Python, and what `--input` takes.

    names: what the symbols are called in emitted code, which is spaced as formatters have it.
    """
    times = " * " if names else "*"
    if line := linear(terms):  # as most sizes of most nets
        name, step, offset = line
        product = times.join([str(step)] * (step > 1) + [names[name] if names else name])
        return f"{product} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else product
    written = [(_factors(monomial, order, names), coefficient) for monomial, coefficient in _ordered(terms, order)]
    result = ""
    for factors, coefficient in written:
        sign = "-" if coefficient < 0 else "+"
        number = [str(abs(coefficient))] if abs(coefficient) != 1 or not factors else []
        several = len(number) + len(factors) > 1
        product = times.join([*number, *(f"({f})" if several and "//" in f else f for f in factors)])
        result += f" {sign} {product}" if result else f"{'-' if coefficient < 0 else ''}{product}"
    return result or "0"


def _factors(monomial: Monomial, order: Mapping[str, int], names: Mapping[str, str] | None) -> list[str]:
    return [_atom(atom, order, names) for atom in sorted(monomial, key=lambda atom: _place(atom, order))]


def _atom(atom: Atom, order: Mapping[str, int], names: Mapping[str, str] | None) -> str:
    if not atom.inner:
        return names[atom] if names else str(atom)
    inner = text(atom.inner, order, names)
    over = " // " if names else "//"
    return f"{inner if inner.isidentifier() else f'({inner})'}{over}{atom.divisor}"


def _place(atom: Atom, order: Mapping[str, int]) -> tuple[int, str]:
    return min((order.get(name, len(order)) for name in atom.symbols), default=0), str(atom)


def _ordered(terms: Terms, order: Mapping[str, int]) -> list[tuple[Monomial, int]]:
    """What is positive first, then by degree and by the order of the symbols; the number last."""

    def key(term: tuple[Monomial, int]) -> tuple[bool, bool, int, list[tuple[int, str]]]:
        monomial, coefficient = term
        return not monomial, coefficient < 0, -len(monomial), sorted(_place(atom, order) for atom in monomial)

    return sorted(terms, key=key)


def of_number(n: int) -> Terms:
    return (((), n),) if n else ()


ONE = of_number(1)


def in_form(total: _Sum) -> Terms:
    return tuple(sorted((monomial, n) for monomial, n in total.items() if n))


def unwieldy(terms: Terms) -> bool:
    weight = len(terms)
    for monomial, n in terms:
        if not -MAX_NUMBER <= n <= MAX_NUMBER:
            return True
        for atom in monomial:
            weight += atom.weight
            if atom.divisor > MAX_NUMBER:
                return True
    return weight > MAX_TERMS


def negated(terms: Terms) -> Terms:
    return tuple((monomial, -n) for monomial, n in terms)


def added(total: _Sum, terms: Iterable[tuple[Monomial, int]], factor: int) -> _Sum:
    """Adds to a sum, which is changed."""
    for monomial, n in terms:
        total[monomial] = total.get(monomial, 0) + factor * n
    return total


def multiplied(a: Terms, b: Terms) -> _Sum:
    total: _Sum = {}
    for left, m in a:
        for right, n in b:
            monomial = tuple(sorted((*left, *right))) if left and right else left or right
            total[monomial] = total.get(monomial, 0) + m * n
    return total


def divided(a: Terms, b: Terms) -> _Sum | None:
    """a // b, for a positive number b, or one product that divides every term of a; else None."""
    if len(b) != 1:
        return None
    (product, divisor), total = b[0], dict(a)
    if divisor < 1:
        return None
    for atom in product:
        lowered: _Sum = {}
        for monomial, n in total.items():
            if atom not in monomial:
                return None
            lowered[without(monomial, atom)] = n
        total = lowered
    return _floor(total, divisor)


def without(monomial: Monomial, atom: Atom) -> Monomial:
    """A product divided by one of its factors."""
    i = monomial.index(atom)
    return (*monomial[:i], *monomial[i + 1 :])


def _floor(total: _Sum, divisor: int) -> _Sum:
    """The sum divided by a number and rounded down, in the one form."""
    constant = total.get((), 0)
    terms = in_form({monomial: n for monomial, n in total.items() if monomial})
    if divisor == 1 or not terms:
        return {**dict(terms), (): constant // divisor}
    if all(n < 0 for _, n in terms):
        # −x // d is −((x + d − 1) // d): what is rounded up reads (H + 1)//2, not H - H//2.
        upward = _floor({**dict(negated(terms)), (): divisor - 1 - constant}, divisor)
        return {monomial: -n for monomial, n in upward.items()}
    whole: _Sum = {monomial: n // divisor for monomial, n in terms}
    rest: _Sum = {monomial: n % divisor for monomial, n in terms if n % divisor}
    common = gcd(divisor, *rest.values())
    rest = {monomial: n // common for monomial, n in rest.items()}
    divisor, constant = divisor // common, constant // common
    if not rest:
        return added(whole, of_number(constant), 1)
    floors = [monomial for monomial, n in rest.items() if n == 1 and len(monomial) == 1 and monomial[0].inner]
    if len(floors) == 1:  # (p//a + s) // b is (p + a·s) // (a·b)
        (atom,) = floors[0]
        del rest[floors[0]]
        joined = added(dict(atom.inner), rest.items(), atom.divisor)
        joined[()] = joined.get((), 0) + constant * atom.divisor
        return added(whole, _floor(joined, atom.divisor * divisor).items(), 1)
    more, constant = divmod(constant, divisor)
    inner = in_form({**rest, (): constant})
    atom = _floored(inner, divisor)
    return added(whole, [((atom,), 1), ((), more)], 1)


def _floored(inner: Terms, divisor: int) -> Atom:
    atoms = [atom for monomial, _ in inner for atom in monomial]
    atom = Atom(f"({text(inner, {})})//{divisor}")
    atom.inner, atom.divisor = inner, divisor
    atom.weight = len(inner) + sum(inside.weight for inside in atoms)
    atom.symbols = symbols_of(inner)
    period = 1
    for inside in atoms:
        period = period * inside.period // gcd(period, inside.period)
    atom.period = period * divisor
    return atom
