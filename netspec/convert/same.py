"""Whether two documents describe the same net, in every state that their rules tell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias, cast

from netspec.diagnostics import Diagnostic, errors
from netspec.frontend.driver import in_state, read
from netspec.frontend.messages.rules import NetState
from netspec.frontend.spec import AS_IT_IS, Request, Spec
from netspec.net import Net, Node, Param
from netspec.net.compare.equality import alike
from netspec.syntax.document import Document

NODE = tuple(name for name in Node._fields if name not in {"origin", "blobs"})
PARAM = Param._fields
PLACES = ("start", "end")  # of what is written
NET = ("name", "phase", "force_backward", "shapes")


class Meaning(NamedTuple):
    """The net of a document in a state, and what is wrong with it."""

    net: Net | None
    found: list[Diagnostic]


Meanings: TypeAlias = Mapping[NetState, Callable[[], Meaning]]


def written_alike(a: Document, b: Document) -> bool:
    """Whether two documents have the same fields, but for their places; then they are the same net, too."""
    open_: list[tuple[Any, Any]] = [(a.fields, b.fields)]
    while open_:
        one, other = open_.pop()
        if one.__class__ is not other.__class__:
            return False
        if not isinstance(one, tuple):
            if one != other:
                return False
            continue
        items, others = cast("tuple[Any, ...]", one), cast("tuple[Any, ...]", other)
        if len(items) != len(others):
            return False
        names: tuple[str, ...] = getattr(items, "_fields", ())
        pairs = zip(items, others, strict=True)
        open_ += [pair for name, pair in zip(names, pairs, strict=True) if name not in PLACES] if names else pairs
    return True


def meanings(document: Document, request: Request = AS_IT_IS) -> Meanings:
    """What a document says in each state that its rules tell apart, found when it is asked for: nets are large."""
    spec = read(document, request)
    return {state: partial(_meaning, spec, state, request) for state in spec.states(0, ())}


def _meaning(spec: Spec, state: NetState, request: Request) -> Meaning:
    return Meaning(*in_state(spec, state, request))


def difference(a: Meanings, b: Meanings) -> str:
    """What tells two documents apart by their meanings, in words; "" where nothing does.

    Where a net has errors, all that is wrong has to be of the same kinds. Warnings may be gone from the second.
    """
    if a.keys() != b.keys():
        return f"the states {list(a)} and {list(b)}"
    for state, ask in a.items():
        one, other = ask(), b[state]()
        codes = [sorted({diagnostic.code for diagnostic in each.found}) for each in (one, other)]
        if codes[0] != codes[1] and (errors(one.found) or not set(codes[1]) < set(codes[0])):
            return f"{state.phase}: the diagnostics {codes[0]} and {codes[1]}"
        if one.net is not None and other.net is not None and (said := net_difference(one.net, other.net)):
            return f"{state.phase}: {said}"
    return ""


def net_difference(a: Net, b: Net) -> str:
    """What tells two nets apart, but for the places that they came from."""
    names = [[node.name for node in net.layers] for net in (a, b)]
    if names[0] != names[1]:
        return f"the layers {names[0]} and {names[1]}"
    for one, other in zip(a.layers, b.layers, strict=True):
        for name in NODE:
            if not alike(getattr(one, name), getattr(other, name)):
                return f'{name} of "{one.name}": {getattr(one, name)!r} and {getattr(other, name)!r}'
        blobs = [[tuple(getattr(param, name) for name in PARAM) for param in node.blobs] for node in (one, other)]
        if not alike(*blobs):
            return f'the parameters of "{one.name}": {blobs[0]} and {blobs[1]}'
    return next((f"its {name}" for name in NET if not alike(getattr(a, name), getattr(b, name))), "")
