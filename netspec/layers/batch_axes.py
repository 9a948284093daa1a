"""Layers with any number of batch axes, as those with one."""

from netspec.layers.base import BlobShape, CallSite, Layer
from netspec.layers.caffe.shape import Reshape
from netspec.layers.rewriting import Step, Unfolded
from netspec.shapes import Shape, product


def with_one_batch_axis(layer: Layer, axis: int, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded:
    """`layer` between two Reshapes, of which the first makes one axis of those before `axis`. It has as many bottoms as
    tops."""
    count = len(tops)
    before, after = (tuple(_folded(shape, axis) for shape in shapes) for shapes in (site.bottoms, tops))
    return Unfolded(
        (
            *(Step(_reshape(shape), (i,), (shape,), "input") for i, shape in enumerate(before)),
            Step(layer, tuple(range(count, 2 * count)), after, itself=True),
            *(Step(_reshape(shape), (i,), (shape,)) for i, shape in enumerate(tops, 2 * count)),
        )
    )


def _folded(shape: Shape, axis: int) -> Shape:
    return (product(shape[:axis]), *shape[axis:])


def _reshape(shape: Shape) -> Reshape:
    return Reshape(
        shape=BlobShape(dim=tuple(size if isinstance(size, int) else -1 for size in shape)),
        axis=0,
        num_axes=-1,
    )
