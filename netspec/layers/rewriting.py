"""Layers in whose place others may stand. Each says itself which these are; passes for one target put them there."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from netspec.layers.base import CallSite, Layer
from netspec.shapes import Dim, Shape


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


class Foldable(Layer):
    """A layer that may go into another one where a net is run and not trained (`netspec.net.passes.optimize`).

    foldable: whether the type is what it says below. It is not inherited: what derives from the type, and fields of
    forks that are joined to it, may compute something else, and say themselves if they do not.
    """

    foldable: ClassVar[bool] = False

    @property
    def folds(self) -> bool:
        """Whether this layer does."""
        kind = type(self)
        return all(vars(part).get("foldable", False) for part in (kind.__bases__ if kind.unextended else (kind,)))


class Transparent(Foldable):
    """A layer that may hand on its one bottom as it is, as each of its tops."""

    def transparent(self, site: CallSite) -> bool:
        """Whether it does there."""
        raise NotImplementedError(self.type_name())


class Placement(NamedTuple):
    """Along which axes of x some numbers lie: from `axis` on, as many as `shape` has; one number for all has none."""

    axis: int
    shape: Shape


class Affine(Foldable):
    """A layer that may be y = factor·x + offset, with numbers that depend on parameters alone."""

    def placed(self, site: CallSite) -> Placement | None:
        """Where in x they lie; None where it is something else there."""
        raise NotImplementedError(self.type_name())

    def shifts(self, site: CallSite) -> bool:
        """Whether the offset may be another number than 0."""
        return True

    def terms(self, blobs: Sequence[Any]) -> tuple[Any, Any]:
        """The factor and the offset, from the parameter blobs as arrays of numpy."""
        raise NotImplementedError(self.type_name())


class WeightAxes(NamedTuple):
    """How the weight of a layer lies between its bottom and its top.

    view: the shape in which the axes can be told apart. outputs: those of them that count, in C order, along the axis
    `top` of the top; inputs: likewise along the axes of the bottom from `bottom` on, of the sizes `span`. padded:
    whether other numbers than the bottom's may be among what an output is computed from, so that an offset of the
    bottom is no constant of the top.
    """

    view: tuple[Dim, ...]
    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    top: int
    bottom: int
    span: Shape
    padded: bool


class Absorbing(Foldable):
    """A layer with a weight and perhaps a bias, linear but for that, which may take in factors and offsets."""

    def weight_axes(self, site: CallSite) -> WeightAxes | None:
        """How its weight lies; None where it takes in nothing."""
        raise NotImplementedError(self.type_name())

    def with_bias(self) -> Layer:
        """The same with a bias that begins as 0, or with the one that it has."""
        raise NotImplementedError(self.type_name())
