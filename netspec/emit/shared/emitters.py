"""All shared emitters, by layer type."""

from __future__ import annotations

from netspec.emit.place import Emitter
from netspec.emit.shared import correlation, data, regions, resize, unknown
from netspec.layers.base import Layer

EMITTERS: dict[type[Layer], Emitter] = {
    **correlation.EMITTERS,
    **data.EMITTERS,
    **regions.EMITTERS,
    **resize.EMITTERS,
    **unknown.EMITTERS,
}
