"""Sizes in emitted code: numbers, except for what only a run knows."""

from __future__ import annotations

from netspec.emit.place import Unsupported
from netspec.shapes import Shape, integers, show


def fixed(shape: Shape) -> tuple[int, ...]:
    """Sizes that the code needs as numbers. Raises Unsupported for one that depends on the data."""
    numbers = integers(shape)
    if numbers is None:
        raise Unsupported(f"it needs sizes that are known before a run, not {show(shape)}")
    return numbers


def inferred(shape: Shape) -> tuple[int, ...]:
    """Sizes as a reshape takes them, −1 for one that depends on the data. Raises Unsupported for several of those."""
    numbers = tuple(size if isinstance(size, int) else -1 for size in shape)
    if numbers.count(-1) > 1:
        raise Unsupported(f"a reshape finds out one size, not those of {show(shape)}")
    return numbers
