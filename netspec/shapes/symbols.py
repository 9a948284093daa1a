"""Sizes that are arithmetic over names: `N`, `2*H`, `(H + 1)//2`. Imported only when a spec has one.

What cannot be told of them for all values of the names is claimed, and remembered among premises, which the sizes of a
net share; `netspec.shapes.solution` says what the claims come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import TypeVar, cast

from netspec.shapes import UNKNOWN, VARYING, Dim, Shape, Size
from netspec.shapes.claims import extremes
from netspec.shapes.claims import verdict as decide
from netspec.shapes.solution import Solution, solve
from netspec.shapes.terms import (
    ONE,
    Atom,
    Claim,
    Terms,
    added,
    divided,
    evaluate,
    growth,
    in_form,
    multiplied,
    negated,
    of_number,
    symbols_of,
    text,
    unwieldy,
)

KEPT = 4096  # results of one kind that are kept to be used again; a deep net's sizes may be different on every layer
K = TypeVar("K")
V = TypeVar("V")


class Premises:
    """What the sizes of one net have been taken for, in the order in which it came up. Sizes share it.

    Nothing is added once it is closed, so that asking a layer again changes nothing.
    """

    def __init__(self) -> None:
        self.claims: dict[Claim, None] = {}
        self.order: dict[str, int] = {}  # of the symbols, for printing
        self.closed = False
        self._solution: Solution | None = None  # once it is closed
        self._verdicts: dict[Claim, bool | None] = {}
        self._made: dict[Terms, Symbolic] = {}
        self._results: dict[tuple[str, Terms, object], Dim] = {}

    def solve(self) -> Solution:
        """What the claims say of their symbols, all together."""
        solution = self._solution
        if solution is None or len(solution.order) != len(self.order):
            solution = solve(tuple(self.claims), self.order)
        if self.closed:
            self._solution = solution
        return solution

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
        other: Terms = b if isinstance(b, tuple) else of_number(b)
        match operation:
            case "+":
                result = added(dict(a), other, 1)
            case "-":
                result = added(dict(a), other, -1)
            case "*":
                result = multiplied(a, other)
            case _:
                quotient = divided(a, other)
                if quotient is None:
                    return UNKNOWN
                result = quotient
        terms = in_form(result)
        return UNKNOWN if unwieldy(terms) else self.size(terms)

    def holds(self, equal: bool, terms: Terms) -> bool:
        """Whether terms = 0, or ≥ 0, for all values or for some; what holds for some is claimed from here on."""
        claim = Claim(equal, terms)
        verdict = self._verdicts.get(claim, ...)
        if verdict is ...:
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
    premises: Premises

    def __init__(self, terms: Terms, premises: Premises) -> None:
        self.__dict__.update(terms=terms, premises=premises, _key=hash(terms))  # frozen, and made by the thousand

    def __str__(self) -> str:
        return self.written

    __repr__ = __str__

    @cached_property
    def written(self) -> str:
        """As people write it."""
        return text(self.terms, self.premises.order)

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
        return extremes(self.terms)[0]

    def _operate(self, operation: str, other: Dim) -> Dim:
        if isinstance(other, int):
            if other == (operation in ("*", "//")):  # 0 is added, or 1 multiplied
                return self
            if operation in ("+", "-"):
                return self._moved(other if operation == "+" else -other)
            return self.premises.result(operation, self.terms, other)
        if isinstance(other, Symbolic):
            return self.premises.result(operation, self.terms, other.terms)
        return VARYING if other.varies else UNKNOWN

    def _moved(self, number: int) -> Dim:
        """The sum with a number, which stands first among the terms."""
        (monomial, n), *_ = self.terms
        rest = self.terms if monomial else self.terms[1:]
        terms = (*of_number(number if monomial else n + number), *rest)
        return UNKNOWN if unwieldy(terms) else self.premises.size(terms)

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
        return self.premises.result("//", of_number(other), self.terms) if isinstance(other, int) else UNKNOWN

    def __mod__(self, other: Dim) -> Dim:
        return self - other * (self // other)

    def __rmod__(self, other: Dim) -> Dim:
        return other - self * (other // self)

    def _minus(self, other: object) -> Terms | None:
        """The difference as terms; None where it is not known."""
        difference = self._operate("-", other) if isinstance(other, int | Size) else UNKNOWN
        return of_number(difference) if isinstance(difference, int) else terms_of(difference)

    def __eq__(self, other: object) -> bool:
        """Whether they are one expression. Nothing is claimed by asking."""
        return isinstance(other, Symbolic) and self.terms == other.terms

    def __ne__(self, other: object) -> bool:
        if isinstance(other, Symbolic) and self.terms == other.terms:
            return False
        difference = self._minus(other)
        return difference is not None and not self.premises.holds(True, difference)

    def __lt__(self, other: object) -> bool:
        if isinstance(other, int) and self.least is not None and self.least >= other:
            return False
        difference = self._minus(other)
        return difference is not None and not self.premises.holds(False, difference)

    def __le__(self, other: object) -> bool:
        if isinstance(other, int) and self.least is not None and self.least > other:
            return False
        difference = self._minus(other)
        return difference is not None and not self.premises.holds(False, in_form(added(dict(difference), ONE, -1)))

    def __gt__(self, other: object) -> bool:
        difference = self._minus(other)
        return difference is not None and not self.premises.holds(False, negated(difference))

    def __ge__(self, other: object) -> bool:
        difference = self._minus(other)
        return difference is not None and not self.premises.holds(
            False, in_form(added(dict(negated(difference)), ONE, -1))
        )

    def __hash__(self) -> int:
        return cast(int, self.__dict__["_key"])


def symbol(name: str, premises: Premises | None = None) -> Symbolic:
    """A size called `name`: any positive integer, the same one everywhere in a net."""
    atom = Atom(name)
    atom.inner, atom.divisor, atom.weight, atom.symbols, atom.period = (), 1, 0, frozenset({name}), 1
    premises = premises or Premises()
    premises.order.setdefault(name, len(premises.order))
    return cast(Symbolic, premises.size((((atom,), 1),)))


def owned(shapes: Mapping[str, Shape], premises: Premises) -> dict[str, Shape]:
    """Shapes whose sizes have the same premises."""
    for dim in (d for shape in shapes.values() for d in shape if isinstance(d, Symbolic)):
        for name in sorted(dim.symbols, key=lambda name, order=dim.premises.order: order.get(name, 0)):
            premises.order.setdefault(name, len(premises.order))
    return {
        name: tuple(premises.size(dim.terms) if isinstance(dim, Symbolic) else dim for dim in shape)
        for name, shape in shapes.items()
    }


def terms_of(size: Size) -> Terms | None:
    return size.terms if isinstance(size, Symbolic) else None


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


def premises_of(shapes: Iterable[Shape | None]) -> Premises | None:
    """What the sizes among shapes share; None where none has a name."""
    return next((d.premises for shape in shapes for d in shape or () if isinstance(d, Symbolic)), None)


def leading(size: Symbolic) -> list[tuple[Fraction, tuple[str, ...]]]:
    """What of a size grows fastest, as numbers and symbols to multiply: 18432·N·H·W for 73728*N*(H//2)*(W//2)."""
    terms = growth(size.terms)
    degree = max(len(symbols) for symbols in terms)
    order = size.premises.order

    def places(symbols: tuple[str, ...]) -> list[int]:
        return [order.get(name, len(order)) for name in symbols]

    fastest = [tuple(sorted(s, key=lambda name: order.get(name, 0))) for s in terms if len(s) == degree]
    return [(Fraction(terms[tuple(sorted(symbols))]), symbols) for symbols in sorted(fastest, key=places)]
