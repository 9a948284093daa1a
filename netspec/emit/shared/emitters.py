"""All shared emitters, by layer type."""

from __future__ import annotations

from netspec.emit.place import Emitter
from netspec.emit.shared import data, regions, resize, unknown
from netspec.layers.base import Layer

EMITTERS: dict[type[Layer], Emitter] = {
    **data.EMITTERS,
    **regions.EMITTERS,
    **resize.EMITTERS,
    **unknown.EMITTERS,
}
