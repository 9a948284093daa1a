"""Named functions of the array language. A backend prints each as a `def`, once in a file, whatever calls it.

    @function("N C height width", "N 2 height width")
    def flow_warp(x: Array, flow: Array, fill: float = 0.0) -> Array: ...

A pattern says the sizes of an array that is handed over: a name stands for the same size everywhere, and is read from
the first array that has it; in those behind, a size of 1 may stretch. Behind the sizes may stand a type, `INT` or
`BOOL`. What is handed over to the `def` are arrays, and behind them, by name, sizes (`Dim`) and numbers (`float`).
Arguments that can only be named here are settled when the body is traced: for other values there is another `def`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, getdoc, signature
from typing import Any

from netspec.arrays import Array, DType, leaf
from netspec.shapes import Dim, Shape

_NONE = Parameter.empty  # in the place of a default


@dataclass(frozen=True)
class Function:
    """`body` with the patterns of the arrays that it takes, in their order."""

    body: Callable[..., Array]
    patterns: tuple[str, ...]

    def __call__(self, *args: Array | Dim | float, **named: Any) -> Array:
        """What the body gives. In the graph that is one node, which has the body's graph beside it."""
        bound = signature(self.body).bind(*args, **named).arguments
        result = self.body(*args, **named)
        handed = [p for p in self.parameters if p.default is _NONE or bound.get(p.name, p.default) != p.default]
        keywords = tuple(p.name for p in handed if kind(p) != "Array")
        settled = {name: value for name, value in bound.items() if name in self._settled}
        options = {"call": Call(self, keywords, settled), "result": result}
        return Array("call", tuple(bound[p.name] for p in handed), result.shape, result.dtype, options)

    @property
    def name(self) -> str:
        return self.body.__name__

    @property
    def doc(self) -> str:
        return getdoc(self.body) or ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the `def` that is printed."""
        found = signature(self.body).parameters.values()
        return tuple(parameter for parameter in found if parameter.kind is not Parameter.KEYWORD_ONLY)

    @property
    def _settled(self) -> frozenset[str]:
        return frozenset(signature(self.body).parameters) - {parameter.name for parameter in self.parameters}

    def arguments(self) -> dict[str, Array | Dim]:
        """What the body is traced with for printing, by name: arrays whose sizes have names, sizes, and numbers, which
        are leaves without an axis."""
        from netspec.shapes.symbols import Premises, symbol

        premises, patterns = Premises(), iter(self.patterns)
        made: dict[str, Array | Dim] = {}
        for parameter in self.parameters:
            match kind(parameter):
                case "Array":
                    words = next(patterns).split()
                    dtype = DType[words.pop()] if words[-1] in DType.__members__ else DType.FLOAT
                    sizes: Shape = tuple(int(word) if word.isdigit() else symbol(word, premises) for word in words)
                    made[parameter.name] = leaf(parameter.name, sizes, dtype)
                case "Dim":
                    made[parameter.name] = symbol(parameter.name, premises)
                case _:
                    made[parameter.name] = leaf(parameter.name, ())
        return made


@dataclass(frozen=True)
class Call:
    """A call of a function: what the operands behind the arrays are called; what is settled; and whether in the arrays
    the channels stand last."""

    function: Function
    keywords: tuple[str, ...] = ()
    settled: Mapping[str, Any] = field(default_factory=dict[str, Any])
    channels_last: bool = False


def kind(parameter: Parameter) -> str:
    """What a parameter takes: an `Array`, a size (`Dim`), or a number (`float`)."""
    known = {"Array": "Array", Array: "Array", "Dim": "Dim", Dim: "Dim"}
    return known.get(parameter.annotation, "float")


def native(name: str, *arrays: Array, shape: Shape, dtype: DType = DType.FLOAT, **named: Any) -> Array:
    """What a helper of the backend gives: a loop, which no formula says. What is no array it takes by name, functions
    that it calls (`Call`) among that. numpy has no such helpers, but meanings of its own of layers that have them."""
    return Array("native", arrays, shape, dtype, {"name": name, "named": named})


def function(*patterns: str) -> Callable[[Callable[..., Array]], Function]:
    """Makes a function of the body below, whose arrays have these sizes."""
    return lambda body: Function(body, patterns)
