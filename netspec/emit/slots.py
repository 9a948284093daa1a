"""Between a blob as Caffe has it and as an emitted module keeps it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netspec.emit.parts import Slot
from netspec.emit.views import caffes_shape
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
