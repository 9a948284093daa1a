"""Arguments as a person writes them: a size once where it holds for every axis, and none where it is the default."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.emit.code import Argument, Code
from netspec.emit.runtime_sizes import fixed
from netspec.shapes import Dim


def once(sizes: Sequence[int]) -> int | tuple[int, ...]:
    """`3` rather than `(3, 3)`."""
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def unless(sizes: Sequence[int], default: int) -> int | tuple[int, ...] | None:
    """As `once`, and None, which `call` leaves out, for the default on every axis."""
    return None if set(sizes) <= {default} else once(sizes)


def plain(x: Code | float) -> Argument:
    """A whole number without its `.0`: beside a tensor it means the same."""
    return int(x) if isinstance(x, float) and x.is_integer() and abs(x) < 1e6 else x


def integers(sizes: Sequence[Dim]) -> tuple[int, ...]:
    """Sizes as numbers. Raises Unsupported for one that only a run knows."""
    return fixed(tuple(sizes))


def padding(ends: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """F.pad's argument for (before, after) on the trailing axes: the last axis first, without what is 0 in the end."""
    pairs = list(ends)
    while pairs and pairs[0] == (0, 0):
        del pairs[0]
    return tuple(n for pair in reversed(pairs) for n in pair)
