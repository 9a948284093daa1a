"""Whether given arrays fit the inputs of a net, whose sizes may have names: which value each name has then."""

from __future__ import annotations

from netspec.net import Net
from netspec.shapes import Dim, Shape, integers, show


class Fitting:
    """The values of names so far, each with the input that gave it."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self.values: dict[str, int] = {}
        self._givers: dict[str, str] = {}
        self._later: list[tuple[str, Shape, tuple[int, ...]]] = []  # sizes of several names, or rounded ones

    def fault(self, name: str, shape: Shape | None, given: tuple[int, ...]) -> str | None:
        """What is wrong with the shape of an array for an input, "None" for nothing."""
        if given == integers(shape) or shape is None:
            return None
        if len(given) != len(shape):
            return f'input "{name}" has the shape {show(shape)}, not {show(given)}'
        for size, value in zip(shape, given, strict=True):
            if isinstance(size, int):
                if size != value:
                    return f'input "{name}" has the shape {show(shape)}, not {show(given)}'
            elif message := self._bind(name, shape, size, value):
                return f"{message}; the shape given is {show(given)}"
        self._later.append((name, shape, given))
        return None

    def broken(self) -> str | None:
        """What is wrong with all inputs together, None for nothing."""
        solution = self._net.symbols
        if solution is None:
            return None
        from netspec.shapes.claims import equation
        from netspec.shapes.symbols import at
        from netspec.shapes.terms import symbols_of

        for name, shape, given in self._later:
            unbound = [n for d in shape for n in getattr(d, "symbols", ()) if n not in self.values]
            if not unbound and (wanted := at(shape, self.values)) != given:
                return f'input "{name}" has the shape {show(shape)}, which is {show(wanted)} here, not {show(given)}'
        claims = (claim for claim in solution.claims if symbols_of(claim.terms) <= self.values.keys())
        claim = next((claim for claim in claims if not claim.holds(self.values)), None)
        if claim is None:
            return None
        said = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        rule = "; ".join(solution.say()) or equation(claim.terms, {})
        return f"the layers do not fit together with {said}: they do where {rule}"

    def _bind(self, blob: str, shape: Shape, size: Dim, value: int) -> str | None:
        """Finds out the value of the name in a size that has one, and is not rounded."""
        from netspec.shapes.symbols import Symbolic
        from netspec.shapes.terms import linear

        found = linear(size.terms) if isinstance(size, Symbolic) else None
        if found is None:
            return None
        name, step, offset = found
        symbol, rest = divmod(value - offset, step)
        if rest or symbol < 1:
            return f'input "{blob}" has the shape {show(shape)}: no {name} makes {size} {value}'
        if self.values.setdefault(name, symbol) != symbol:
            first = self._givers[name]
            where = f'"{first}" has another' if first != blob else "it is another size elsewhere in it"
            return (
                f'input "{blob}" has the shape {show(shape)} with {name} = {symbol}, but {where}: '
                f"{name} = {self.values[name]}"
            )
        self._givers.setdefault(name, blob)
        return None
