"""A feed of arrays whose rows are items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from netspec.data.classes import Classes
from netspec.data.feed import Batch, State
from netspec.data.order import CHANCE, Order, generator, placed
from netspec.data.transform import Transform
from netspec.shapes import show


class Column(Protocol):
    """An array whose rows are read when they are asked for."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[Any]: ...


class ChannelsLast:
    """A column whose images are H×W×C, as C×H×W."""

    def __init__(self, column: Column) -> None:
        self._column = column
        count, height, width, channels = column.shape
        self.shape = count, channels, height, width

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        return self._column[rows].transpose(0, 3, 1, 2)


class Rows:
    """columns: for every blob an array, all of as many rows. shapes: what a row of it is. transform: what is done to
    the rows of the first, which are images then."""

    def __init__(
        self,
        name: str,
        columns: Mapping[str, Column],
        shapes: Mapping[str, tuple[int, ...]],
        batch: int,
        order: Order,
        classes: Classes,
        transform: Transform | None = None,
        number: int = 0,
    ) -> None:
        self._name, self._columns, self._shapes, self._batch, self._items = name, columns, shapes, batch, 0
        self._order, self._classes, self._transform, self._number = order, classes, transform, number
        self._first = next(iter(columns))
        self.tops = {blob: (batch, *shape) for blob, shape in shapes.items()}
        if transform:
            self.tops[self._first] = (batch, *transform.shape(shapes[self._first], name))
        said = ", ".join(f"{blob} {show(shape)}" for blob, shape in shapes.items())
        self._data = f"{order.size} items of {said}"

    @property
    def size(self) -> int:
        return self._order.size

    def batch(self) -> Batch:
        rows = self._order.rows(self._items, self._batch)
        found: Batch = {}
        for blob, column in self._columns.items():
            values = np.ascontiguousarray(column[rows], np.float32).reshape(self._batch, *self._shapes[blob])
            if self._transform and blob == self._first:
                chance = generator(self._order.seed, CHANCE, self._number, self._items)
                values = self._transform([*values], chance)
            found[blob] = values
            self._classes.check(blob, values, lambda i: f"{self._name}, row {rows[i]}")
        self._items += self._batch
        return found

    def state(self) -> State:
        return {"data": self._data, "seed": self._order.seed, "items": self._items}

    def restore(self, state: Mapping[str, Any]) -> None:
        seed, self._items = placed(state, self._data)
        self._order = self._order.seeded(seed)

    def close(self) -> None:
        self._columns = dict[str, Column]()
