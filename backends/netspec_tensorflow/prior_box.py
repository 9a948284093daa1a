"""PriorBox."""

from __future__ import annotations

from netspec.emit.code import Code
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.prior_box import prior_boxes
from netspec.layers.base import Layer
from netspec.layers.detection.prior_box import PriorBox


def prior_box(layer: PriorBox, place: Place) -> Code:
    """Computed when the graph is traced, and folded there."""
    return prior_boxes(layer, place, "tf.constant", Code("self.dtype"))


EMITTERS: dict[type[Layer], Emitter] = {PriorBox: prior_box}
