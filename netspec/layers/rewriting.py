"""Layers in whose place others may stand. Each says itself which these are; passes for one target put them there."""

from __future__ import annotations

from typing import NamedTuple

from netspec.layers.base import CallSite, Layer
from netspec.shapes import Shape


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


class Composite(Layer):
    """A layer that may be written as simpler ones, for targets that have only those."""

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded | None:
        """Those layers; None where it is simple itself."""
        raise NotImplementedError(self.type_name())


class Fusible(Layer):
    """A layer that may be one with the layer behind it, for targets that have both as one."""

    def fused_with(self, behind: Layer, site: CallSite) -> Layer | None:
        """That one layer, with the parameter blobs of both, one after the other. `behind` reads its one top at `site`.
        None: there is no such layer."""
        raise NotImplementedError(self.type_name())


class Reordering(Layer):
    """A layer that brings the axes of its one bottom into another order, and does nothing else."""

    def reordered(self, rank: int) -> tuple[int, ...]:
        """The axes in that order."""
        raise NotImplementedError(self.type_name())
