"""A feed of arrays whose rows are items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.data.feed import Batch, State
from netspec.data.fitting import said
from netspec.data.order import Order, placed


class Rows:
    """columns: for every blob an array, all of as many rows. shapes: what an item is as the net asks for it."""

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        shapes: Mapping[str, tuple[int, ...]],
        batch: int,
        seed: int,
        shuffled: bool,
    ) -> None:
        self._columns: Mapping[str, NDArray[Any]] = columns
        self._batch, self._items = batch, 0
        self._order = Order(min(map(len, columns.values())), seed, shuffled)
        self.tops = {name: (batch, *shape) for name, shape in shapes.items()}
        self._data = said(self.size, shapes)

    @property
    def size(self) -> int:
        return self._order.size

    def batch(self) -> Batch:
        rows = self._order.rows(self._items, self._batch)
        self._items += self._batch
        return {
            name: np.ascontiguousarray(array[rows], np.float32).reshape(self.tops[name])
            for name, array in self._columns.items()
        }

    def state(self) -> State:
        return {"data": self._data, "seed": self._order.seed, "items": self._items}

    def restore(self, state: Mapping[str, Any]) -> None:
        seed, self._items = placed(state, self._data)
        self._order = Order(self.size, seed, self._order.shuffled)

    def close(self) -> None:
        self._columns = dict[str, NDArray[Any]]()
