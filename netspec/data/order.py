"""In which order items come, and what chance does to them: all of it a function of a seed and of how many have come.

So where a feed stands is two numbers, and what it gives next is the same in every process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from secrets import randbits
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import SpecError
from netspec.problems.data import OtherData

SHUFFLE, CHANCE, SKIP = range(3)  # what numbers are drawn for; each has its own
LARGEST = (1 << 64) - 1  # seed


def seeded(seed: int | None) -> int:
    """The seed to use, drawn where none is given."""
    return randbits(63) if seed is None else seed & LARGEST


def generator(seed: int, *purpose: int) -> np.random.Generator:
    """Numbers for one purpose, which depend on nothing else that is drawn."""
    return np.random.default_rng([seed, *purpose])


def chunks(size: int, start: int, count: int) -> Iterator[tuple[int, int, int]]:
    """The parts of `count` items from the `start`-th that has come: the round that each is in, and from where to where
    it goes in it."""
    while count:
        epoch, place = divmod(start, size)
        taken = min(size - place, count)
        yield epoch, place, place + taken
        start, count = start + taken, count - taken


class Order:
    """The order of `size` items, from round to round another one if it is shuffled."""

    def __init__(self, size: int, seed: int, shuffled: bool) -> None:
        self.size, self.seed, self.shuffled = size, seed, shuffled
        self._epoch, self._order = -1, np.arange(0 if shuffled else size)

    def rows(self, start: int, count: int) -> NDArray[np.int64]:
        """The numbers of `count` items, the `start`-th that come and those behind it."""
        return np.concatenate([self._of(epoch)[a:b] for epoch, a, b in chunks(self.size, start, count)])

    def _of(self, epoch: int) -> NDArray[np.int64]:
        if self.shuffled and epoch != self._epoch:
            self._order = generator(self.seed, SHUFFLE, epoch).permutation(self.size)
            self._epoch = epoch
        return self._order


def placed(state: Mapping[str, Any], data: str) -> tuple[int, int]:
    """The seed and the number of items that have come, of a state. Raises SpecError (NS828) unless it is of `data`."""
    seed, items = state.get("seed"), state.get("items")
    if state.get("data") != data:
        raise SpecError([OtherData(f"the state is of {state.get('data', 'no data')}, but here is {data}")])
    if not isinstance(seed, int) or not isinstance(items, int) or not 0 <= seed <= LARGEST or items < 0:
        raise SpecError([OtherData("the state does not say where it stands in the data")])
    return seed, items
