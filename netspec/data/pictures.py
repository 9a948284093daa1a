"""A feed of images and labels: what a Data or ImageData layer gives, or a source that stands in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.data.classes import Classes
from netspec.data.feed import Batch, State
from netspec.data.images import resized
from netspec.data.items import Item, Pixels, Source
from netspec.data.order import CHANCE, generator, placed
from netspec.data.transform import Transform, unfit
from netspec.shapes import show


class View(NamedTuple):
    """How a layer sees images: to how many channels they are decoded, and to what size they are brought first."""

    transform: Transform
    color: bool | None = None
    size: tuple[int, int] | None = None

    def pixels(self, item: Item) -> Pixels:
        image = item.pixels(self.color)
        return image if self.size is None else resized(image, *self.size)


class Pictures:
    """tops: the blob of the images, and that of the labels if there is one. batch: items in a batch. number: of the
    layer among those that feed the net, so that chance differs. skip: items to pass over at first."""

    def __init__(
        self,
        source: Source,
        view: View,
        tops: Sequence[str],
        batch: int,
        classes: Classes,
        seed: int,
        number: int = 0,
        skip: int = 0,
    ) -> None:
        self._source, self._view, self._names, self._batch = source, view, tuple(tops), batch
        self._classes, self._seed, self._number, self._items = classes, seed, number, skip
        start = source.place()
        (first,) = source.take(1)
        source.seek(start)
        if skip:
            source.take(skip)
        self._given = view.pixels(first).shape
        self._shape = view.transform.shape(self._given, first.place)
        self.tops = dict(zip(self._names, ((batch, *self._shape), (batch,)), strict=False))
        self._data = f"{source.name}: {show(self._shape)}"

    @property
    def size(self) -> int:
        return self._source.size

    def batch(self) -> Batch:
        items = self._source.take(self._batch)
        images = [self._view.pixels(item) for item in items]
        for item, image in zip(items, images, strict=True):
            if image.shape == self._given:
                continue
            if (shape := self._view.transform.shape(image.shape, item.place)) != self._shape:
                unfit(f"{item.place}: the image is {show(shape)}, but the first one {show(self._shape)}")
        chance = generator(self._seed, CHANCE, self._number, self._items)
        self._items += self._batch
        arrays: list[NDArray[np.float32]] = [self._view.transform(images, chance)]
        if self._names[1:]:
            labels = np.array([item.label or 0 for item in items], np.float32)
            self._classes.check(self._names[1], labels, partial(_place, items))
            arrays.append(labels)
        return dict(zip(self._names, arrays, strict=True))

    def state(self) -> State:
        return {"data": self._data, "seed": self._seed, "items": self._items, "place": self._source.place()}

    def restore(self, state: Mapping[str, Any]) -> None:
        seed, items = placed(state, self._data)
        self._source.seek(state.get("place"))
        self._seed, self._items = seed, items

    def close(self) -> None:
        self._source.close()


def _place(items: Sequence[Item], i: int) -> str:
    return items[i].place
