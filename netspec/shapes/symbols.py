"""Sizes that are arithmetic over names: `N`, `2*H`, `(H + 1)//2`. Imported only when a spec has one.

A size is a polynomial with integer coefficients over atoms. An atom is a symbol, which stands for any positive integer,
or a floor division of a polynomial by a number. Floors are kept in one form: no integer part inside, no common factor,
a floor of a floor is one floor. So chains of layers do not make sizes grow, and equal sizes are mostly equal as they
stand; what is left is decided by `netspec.shapes.conditions`.

Why not SymPy: importing it takes longer than a whole check, and it does not know that floor(floor(H/2)/2) is
floor(H/4), which is all that the sizes of a net are made of. What is needed here is exact, and small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar, cast

from netspec.shapes import UNKNOWN, VARYING, Dim, Shape, Size

if TYPE_CHECKING:
    from netspec.shapes.conditions import Solution

# Of a size, and in its floors; beyond either it counts as unknown.
MAX_TERMS = 64
MAX_NUMBER = 2**63 - 1
KEPT = 4096  # results of one kind that are kept to be used again; a deep net's sizes may be different on every layer


class Atom(str):
    """A symbol, or inner // divisor. As a string it is its own key, in which products keep their order."""

    __slots__ = ("divisor", "inner", "period", "symbols", "weight")
    inner: Terms
    divisor: int
    weight: int  # how many terms there are in it
    symbols: frozenset[str]
    period: int  # after as many steps of a symbol the floors have grown evenly


Monomial: TypeAlias = tuple[Atom, ...]
Terms: TypeAlias = tuple[tuple[Monomial, int], ...]  # sorted by monomial, none of them 0
_Sum: TypeAlias = dict[Monomial, int]
K = TypeVar("K")
V = TypeVar("V")


