"""All shared emitters, by layer type."""

from __future__ import annotations

from netspec.emit.place import Emitter
from netspec.emit.shared import (
    boxes,
    correlation,
    data,
    multibox,
    proposals,
    regions,
    resize,
    yolo,
)
from netspec.layers.base import Layer

EMITTERS: dict[type[Layer], Emitter] = {
    **boxes.EMITTERS,
    **correlation.EMITTERS,
    **data.EMITTERS,
    **multibox.EMITTERS,
    **proposals.EMITTERS,
    **regions.EMITTERS,
    **resize.EMITTERS,
    **yolo.EMITTERS,
}
