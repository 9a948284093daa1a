"""From a net to Python source. No framework is imported to write its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netspec.host.collecting import uncollected
from netspec.net import Net

if TYPE_CHECKING:
    from netspec.emit.place import Slot


@dataclass(frozen=True)
class Emission:
    """The source of a module, and where in it a net's parameters live (keyed as `Param.key`).

    inputs: blob names, in the order of the forward function's arguments. outputs: blob names, in the order in which it
    returns them; it returns a bare value for one output and a dictionary by blob name otherwise.
    """

    text: str
    class_name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    slots: Mapping[tuple[int, int], Slot]


def emit(net: Net, backend: str = "torch") -> str:
    """The source text of an equivalent module. Raises SpecError for layers that the backend cannot express (NS401)."""
    return emission(net, backend).text


@uncollected()
def emission(net: Net, backend: str) -> Emission:
    """What a backend makes of a net, without the layers that compiled code leaves out. Raises SpecError."""
    from netspec.backend import find

    net = net.compiled
    return find(backend).emit(net, net.returned)
