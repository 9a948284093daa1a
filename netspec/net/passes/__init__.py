"""Passes: pure functions from a net to a net. Each target lists the ones it runs; `run` checks the net after each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from netspec.net import Net, Value

Pass: TypeAlias = Callable[[Net, tuple[str, ...]], Net]  # the net, and the blobs that must come out of it


class BrokenNet(Exception):
    """A pass left a net that is not well-formed: a fault of netspec, not of the spec."""


def run(net: Net, passes: Sequence[Pass], outputs: tuple[str, ...]) -> Net:
    """Applies the passes in order. Raises BrokenNet, naming the pass and those before it, when one breaks the net."""
    done: list[str] = []
    for step in passes:
        net = step(net, outputs)
        done.append(step.__name__)
        if fault := broken(net):
            raise BrokenNet(f"after {', '.join(done)}: {fault}")
    return net


def broken(net: Net) -> str | None:
    """Why a net is not well-formed, or None: every value is written once, before it is read, and has a shape."""
    written: set[Value] = set()
    for node in net.layers:
        if missing := next((v for v in node.inputs if v not in written), None):
            return f'layer "{node.name}" reads {missing} before it is written'
        if again := next((v for v in node.outputs if v in written), None):
            return f'layer "{node.name}" writes {again} again'
        if unmeasured := next((v for v in node.outputs if v not in net.shapes), None):
            return f'{unmeasured} of layer "{node.name}" has no shape'
        written.update(node.outputs)
    return None
