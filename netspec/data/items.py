"""What sources of images give: items, one after the other or by number, before they are decoded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netspec.data.images import decoded, sizes
from netspec.data.order import Order, misplaced
from netspec.diagnostics import SpecError
from netspec.problems.data import BadItem

Pixels: TypeAlias = NDArray[Any]  # C×H×W, bytes or float32; channels of colors are blue, green, red

TOGETHER = 64  # items that are read at once where all are


class Item(NamedTuple):
    """An image and its label. place: where it stands, in words: `key "00000012"`, `line 13`. name: of its file, "" for
    none. content: the pixels, or an image as a file holds it. label: None where there is none."""

    place: str
    name: str
    content: Pixels | bytes
    label: int | None

    def shape(self) -> tuple[int, ...]:
        """C×H×W, without reading more of an encoded image than that takes. Raises SpecError (NS823)."""
        if not isinstance(self.content, bytes):
            return self.content.shape
        try:
            return sizes(self.content)
        except ValueError as error:
            bad(self, str(error))

    def pixels(self, color: bool | None = None) -> Pixels:
        """The image, decoded if it has to be: to three channels, to one, or, for None, as it is. Raises SpecError
        (NS823)."""
        if not isinstance(self.content, bytes):
            return self.content
        try:
            return decoded(self.content, color)
        except ValueError as error:
            bad(self, str(error))


class Source(Protocol):
    """Items in an order, from which the next ones are taken; behind the last comes the first."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def take(self, count: int) -> list[Item]:
        """The next ones. Raises SpecError for bad data."""
        ...

    def place(self) -> Any:
        """Where it stands, as JSON."""
        ...

    def seek(self, place: Any) -> None:
        """Goes to a place. Raises SpecError (NS828) where there is none such; it stands where it stood then."""
        ...

    def close(self) -> None: ...
    def __iter__(self) -> Iterator[Item]:
        """All items once, from the first on."""
        ...


def bad(item: Item, reason: str) -> NoReturn:
    """Raises SpecError (NS823)."""
    raise SpecError([BadItem(f"{item.place}: {reason}")]) from None


class Numbered(ABC):
    """Items that are got by number, in their order or in another one each round. seek: of another seed, too."""

    def __init__(self, name: str, size: int, seed: int, shuffled: bool) -> None:
        self.name, self._order, self._came = name, Order(size, seed, shuffled), 0

    @property
    def size(self) -> int:
        return self._order.size

    def take(self, count: int) -> list[Item]:
        rows = self._order.rows(self._came, count)
        self._came += count
        return self.items(rows)

    @abstractmethod
    def items(self, rows: NDArray[np.int64]) -> list[Item]:
        """Those of these numbers."""

    def place(self) -> list[int]:
        """The seed, and how many have come."""
        return [self._order.seed, self._came]

    def seek(self, place: Any) -> None:
        match place:
            case [int(seed), int(came)] if seed >= 0 and came >= 0:
                self._order, self._came = self._order.seeded(seed), came
            case _:
                raise misplaced()

    def __iter__(self) -> Iterator[Item]:
        for start in range(0, self.size, TOGETHER):
            yield from self.items(np.arange(start, min(start + TOGETHER, self.size)))
