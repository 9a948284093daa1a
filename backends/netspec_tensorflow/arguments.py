"""Sizes as arguments of TensorFlow's functions."""

from __future__ import annotations

from netspec.shapes import Shape, integers


def sizes(shape: Shape) -> tuple[int, ...]:
    """A shape as plain integers; all sizes are known when code is written."""
    return integers(shape) or ()


def one_or_all(steps: tuple[int, ...]) -> int | list[int]:
    """One number where all axes have the same."""
    return steps[0] if len(set(steps)) == 1 else list(steps)
