"""The loss of VNet, which segments volumes: how well what a net finds overlaps with what is there."""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import Array, cut, maximum, reshape, stop_gradient, total, where
from netspec.layers.base import Count, Formula, PythonLayer, Refusal, Requirements, Shapes, SizeRequirement
from netspec.layers.fit import axes, expect_size
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import Dim, Shape, integers, product, show


class PythonDiceLoss(PythonLayer, Formula):
    """2·Σ r·g / (Σ r + Σ g + 1e−5), summed over items: r is the likeliest class of each place, g whether its label is
    more than 0.5. A vector of one number, which counts in the loss only with a loss_weight.

    This has no gradient. In its stead the second class gets −2·(g/u − 2·p·i/u²), and the first class that with the
    other sign: p is the probability of the second class, i is Σ r·g, and u is Σ r + Σ g. It is 0, not no number, for an
    item without any object.
    Bottoms: probabilities N×C×V, with C 2 or 3, and labels, of which V are an item's, as N×1×V.
    Source: pyLayer.py of faustomilletari/VNet.
    """

    edition: ClassVar = "vnet"
    python: ClassVar = ("pyLayer", "DiceLoss")
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        found = bottoms[0]
        return {1: SizeRequirement.of((found[0], 1, found[2]))} if found is not None and len(found) == 3 else {}

    def formula(self, x: Array, labels: Array) -> Array:
        classes = self._classes(x.shape, labels.shape)
        probabilities = [reshape(cut(x, 1, i, i + 1), (x.shape[0], x.shape[2])) for i in range(classes)]
        first, second, *others = probabilities
        found, best = where(second > first, 1.0, 0.0), maximum(first, second)
        for i, each in enumerate(others, start=2):
            found, best = where(each > best, float(i), found), maximum(best, each)
        found = found.named("found")
        there = where(reshape(labels, second.shape) > 0.5, 1.0, 0.0).named("there")
        overlap = total(found * there, (1,), keepdims=True).named("overlap")
        union = (total(found, (1,), keepdims=True) + total(there, (1,), keepdims=True)).named("union")
        dice = total(2 * overlap / (union + 1e-5), (0,))
        least = maximum(union, 1.0).named("least")
        slope = 2 * (there / least - 2 * stop_gradient(second) * overlap / (least * least))
        guide = reshape(total(slope * (first - second), (0, 1)), (1,)).named("guide")
        return dice + (guide - stop_gradient(guide))

    def _classes(self, x: Shape, labels: Shape) -> int:
        for i, shape in enumerate((x, labels)):
            if len(shape) != 3:
                message = f"PythonDiceLoss takes probabilities N×C×V and labels N×1×V, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        classes: Dim = x[1]
        known = integers((classes,))
        if known is None or known[0] not in (2, 3):
            message = f"PythonDiceLoss takes the probabilities of 2 or of 3 classes, not of {classes}"
            raise Refusal(ShapeMismatch, message, bottoms={0: ""})
        expect_size("PythonDiceLoss needs labels for as many items as probabilities", labels[0], x[0], (1, 0))
        message = f"PythonDiceLoss needs {x[2]} labels for each item, not {product(labels[1:])}"
        expect_size(message, product(labels[1:]), x[2], (1, 0))
        return known[0]
