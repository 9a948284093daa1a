"""What a file of weights holds, whatever its format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netspec.diagnostics import SpecError
from netspec.problems.weights import RepeatedLayer, UnreadableWeights

Floats: TypeAlias = NDArray[Any]
Params: TypeAlias = dict[str, list[Floats]]  # by layer, in Caffe's order and layout


class SavedBlob(NamedTuple):
    """A parameter blob. legacy: its sizes are those of old, four or C3D's five, in which a bias of N is 1×1×1×N."""

    values: Floats
    legacy: bool = False


class SavedLayer(NamedTuple):
    """A layer's blobs, in order; None is one that the file leaves out."""

    name: str
    blobs: tuple[SavedBlob | None, ...]


@dataclass(frozen=True)
class Weights:
    """The layers of a file, in its order; names may repeat. others: what else it holds, that is of no layer.

    shares: blobs that another layer owns may be left out.
    """

    file: str
    layers: tuple[SavedLayer, ...]
    others: tuple[str, ...] = ()
    shares: bool = False

    @property
    def params(self) -> Params:
        """As they stand in the file."""
        return {layer.name: [blob.values for blob in layer.blobs if blob] for layer in self.layers if layer.blobs}

    @property
    def repeated(self) -> dict[str, int]:
        """The names that several layers with blobs have, and how many: in `params` the last of them counts."""
        counts = Counter(layer.name for layer in self.layers if layer.blobs)
        return {name: count for name, count in counts.items() if count > 1}

    @property
    def diagnostics(self) -> tuple[RepeatedLayer, ...]:
        """A warning for each name that several layers have."""
        return tuple(
            RepeatedLayer(
                f'{self.file} has {count} layers "{name}" with weights, of which the last one\'s are taken',
                help="as Caffe does, which gives the weights of each to the net's first layer of the name",
            )
            for name, count in self.repeated.items()
        )

    @property
    def numbered(self) -> Weights:
        """With the second layer of a name and those after it called `name (2)` and so on."""
        seen = Counter[str]()
        layers: list[SavedLayer] = []
        for layer in self.layers:
            seen[layer.name] += bool(layer.blobs)
            layers.append(layer._replace(name=numbered(layer.name, seen[layer.name])))
        return replace(self, layers=tuple(layers))


def numbered(name: str, count: int) -> str:
    """What the `count`-th layer of a name is called, to tell it from the first."""
    return f"{name} ({count})" if count > 1 else name


def of_params(file: str, params: Mapping[str, Sequence[ArrayLike]]) -> Weights:
    """Numbers of other kinds than float32 and float64 become float32."""
    layers = (SavedLayer(name, tuple(SavedBlob(floats(blob)) for blob in blobs)) for name, blobs in params.items())
    return Weights(file, tuple(layers))


def floats(values: ArrayLike) -> Floats:
    array = np.asarray(values)
    return array if array.dtype.type in (np.float32, np.float64) else array.astype(np.float32)


def is_index(text: str) -> bool:
    """Whether the last part of a name is the number of a blob."""
    return text.isascii() and text.isdecimal() and len(text) <= 3


def by_index(found: Mapping[str, Mapping[int, SavedBlob]]) -> tuple[SavedLayer, ...]:
    """The layers of blobs that a file names one by one."""
    return tuple(SavedLayer(name, tuple(map(blobs.get, range(max(blobs) + 1)))) for name, blobs in found.items())


def unreadable(file: str, reason: str, help: str | None = None) -> NoReturn:
    raise SpecError([UnreadableWeights(f"{file} cannot be read as weights: {reason}", help=help)]) from None
