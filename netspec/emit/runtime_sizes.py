"""Sizes in emitted code: numbers, except for what only a run knows."""

from __future__ import annotations

from netspec.emit.code import Code
from netspec.emit.parts import Unsupported
from netspec.emit.place import Place
from netspec.shapes import Shape, expressed, integers, show


def fixed(shape: Shape) -> tuple[int, ...]:
    """Sizes that the code needs as numbers. Raises Unsupported for one that has a name, or depends on the data."""
    numbers = integers(shape)
    if numbers is None and expressed(shape):
        raise Unsupported(f"it needs numbers for sizes, not {show(shape)}: give them with --input")
    if numbers is None:
        raise Unsupported(f"it needs sizes that are known before a run, not {show(shape)}")
    return numbers


def reshaping(shape: Shape, place: Place) -> tuple[int | Code, ...]:
    """Sizes as a reshape takes them: −1 for one that is no number, code for others that have names.

    Raises Unsupported for several that depend on the data.
    """
    free = [i for i, size in enumerate(shape) if not isinstance(size, int)]
    varying = [i for i in free if not expressed(shape[i : i + 1])]
    if len(varying) > 1:
        raise Unsupported(f"a reshape finds out one size, not those of {show(shape)}")
    found = (varying or free or [-1])[0]
    return tuple(-1 if i == found else place.size(size) for i, size in enumerate(shape))
