"""Whether bottoms fit together, and the words for it when they do not."""

from netspec.layers.base import Refusal
from netspec.problems.shapes import ShapeMismatch
from netspec.shapes import Dim, Shape, mismatch, product, show


def expect_equal(message: str, bottoms: tuple[Shape, ...], i: int, except_axis: int | None = None) -> None:
    """Raises Refusal with `message` unless bottom i has the shape of bottom 0, one axis excepted."""
    first, shape = bottoms[0], bottoms[i]
    axis = mismatch(first, shape, except_axis)
    if axis is None:
        return
    label = f"axis {axis}: {first[axis]} and {shape[axis]}" if axis >= 0 else f"{axes(len(first))} and {len(shape)}"
    raise Refusal(ShapeMismatch, message, bottoms={0: "", i: ""}, label=label)


def expect_size(message: str, a: Dim, b: Dim, bottoms: tuple[int, ...], help: str | None = None) -> None:
    """Raises Refusal with `message` unless two sizes are equal, as far as they are known."""
    if a != b:
        raise Refusal(ShapeMismatch, message, bottoms=dict.fromkeys(bottoms, ""), label=f"{a} and {b}", help=help)


def needs_number(size: Dim) -> str:
    """Why code for a formula with a size in it cannot be written; "" for a number."""
    return "" if isinstance(size, int) else f"its formula has a number for {size}: give it with --input"


def axes(rank: int) -> str:
    return "1 axis" if rank == 1 else f"{rank} axes"


def counted(shape: Shape) -> str:
    """`2×8 = 16`; the product alone where there is nothing to multiply."""
    return f"{show(shape)} = {product(shape)}" if len(shape) > 1 else str(product(shape))
