"""What both backends say of PriorBox."""

from __future__ import annotations

from netspec.arrays import leaf
from netspec.emit.code import Code, call
from netspec.emit.formula import express
from netspec.emit.place import Place
from netspec.emit.runtime_sizes import fixed
from netspec.layers.detection.prior_box import PriorBox


def prior_boxes(layer: PriorBox, place: Place, tensor: str, *dtype: Code) -> Code:
    """The boxes of a map of features. A backend says what makes a tensor, in which precision if need be."""
    height, width, *_ = fixed((*layer.image(place.site), *place.site.bottoms[0][2:]))
    cell, variance = layer.cell((height, width), layer.steps(place.site)[0]), list(layer.variances())
    arrays = leaf("cell", (len(cell), len(cell[0]))), leaf("variance", (len(variance),))
    leaves = {"cell": call(tensor, cell, *dtype), "variance": call(tensor, variance, *dtype)}
    (code,) = express((layer.in_all_cells(place.site, *arrays),), leaves, place.words(place), place)
    return code
