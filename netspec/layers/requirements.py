"""What layers of several bottoms imply of a bottom whose shape is not known: the words of `Layer.needs`."""

from collections.abc import Mapping

from netspec.layers.base import SizeRequirement
from netspec.shapes import Shape, determined


def labels_needed(bottoms: tuple[Shape | None, ...], axis: int) -> Mapping[int, SizeRequirement]:
    """The labels, bottom 1, for scores with classes on `axis`: one for each position of the other axes, in the form in
    which data layers have them: N×1×H×W for N×C×H×W, N for N×C, T×N where the classes are last."""
    scores = bottoms[0]
    if scores is None or not -len(scores) <= axis < len(scores):
        return {}
    axis %= len(scores)
    before, after = scores[:axis], scores[axis + 1 :]
    if all(isinstance(dim, int) and dim == 1 for dim in after):
        return {1: SizeRequirement.of(before)}
    return {1: SizeRequirement.of((*before, 1, *after))}


def equal_needed(bottoms: tuple[Shape | None, ...], which: tuple[int, ...] = (0, 1)) -> Mapping[int, SizeRequirement]:
    """Bottoms that are compared: each is as the first of them whose shape is known."""
    shapes = [bottoms[i] for i in which if i < len(bottoms)]
    best = next((shape for shape in shapes if determined(shape)), next((shape for shape in shapes if shape), None))
    return {i: SizeRequirement.of(best) for i in which if i < len(bottoms)} if best is not None else {}


def rows_needed(bottoms: tuple[Shape | None, ...], i: int) -> Mapping[int, SizeRequirement]:
    """Bottom i has a number for each item of the first."""
    return {i: SizeRequirement.of(bottoms[0][:1])} if bottoms[0] else {}
