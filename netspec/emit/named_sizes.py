"""Sizes with names in emitted code: read from the shapes of the inputs, once, before anything else is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from netspec.arrays import EACH
from netspec.emit.code import ATOM, PRODUCT, SUM, Code, binary
from netspec.emit.names import Namespace
from netspec.emit.parts import Statement, Unsupported
from netspec.layers.data_layer import DataLayer
from netspec.net import Net
from netspec.shapes import Dim


class Source(NamedTuple):
    """Where a symbol is found: an axis of an input, whose size is step·symbol + offset."""

    blob: str
    axis: int
    step: int
    offset: int


class Symbols:
    """The variables of the symbols that code has asked for so far, and of those that it has from elsewhere."""

    def __init__(self, sources: Mapping[str, Source], names: Namespace, given: Mapping[str, str] | None = None) -> None:
        self._sources, self._names, self._variables = sources, names, dict(given or {})

    def code(self, size: Dim) -> int | Code:
        """A size as a number or an expression. Raises Unsupported where the inputs do not tell it."""
        if isinstance(size, int):
            return size
        from netspec.shapes.symbols import Symbolic
        from netspec.shapes.terms import text

        if not isinstance(size, Symbolic):
            raise Unsupported(f"it needs sizes that are known before a run, not {size}")
        for name in sorted(size.symbols):
            if name not in self._variables:
                if name not in self._sources:
                    why = f"no input has a size that tells {name}, which it needs: give numbers with --input"
                    raise Unsupported(why)
                self._variables[name] = self._names.fresh(name)
        written = text(size.terms, size.premises.order, self._variables)
        level = ATOM if written.isidentifier() else SUM if len(size.terms) > 1 else PRODUCT
        return Code(written, level)

    def loop(self, name: str, names: Namespace) -> str:
        """The variable of a loop of `for_each`."""
        return self._variables.setdefault(EACH + name, names.fresh(name))

    def statements(self, variables: Mapping[str, str], dimension: Callable[[Code, int], Code]) -> list[Statement]:
        """What binds the variables, from those of the inputs."""
        found: list[Statement] = []
        for name, variable in self._variables.items():
            if name not in self._sources:
                continue
            blob, axis, step, offset = self._sources[name]
            value = dimension(Code(variables[blob]), axis)
            value = binary("-", value, offset) if offset else value
            found.append(Statement(variable, value if step == 1 else binary("//", value, step)))
        return found


def sources(net: Net) -> dict[str, Source]:
    """For each symbol the first size of an input that is it, else the first that it can be computed from."""
    if not net.symbols:
        return {}
    from netspec.shapes.symbols import Symbolic
    from netspec.shapes.terms import linear

    found: dict[str, Source] = {}
    for node in net.layers:
        for blob, value in zip(node.tops, node.outputs, strict=False) if isinstance(node.params, DataLayer) else ():
            for axis, size in enumerate(net.shapes[value] or ()):
                told = linear(size.terms) if isinstance(size, Symbolic) else None
                if told and (told[0] not in found or (told[1:] == (1, 0) != found[told[0]][2:])):
                    found[told[0]] = Source(blob, axis, *told[1:])
    return found
