"""Between a blob as Caffe has it and as an emitted module keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netspec.emit.parts import Slot
from netspec.emit.views import caffes_shape
from netspec.layers.base import Role
from netspec.shapes import integers

Floats: TypeAlias = NDArray[Any]


def stored(slot: Slot, values: Floats) -> Floats:
    """A blob as the module keeps it, in one piece."""
    turned = values.reshape(caffes_shape(slot.shape, slot.order)).transpose(slot.order) if slot.order else values
    return np.asarray(turned, order="C").reshape(slot.shape)


def restored(slot: Slot, values: Floats) -> Floats:
    """What the module keeps, or its gradient, as a blob."""
    turned = values.transpose(np.argsort(slot.order)) if slot.order else values
    return turned.reshape(integers(slot.blob.shape) or ())


def all_stored(slots: Sequence[Slot], blobs: Sequence[Floats]) -> Iterator[tuple[str, Floats]]:
    """What the module keeps of a layer's blobs, each with its path.

    A factor of 0, which an untrained file has, makes mean and variance 0. Source: BatchNormLayer::Forward_cpu.
    """
    pairs = list(zip(slots, blobs, strict=True))
    factor = next((values for slot, values in pairs if not slot.path), None)
    for slot, values in pairs:
        if slot.path:
            if factor is not None and slot.blob.role in (Role.MEAN, Role.VARIANCE):
                values = values / factor if factor.any() else np.zeros_like(values)
            yield slot.path, stored(slot, values)


def all_restored(slots: Sequence[Slot], read: Callable[[str], Floats]) -> list[Floats]:
    """A layer's blobs from what the module keeps under each path. A factor that it does not keep is 1."""
    kept = [restored(slot, read(slot.path)) if slot.path else None for slot in slots]
    kind = next((values.dtype for values in kept if values is not None), None)
    return [np.ones(1, kind) if values is None else values for values in kept]
