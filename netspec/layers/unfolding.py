"""A layer in terms of simpler ones, as the layer itself says it (`Layer.unfolded`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netspec.shapes import Shape

if TYPE_CHECKING:
    from netspec.layers.base import Layer


class Step(NamedTuple):
    """One of the layers that stand for another.

    Values have numbers: those of the bottoms of that other layer come first, then those of what each step writes; the
    last of them are its tops. reads: the numbers. writes: the shapes. part: what the step is called behind the name of
    the layer. itself: it keeps the name and the parameters of the layer.
    """

    layer: Layer
    reads: tuple[int, ...]
    writes: tuple[Shape, ...]
    part: str = ""
    itself: bool = False


class Unfolded(NamedTuple):
    """What stands for a layer, in the order in which it runs.

    fused: a spec wrote several layers as one, so that no target has it as it is.
    """

    steps: tuple[Step, ...]
    fused: bool = False
