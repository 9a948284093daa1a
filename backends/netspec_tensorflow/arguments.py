"""Sizes as arguments of TensorFlow's functions."""

from __future__ import annotations

from netspec.emit.runtime_sizes import fixed
from netspec.shapes import Shape


def sizes(shape: Shape) -> tuple[int, ...]:
    """A shape as plain integers. Raises Unsupported for a size that only a run knows."""
    return fixed(shape)


def one_or_all(steps: tuple[int, ...]) -> int | list[int]:
    """One number where all axes have the same."""
    return steps[0] if len(set(steps)) == 1 else list(steps)
