"""In which order items come, and what chance does to them: all of it a function of a seed and of how many have come.

So where a feed stands is two numbers, and what it gives next is the same in every process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

    def seeded(self, seed: int) -> Order:
        """The order by another seed."""
        return Order(self.size, seed, self.shuffled)

    def _of(self, epoch: int) -> NDArray[np.int64]:
        if self.shuffled and epoch != self._epoch:
            self._order, self._epoch = self._drawn(generator(self.seed, SHUFFLE, epoch)), epoch
        return self._order

    def _drawn(self, chance: np.random.Generator) -> NDArray[np.int64]:
        return chance.permutation(self.size)


class FileOrder(Order):
    """The order of the rows of several files, `sizes` in each: the files in another order, and in each file its rows.
    Source: Caffe's hdf5_data_layer.cpp."""

    def __init__(self, sizes: Sequence[int], seed: int, shuffled: bool) -> None:
        super().__init__(sum(sizes), seed, shuffled)
        self._sizes = tuple(sizes)

    def seeded(self, seed: int) -> Order:
        return FileOrder(self._sizes, seed, self.shuffled)

    def _drawn(self, chance: np.random.Generator) -> NDArray[np.int64]:
        starts = np.cumsum((0, *self._sizes))
        files = map(int, chance.permutation(len(self._sizes)))
        return np.concatenate([starts[file] + chance.permutation(self._sizes[file]) for file in files])


def misplaced(reason: str = "the state does not say where it stands in the data") -> SpecError:
    return SpecError([OtherData(reason)])


def placed(state: Mapping[str, Any], data: str) -> tuple[int, int]:
    """The seed and the number of items that have come, of a state. Raises SpecError (NS828) unless it is of `data`."""
    seed, items = state.get("seed"), state.get("items")
    if state.get("data") != data:
        raise misplaced(f"the state is of {state.get('data', 'no data')}, but here is {data}")
    if type(seed) is not int or type(items) is not int or not 0 <= seed <= LARGEST or items < 0:
        raise misplaced()
    return seed, items
