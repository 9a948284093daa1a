"""Whether two documents describe the same net, in every state that their rules tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netspec.diagnostics import errors
from netspec.lower import lower
from netspec.lower.driver import read
from netspec.net import Net, Node, Param
from netspec.plugins.registry import BUILT_IN, Registry
from netspec.syntax.document import Document

NODE = tuple(name for name in Node.model_fields if name not in {"origin", "blobs"})
PARAM = tuple(Param.model_fields)
NET = ("name", "phase", "force_backward", "shapes")


def difference(a: Document, b: Document, registry: Registry = BUILT_IN, search: Sequence[Path] = ()) -> str:
    """What tells the nets of two documents apart, in words; "" where nothing does.

    Where a net has errors, all that is wrong has to be of the same kinds. Warnings may be gone from the second.
    """
    states = [read(document, (), registry, search).states(0, ()) for document in (a, b)]
    if set(states[0]) != set(states[1]):
        return f"the states {states[0]} and {states[1]}"
    for state in states[0]:
        nets, found = zip(
            *(lower(d, state.phase, state.level, state.stage, None, (), registry, search) for d in (a, b)), strict=True
        )
        codes = [sorted({diagnostic.code for diagnostic in each}) for each in found]
        if codes[0] != codes[1] and (errors(found[0]) or not set(codes[1]) < set(codes[0])):
            return f"{state.phase}: the diagnostics {codes[0]} and {codes[1]}"
        if nets[0] is not None and nets[1] is not None and (said := net_difference(*nets)):
            return f"{state.phase}: {said}"
    return ""


def net_difference(a: Net, b: Net) -> str:
    """What tells two nets apart, but for the places that they came from."""
    names = [[node.name for node in net.layers] for net in (a, b)]
    if names[0] != names[1]:
        return f"the layers {names[0]} and {names[1]}"
    for one, other in zip(a.layers, b.layers, strict=True):
        for name in NODE:
            if getattr(one, name) != getattr(other, name):
                return f'{name} of "{one.name}": {getattr(one, name)!r} and {getattr(other, name)!r}'
        blobs = [[tuple(getattr(param, name) for name in PARAM) for param in node.blobs] for node in (one, other)]
        if blobs[0] != blobs[1]:
            return f'the parameters of "{one.name}": {blobs[0]} and {blobs[1]}'
    return next((f"its {name}" for name in NET if getattr(a, name) != getattr(b, name)), "")
