"""What data holds: how many items, of which shapes and labels; and its first items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netspec.data.items import Item, Pixels
from netspec.data.kinds import ARRAYS, columns, recognised, source
from netspec.diagnostics import SpecError

SHADES = " .:-=+*#%@"  # of a sketch, dark to bright
SKETCHED = 32  # height and width up to which an image is sketched
MOST = 1000  # labels that are counted apart


class Contents(NamedTuple):
    """shapes, labels: how many items have each. encoded: how many images are stored as files hold them."""

    kind: str
    items: int
    shapes: dict[tuple[int, ...], int]
    labels: dict[int, int]
    encoded: int
    arrays: dict[str, tuple[int, ...]]


def contents(path: Path, search: Sequence[Path] = ()) -> Contents:
    """Reads all of it once, an image no further than its shape takes. Raises SpecError (NS82x)."""
    kind = recognised(path)
    arrays: dict[str, tuple[int, ...]] = {}
    if kind.name in ARRAYS:
        found = columns(kind, search)
        arrays = {name: tuple(int(size) for size in column.shape) for name, column in found.items()}
        try:
            items = source(kind, search)
        except SpecError:  # arrays that are no images
            return Contents(kind.name, max(shape[0] for shape in arrays.values()), {}, {}, 0, arrays)
    else:
        items = source(kind, search)
    shapes, labels, encoded, count = Counter[tuple[int, ...]](), Counter[int](), 0, 0
    for item in items:
        count += 1
        shapes[item.shape()] += 1
        encoded += isinstance(item.content, bytes)
        if item.label is not None:
            labels[item.label] += 1
    items.close()
    return Contents(kind.name, count, dict(shapes.most_common()), dict(sorted(labels.items())), encoded, arrays)


def first(path: Path, count: int, search: Sequence[Path] = ()) -> list[Item]:
    """The first items. Raises SpecError (NS82x)."""
    items = source(recognised(path), search)
    found = [*islice(items, count)]
    items.close()
    return found


def sketch(pixels: Pixels) -> list[str]:
    """A small image in characters, bright ones for large values; nothing for a larger one."""
    height, width = pixels.shape[1:]
    if max(height, width) > SKETCHED:
        return []
    values = pixels.astype(np.float64).mean(axis=0)
    low, high = float(values.min()), float(values.max())
    steps = ((values - low) / ((high - low) or 1) * (len(SHADES) - 1)).round().astype(int)
    return ["".join(SHADES[step] * 2 for step in row).rstrip() for row in steps.tolist()]


def record(item: Item) -> dict[str, Any]:
    """An item for programs."""
    shape = item.shape()
    encoded = isinstance(item.content, bytes)
    return {"place": item.place, "name": item.name, "label": item.label, "shape": list(shape), "encoded": encoded}
