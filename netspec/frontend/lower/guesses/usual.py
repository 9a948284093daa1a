"""Sizes of inputs that nothing in a spec says: as data of this kind usually has them.

They are taken only where nothing depends on them but the shapes of blobs: for what a layer says of itself (how many
boxes are annotated), and for maps of labels that are as large as their images, where one guess has to fit both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from netspec.frontend.lower.guesses.case import Case, Measures, Proposal, Top, more_known, no_more_errors
from netspec.shapes import UNKNOWN, Dim, Shape, determined

SIDES = ((224, 224), (256, 256), (320, 320), (384, 384), (512, 512), (360, 480))  # tried in this order
BATCH = 1


def own_sizes(case: Case, best: Measures) -> Iterator[Proposal]:
    """What layers of data say of their own."""
    if best.errors:
        return
    tops = [top for top in case.inputs(best.entries) if not determined(best.shapes[top.value])]
    own = {top.value.blob: shape for top in tops if (shape := _own_size(case, top, best.shapes[top.value])) is not None}
    if own:
        yield Proposal(best.assumed.filled(usual=own), no_more_errors)


def common_sides(case: Case, best: Measures) -> Iterator[Proposal]:
    """Images and maps of labels of the same common height and width."""
    if best.errors:
        return
    tops = [top for top in case.inputs(best.entries) if not determined(best.shapes[top.value])]
    maps = [top.value for top in tops if top.value.blob not in best.assumed.usual]
    shapes = [best.shapes[value] for value in maps]
    if sum(map(_open_space, shapes)) < 2 or not _free(case, best, shapes):
        return
    for side in SIDES:
        pairs = zip(maps, shapes, strict=True)
        guess = {value.blob: _with_side(shape, side) for value, shape in pairs if shape is not None}
        yield Proposal(best.assumed.filled(usual=guess), no_more_errors)


def _own_size(case: Case, top: Top, shape: Shape | None) -> Shape | None:
    own = case.ask(top.entry, partial(top.params.assumed_shape, top.i, shape), None) if shape is not None else None
    return own if more_known(own, shape) else None


def _open_space(shape: Shape | None) -> bool:
    return shape is not None and len(shape) > 2 and not determined(shape[2:])


def _free(case: Case, best: Measures, open_: Sequence[Shape | None]) -> bool:
    """Whether the net is measured but for sizes of batches and images, and none of its parameters depends on these."""
    if any(shape is None or not determined(shape[1:2]) for shape in open_):
        return False
    blobs = (shape for wire in case.wires for value in wire.outputs for shape in (best.shapes[value],))
    return best.sized and all(shape is not None for shape in blobs)


def _with_side(shape: Shape, side: tuple[int, int]) -> Shape:
    sizes: tuple[Dim, ...] = (BATCH, UNKNOWN, *side)
    return tuple(
        dim if isinstance(dim, int) else sizes[axis] if axis < len(sizes) else side[0] for axis, dim in enumerate(shape)
    )
