"""From a net to Python source. No framework is imported to write its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netspec.emit.parts import Slot


@dataclass(frozen=True)
class Emission:
    """The source of a module, and where in it a net's parameters live (keyed as `Param.key`).

    inputs: blob names, in the order of the forward function's arguments. outputs: blob names, in the order in which it
    returns them; it returns a bare value for one output and a dictionary by blob name otherwise. folded: whether blocks
    of the spec are classes in it.
    """

    text: str
    class_name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    slots: Mapping[tuple[int, int], Slot]
    folded: bool = False
