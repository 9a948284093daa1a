"""Data of one kind made from data of another, as Caffe's convert_imageset and compute_image_mean do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from netspec.data import databases, writing
from netspec.data.images import encoded, gray, resized
from netspec.data.items import Item, Pixels, Source
from netspec.data.transform import unfit
from netspec.diagnostics import SpecError
from netspec.host import files
from netspec.shapes import show
from netspec.weights import caffemodel
from netspec.weights.blobs import SavedBlob

T = TypeVar("T")
PARTS = {1: ("",), 2: ("train", "test"), 3: ("train", "val", "test")}


class Recipe(NamedTuple):
    """What becomes of the items. size: height and width. gray: one channel. encoded: images stay as files hold them.
    shuffle: the seed of the order, None for the source's own. split: the shares of all parts but the last."""

    size: tuple[int, int] | None = None
    gray: bool = False
    encoded: bool = False
    shuffle: int | None = None
    split: tuple[float, ...] = ()


class Made(NamedTuple):
    """A file or database that has been written."""

    path: Path
    items: int


def targets(path: Path, recipe: Recipe) -> list[Path]:
    """The paths that are written: for parts `NAME_train` and so on."""
    parts = PARTS[len(recipe.split) + 1]
    return [path.with_name(f"{path.stem}_{part}{path.suffix}" if part else path.name) for part in parts]


def counts(size: int, split: Sequence[float]) -> list[int]:
    """How many items each part has."""
    ends = [round(size * share) for share in np.cumsum(split)]
    return [end - begin for begin, end in zip([0, *ends], [*ends, size], strict=True)]


def make(source: Source, path: Path, recipe: Recipe, replace: bool, mean: Path | None = None) -> list[Made]:
    """Writes the items of a source; mean: where the mean image of the first part goes.

    Raises SpecError (NS82x) for bad data, and FileExistsError and OSError as `netspec.host.files.drafted`; of the part
    that is being written nothing is left then.
    """
    items, made = _ordered(source, recipe), list[Made]()
    number = 0
    for target, count in zip(targets(path, recipe), counts(source.size, recipe.split), strict=True):
        total: NDArray[np.float64] | None = None
        with files.drafted(target, replace) as draft, _Writing(target, draft, count) as writing:
            for item in islice(items, count):
                pixels = _prepared(item, recipe)
                writing.add(f"{number:08d}_{item.name}" if item.name else f"{number:08d}", item, pixels, recipe)
                number += 1
                if mean and not made:
                    total = _added(total, pixels, item)
        if mean and total is not None:
            files.write(mean, _mean(total / count), replace)
        made.append(Made(target, count))
    return made


class _Writing:
    """What writes a part, to a draft. Raises SpecError (NS108) for what the library of a format raises."""

    def __init__(self, target: Path, draft: Path, count: int) -> None:
        self._target = target
        self._writer = self._done(lambda: writing.writer(draft, target.suffix.lower(), count))

    def add(self, key: str, item: Item, pixels: Pixels, recipe: Recipe) -> None:
        content = _stored(item, pixels, recipe)
        self._done(lambda: self._writer.add(key, content, item.label))

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, kind: object, _: object, __: object) -> None:
        if kind is None:
            self._done(self._writer.close)
        else:
            with suppress(Exception):  # what is on the disk is taken away by others
                self._writer.close()

    def _done(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except SpecError:
            raise
        except Exception as error:  # a full disk, say
            raise files.unwritable(self._target, getattr(error, "strerror", None) or str(error)) from None


def replaceable(path: Path) -> bool:
    """Whether what is at a path may be replaced: a file, or a folder that is a database and nothing else."""
    if not path.is_dir():
        return True
    return databases.kind(path) is not None and all(databases.OWN.fullmatch(inner.name) for inner in path.iterdir())


def _ordered(source: Source, recipe: Recipe) -> Iterator[Item]:
    if recipe.shuffle is not None and isinstance(source, databases.Database):
        return source.shuffled(recipe.shuffle)
    if recipe.shuffle is not None:
        return iter(source.take(1)[0] for _ in range(source.size))  # a source that was opened shuffled
    return iter(source)


def _prepared(item: Item, recipe: Recipe) -> Pixels:
    """In color unless told otherwise, as convert_imageset; arrays keep the channels that they have."""
    pixels = item.pixels(not recipe.gray)
    if recipe.gray and pixels.dtype == np.uint8:
        pixels = gray(pixels)
    if recipe.size is None:
        return pixels
    if pixels.dtype != np.uint8:
        unfit(f"{item.place}: only images of bytes are resized, not of {pixels.dtype}")
    return resized(pixels, *recipe.size)


def _stored(item: Item, pixels: Pixels, recipe: Recipe) -> Pixels | bytes:
    """Encoded images stay the bytes that they are where nothing is done to them."""
    if not recipe.encoded:
        return pixels
    if isinstance(item.content, bytes) and recipe.size is None and not recipe.gray:
        return item.content
    if pixels.dtype != np.uint8:
        unfit(f"{item.place}: only images of bytes are encoded, not of {pixels.dtype}")
    return encoded(pixels, "JPEG" if item.name.lower().endswith((".jpg", ".jpeg")) else "PNG")


def _added(total: NDArray[np.float64] | None, pixels: Pixels, item: Item) -> NDArray[np.float64]:
    if total is None:
        return pixels.astype(np.float64)
    if total.shape != pixels.shape:
        unfit(
            f"{item.place}: the image is {show(pixels.shape)}, but the first one {show(total.shape)}: there is no mean"
        )
    return total + pixels


def _mean(image: NDArray[np.float64]) -> bytes:
    """As compute_image_mean writes it."""
    return b"".join(caffemodel.encoded(SavedBlob(image[None].astype(np.float32), legacy=True)))
