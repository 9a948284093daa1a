"""Shapes given from outside, for the tops of Input and data layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from netspec.diagnostics import Diagnostic
from netspec.layers.base import Fed
from netspec.lower.entry import Entry
from netspec.problems.shapes import BadInputShape, TooLarge
from netspec.shapes import Shape, product, show

MAX_ELEMENTS = 2**31 - 1  # of any blob. Source: Blob::Reshape (blob.cpp)


def usable(inputs: Mapping[str, Sequence[Any]], entries: Iterable[Entry]) -> tuple[dict[str, Shape], list[Diagnostic]]:
    """Those that suit, and what is wrong with the others. `entries` are the layers that may be part of the net."""
    known = list(dict.fromkeys(top for e in entries if e.layer and e.layer.fed for top in e.fields.top))
    shapes: dict[str, Shape] = {}
    found: list[Diagnostic] = []
    for name, dims in inputs.items():
        shape = tuple(dims)
        if name not in known:
            help = f"inputs: {', '.join(known)}" if known else "the net has no inputs"
            found.append(BadInputShape(f'there is no input "{name}"', help=help))
        elif not all(type(dim) is int and 0 < dim <= MAX_ELEMENTS for dim in shape):
            message = f'the shape given for "{name}" is none: sizes are integers from 1 to {MAX_ELEMENTS}'
            found.append(BadInputShape(message, help=f"give it as {name}=1,3,224,224"))
        elif (size := product(shape)) > MAX_ELEMENTS:
            found.append(TooLarge(f'the shape given for "{name}", {show(shape)}, has {size} elements'))
        else:
            shapes[name] = shape
    return shapes, found


def assumes_channels(entry: Entry, given: Mapping[str, Shape]) -> bool:
    """Whether the number of channels that a data layer says is netspec's guess."""
    if entry.params is None or entry.params.fed is not Fed.DATABASE:
        return False
    guess = entry.params.assumed_channels()
    return guess is not None and bool(entry.fields.top) and entry.fields.top[0] not in given
