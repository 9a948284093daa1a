"""PriorBox."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.prior_box import prior_boxes
from netspec.layers.base import Layer
from netspec.layers.detection.prior_box import PriorBox


def prior_box(layer: PriorBox, place: Place) -> Code:
    """A buffer, so that it follows the module to its device and precision."""
    return place.module(call("nn.Buffer", prior_boxes(layer, place, "torch.tensor"), persistent=False))


EMITTERS: dict[type[Layer], Emitter] = {PriorBox: prior_box}
