"""Shapes given from outside, for the tops of Input and data layers, and of layers of unknown types."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from netspec.diagnostics import Diagnostic, Label, labels
from netspec.frontend.messages.entry import Entry
from netspec.frontend.messages.locate import name_span
from netspec.layers.data_layer import DataLayer
from netspec.layers.unknown import Unknown
from netspec.problems.shapes import BadInputShape, TooLarge
from netspec.shapes import Dim, Shape, Size, product, show

MAX_ELEMENTS = 2**31 - 1  # of any blob. Source: Blob::Reshape (blob.cpp)


def usable(
    inputs: Mapping[str, Sequence[Any]], entries: Iterable[Entry], declared: Container[str] = ()
) -> tuple[dict[str, Shape], list[Diagnostic]]:
    """Those that suit, and what is wrong with the others. `entries` are the layers that may be part of the net,
    `declared` the inputs whose shapes are the spec's own.

    A size may be a number, an expression over names in text, or a `Size` that has been made of one.
    """
    known = _fed(entries)
    strange = any(isinstance(entry.params, Unknown) for entry in known.values())
    shapes: dict[str, Shape] = {}
    found: list[Diagnostic] = []
    for name, dims in inputs.items():
        shape, faults = _read(dims)
        if name not in known:
            what = "inputs, and what layers of unknown types write" if strange else "inputs"
            help = f"{what}: {', '.join(known)}" if known else "the net has no inputs"
            found.append(BadInputShape(f'there is no input "{name}"', help=help))
        elif name in declared and any(_out_of_range(dim) for dim in shape):
            message = f'"{name}" would be {show(shape)}: sizes are integers from 1 to {MAX_ELEMENTS}'
            found.append(BadInputShape(message, _place(known[name])))
        elif faults or any(_out_of_range(dim) for dim in shape):
            said = f" or expressions like 16*H; {faults[0]}" if faults else ""
            message = f'the shape given for "{name}" is none: sizes are integers from 1 to {MAX_ELEMENTS}{said}'
            found.append(BadInputShape(message, help=f"give it as {name}=1,3,224,224"))
        elif (size := product(dim for dim in shape if isinstance(dim, int))) > MAX_ELEMENTS:
            said, places = f'the shape given for "{name}", {show(shape)}', ()
            if name in declared:
                said, places = f'"{name}" would be {show(shape)}', _place(known[name])
            found.append(TooLarge(f"{said}: {size} elements; Caffe's limit is {MAX_ELEMENTS}", places))
        else:
            shapes[name] = shape
    return shapes, found


def there(inputs: Mapping[str, Sequence[Any]], entries: Iterable[Entry]) -> Mapping[str, Sequence[Any]]:
    """Those of which there is an input."""
    known = _fed(entries) if inputs else {}
    return {name: dims for name, dims in inputs.items() if name in known}


def _fed(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The blobs whose shapes may be given."""
    return {
        top: entry
        for entry in entries
        if entry.layer and issubclass(entry.layer, DataLayer | Unknown)
        for top in entry.fields.top
    }


def _place(entry: Entry) -> tuple[Label, ...]:
    return labels(entry.origin.source, name_span(entry.origin))


def _read(dims: Sequence[Any]) -> tuple[Shape, list[str]]:
    """The sizes, those that are text read, and what is wrong with them."""
    shape: list[Dim] = []
    faults: list[str] = []
    for dim in dims:
        if isinstance(dim, str):
            from netspec.frontend.expressions.sizes import UnreadableSize, read_size

            try:
                shape.append(read_size(dim))
            except UnreadableSize as fault:
                faults.append(str(fault))
        elif type(dim) is int or (isinstance(dim, Size) and dim.symbolic):
            shape.append(dim)
        else:
            faults.append(f"{dim!r:.40} is neither")
    return tuple(shape), faults


def _out_of_range(dim: Dim) -> bool:
    """Whether a size is known to be one that no blob has."""
    return dim < 1 or (isinstance(dim, int) and dim > MAX_ELEMENTS)


def assumes_channels(entry: Entry, given: Mapping[str, Shape]) -> bool:
    """Whether the number of channels that a data layer says is netspec's guess."""
    if not isinstance(entry.params, DataLayer):
        return False
    assumed = entry.params.assumed_channels()
    return assumed is not None and bool(entry.fields.top) and entry.fields.top[0] not in given