class Claim(NamedTuple):
    """What is taken for granted of the symbols: terms = 0, or terms ≥ 0."""

    equal: bool
    terms: Terms

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it does at values of the symbols."""
        value = evaluate(self.terms, values)
        return value == 0 if self.equal else value >= 0


class Record:
    """What the sizes of one net have been taken for, in the order in which it came up. Sizes share it.

    Nothing is added once it is closed, so that asking a layer again changes nothing.
    """

    def __init__(self) -> None:
        self.claims: dict[Claim, None] = {}
        self.order: dict[str, int] = {}  # of the symbols, for printing
        self.closed = False
        self.solution: Solution | None = None  # once it is closed
        self._verdicts: dict[Claim, bool | None] = {}
        self._made: dict[Terms, Symbolic] = {}
        self._results: dict[tuple[str, Terms, object], Dim] = {}

    def size(self, terms: Terms) -> Dim:
        """The size that terms stand for; a number where there is no symbol in them."""
        if not terms:
            return 0
        if len(terms) == 1 and not terms[0][0]:
            return terms[0][1]
        made = self._made.get(terms)
        if made is None:
            made = _room(self._made)[terms] = Symbolic(terms, self)
        return made

    def result(self, operation: str, a: Terms, b: Terms | int) -> Dim:
        """A sum, difference, product, or quotient rounded down."""
        key = operation, a, b
        found = self._results.get(key)
        if found is None:
            found = _room(self._results)[key] = self._computed(operation, a, b)
        return found

    def _computed(self, operation: str, a: Terms, b: Terms | int) -> Dim:
        other: Terms = b if isinstance(b, tuple) else _number(b)
        match operation:
            case "+":
                result = _added(dict(a), other, 1)
            case "-":
                result = _added(dict(a), other, -1)
            case "*":
                result = _multiplied(a, other)
            case _:
                quotient = _divided(a, other)
                if quotient is None:
                    return UNKNOWN
                result = quotient
        terms = _sorted(result)
        return UNKNOWN if _unwieldy(terms) else self.size(terms)

    def holds(self, equal: bool, terms: Terms) -> bool:
        """Whether terms = 0, or ≥ 0, for all values or for some; what holds for some is claimed from here on."""
        claim = Claim(equal, terms)
        verdict = self._verdicts.get(claim, ...)
        if verdict is ...:
            from netspec.shapes.conditions import verdict as decide

            verdict = _room(self._verdicts)[claim] = decide(claim)
        if verdict is None and not self.closed:
            self.claims[claim] = None
        return verdict is not False


def _room(kept: dict[K, V]) -> dict[K, V]:
    """What is kept, with room for one more."""
    if len(kept) >= KEPT:
        kept.clear()
    return kept


class Symbolic(Size):
    """A size with symbols in it. Made by `symbol`, and by arithmetic."""

    symbolic = True
    terms: Terms
    record: Record

    def __init__(self, terms: Terms, record: Record) -> None:
        self.__dict__.update(terms=terms, record=record, _key=hash(terms))  # frozen, and made by the thousand

    def __str__(self) -> str:
        return self.written

    __repr__ = __str__

    @cached_property
    def written(self) -> str:
        """As people write it."""
        return text(self.terms, self.record.order)

    @property
    def enclosed(self) -> str:
        name = str(self)
        return name if name.isidentifier() else f"({name})"

    @property
    def symbols(self) -> frozenset[str]:
        return symbols_of(self.terms)

    def at(self, values: Mapping[str, int]) -> int:
        """The size at values of its symbols."""
        return evaluate(self.terms, values)

    @cached_property
    def least(self) -> int | None:
        """What it is never below; None where that is not known. Most comparisons are with numbers below it."""
        from netspec.shapes.conditions import extremes

        return extremes(self.terms)[0]

    def _operate(self, operation: str, other: Dim) -> Dim:
        if isinstance(other, int):
            if operation in ("+", "-"):
                return self._moved(other if operation == "+" else -other)
            return self if other == 1 else self.record.result(operation, self.terms, other)
        if isinstance(other, Symbolic):
            return self.record.result(operation, self.terms, other.terms)
        return VARYING if other.varies else UNKNOWN

    def _moved(self, number: int) -> Dim:
        """The sum with a number, which stands first among the terms."""
        (monomial, n), *_ = self.terms
        rest = self.terms if monomial else self.terms[1:]
        terms = (*_number(number if monomial else n + number), *rest)
        return UNKNOWN if _unwieldy(terms) else self.record.size(terms)

    def __add__(self, other: Dim) -> Dim:
        return self._operate("+", other)

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        return self._operate("-", other)

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        return self._operate("*", other)

    __rmul__ = __mul__

    def __neg__(self) -> Dim:
        return self._operate("*", -1)

    def __floordiv__(self, other: Dim) -> Dim:
        return self._operate("//", other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return self.record.result("//", _number(other), self.terms) if isinstance(other, int) else UNKNOWN

    def __mod__(self, other: Dim) -> Dim:
        return self - other * (self // other)

    def __rmod__(self, other: Dim) -> Dim:
        return other - self * (other // self)

    def _minus(self, other: object) -> Terms | None:
        """The difference as terms; None where it is not known."""
        difference = self._operate("-", other) if isinstance(other, int | Size) else UNKNOWN
        return _number(difference) if isinstance(difference, int) else terms_of(difference)

    def __eq__(self, other: object) -> bool:
        """Whether they are one expression. Nothing is claimed by asking."""
        return isinstance(other, Symbolic) and self.terms == other.terms

    def __ne__(self, other: object) -> bool:
        if isinstance(other, Symbolic) and self.terms == other.terms:
            return False
        difference = self._minus(other)
        return difference is not None and not self.record.holds(True, difference)

    def __lt__(self, other: object) -> bool:
        if isinstance(other, int) and self.least is not None and self.least >= other:
            return False
        difference = self._minus(other)
        return difference is not None and not self.record.holds(False, difference)

    def __le__(self, other: object) -> bool:
        if isinstance(other, int) and self.least is not None and self.least > other:
            return False
        difference = self._minus(other)
        return difference is not None and not self.record.holds(False, _sorted(_added(dict(difference), _ONE, -1)))

    def __gt__(self, other: object) -> bool:
        difference = self._minus(other)
        return difference is not None and not self.record.holds(False, _negated(difference))

    def __ge__(self, other: object) -> bool:
        difference = self._minus(other)
        return difference is not None and not self.record.holds(
            False, _sorted(_added(dict(_negated(difference)), _ONE, -1))
        )

    def __hash__(self) -> int:
        return cast(int, self.__dict__["_key"])


def symbol(name: str, record: Record | None = None) -> Symbolic:
    """A size called `name`: any positive integer, the same one everywhere in a net."""
    atom = Atom(name)
    atom.inner, atom.divisor, atom.weight, atom.symbols, atom.period = (), 1, 0, frozenset({name}), 1
    record = record or Record()
    record.order.setdefault(name, len(record.order))
    return cast(Symbolic, record.size((((atom,), 1),)))


def owned(shapes: Mapping[str, Shape], record: Record) -> dict[str, Shape]:
    """Shapes whose sizes share a record."""
    for dim in (d for shape in shapes.values() for d in shape if isinstance(d, Symbolic)):
        for name in sorted(dim.symbols, key=lambda name, order=dim.record.order: order.get(name, 0)):
            record.order.setdefault(name, len(record.order))
    return {
        name: tuple(record.size(dim.terms) if isinstance(dim, Symbolic) else dim for dim in shape)
        for name, shape in shapes.items()
    }


def terms_of(size: Size) -> Terms | None:
    return size.terms if isinstance(size, Symbolic) else None


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
    offset = sum(n for monomial, n in terms if not monomial)
    match [(monomial, n) for monomial, n in terms if monomial]:
        case [((atom,), step)] if not atom.inner and step > 0:
            return str(atom), step, offset
        case _:
            return None


def substituted(terms: Terms, values: Mapping[str, Dim]) -> Dim:
    """Terms with other sizes in the place of their symbols."""
    result: Dim = 0
    for monomial, coefficient in terms:
        product: Dim = coefficient
        for atom in monomial:
            product = product * (substituted(atom.inner, values) // atom.divisor if atom.inner else values[atom])
        result = result + product
    return result


def at(shape: Shape, values: Mapping[str, int]) -> Shape:
    """A shape at values of its symbols."""
    return tuple(dim.at(values) if isinstance(dim, Symbolic) else dim for dim in shape)


def record_of(shapes: Iterable[Shape | None]) -> Record | None:
    """What the sizes among shapes share; None where none has a name."""
    return next((d.record for shape in shapes for d in shape or () if isinstance(d, Symbolic)), None)


def leading(size: Symbolic) -> list[tuple[Fraction, tuple[str, ...]]]:
    """What of a size grows fastest, as numbers and symbols to multiply: 18432·N·H·W for 73728*N*(H//2)*(W//2)."""
    terms = _grown(size.terms)
    degree = max(len(symbols) for symbols in terms)
    order = size.record.order

    def places(symbols: tuple[str, ...]) -> list[int]:
        return [order.get(name, len(order)) for name in symbols]

    fastest = [tuple(sorted(s, key=lambda name: order.get(name, 0))) for s in terms if len(s) == degree]
    return [(Fraction(terms[tuple(sorted(symbols))]), symbols) for symbols in sorted(fastest, key=places)]


def _grown(terms: Terms) -> dict[tuple[str, ...], Fraction | int]:
    """Terms without their rounding."""
    total: dict[tuple[str, ...], Fraction | int] = {}
    for monomial, n in terms:
        grown: dict[tuple[str, ...], Fraction | int] = {(): n}
        for atom in monomial:
            if not atom.inner:
                grown = {tuple(sorted((*left, str(atom)))): x for left, x in grown.items()}
                continue
            product: dict[tuple[str, ...], Fraction | int] = {}
            for (left, x), (right, y) in ((a, b) for a in grown.items() for b in _grown(atom.inner).items()):
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


def _number(n: int) -> Terms:
    return (((), n),) if n else ()


_ONE = _number(1)


def _sorted(total: _Sum) -> Terms:
    return tuple(sorted((monomial, n) for monomial, n in total.items() if n))


def _unwieldy(terms: Terms) -> bool:
    weight = len(terms)
    for monomial, n in terms:
        if not -MAX_NUMBER <= n <= MAX_NUMBER:
            return True
        for atom in monomial:
            weight += atom.weight
            if atom.divisor > MAX_NUMBER:
                return True
    return weight > MAX_TERMS


def _negated(terms: Terms) -> Terms:
    return tuple((monomial, -n) for monomial, n in terms)


def _added(total: _Sum, terms: Iterable[tuple[Monomial, int]], factor: int) -> _Sum:
    """Adds to a sum, which is changed."""
    for monomial, n in terms:
        total[monomial] = total.get(monomial, 0) + factor * n
    return total


def _multiplied(a: Terms, b: Terms) -> _Sum:
    total: _Sum = {}
    for left, m in a:
        for right, n in b:
            monomial = tuple(sorted((*left, *right))) if left and right else left or right
            total[monomial] = total.get(monomial, 0) + m * n
    return total


def _divided(a: Terms, b: Terms) -> _Sum | None:
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
    terms = _sorted({monomial: n for monomial, n in total.items() if monomial})
    if divisor == 1 or not terms:
        return {**dict(terms), (): constant // divisor}
    if all(n < 0 for _, n in terms):
        # −x // d is −((x + d − 1) // d): what is rounded up reads (H + 1)//2, not H - H//2.
        upward = _floor({**dict(_negated(terms)), (): divisor - 1 - constant}, divisor)
        return {monomial: -n for monomial, n in upward.items()}
    whole: _Sum = {monomial: n // divisor for monomial, n in terms}
    rest: _Sum = {monomial: n % divisor for monomial, n in terms if n % divisor}
    common = gcd(divisor, *rest.values())
    rest = {monomial: n // common for monomial, n in rest.items()}
    divisor, constant = divisor // common, constant // common
    if not rest:
        return _added(whole, _number(constant), 1)
    floors = [monomial for monomial, n in rest.items() if n == 1 and len(monomial) == 1 and monomial[0].inner]
    if len(floors) == 1:  # (p//a + s) // b is (p + a·s) // (a·b)
        (atom,) = floors[0]
        del rest[floors[0]]
        joined = _added(dict(atom.inner), rest.items(), atom.divisor)
        joined[()] = joined.get((), 0) + constant * atom.divisor
        return _added(whole, _floor(joined, atom.divisor * divisor).items(), 1)
    more, constant = divmod(constant, divisor)
    inner = _sorted({**rest, (): constant})
    atom = _floored(inner, divisor)
    return _added(whole, [((atom,), 1), ((), more)], 1)


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
