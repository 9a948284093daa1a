"""Whether items are what a net asks for, and which of its inputs each array is for."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.problems.data import ForeignData
from netspec.shapes import Shape, integers, show

# What arrays are called elsewhere; a net's first input, and its second.
CALLED = (
    ("data", "x", "images", "image", "x_train", "x_test"),
    ("label", "labels", "y", "targets", "target", "y_train", "y_test"),
)


def batch_size(net: Net, given: int | None) -> int:
    """How many items a batch has. Raises SpecError (NS827) where neither the net nor the caller says it."""
    if given is not None:
        return given
    for name, shape in ((name, net.blobs.get(name)) for name in net.inputs):
        if shape and isinstance(shape[0], int):
            return shape[0]
        if shape:
            message = f'the net leaves open how many items a batch has: "{name}" is {show(shape)}'
            raise SpecError([ForeignData(message, help="say it: --batch 64")])
    raise SpecError([ForeignData("the net does not say how many items a batch has", help="say it: --batch 64")])


def matched(file: str, names: Sequence[str], inputs: Sequence[str], train: bool) -> dict[str, str]:
    """For every input the array that is for it: of its own name, else of one by which it is called elsewhere.

    Raises SpecError (NS827) where there is none for some input.
    """
    found = {name: name for name in inputs if name in names}
    foreign = "_test" if train else "_train"
    for name, called in zip(inputs, CALLED, strict=False):
        known = [array for array in called if array in names and array not in found.values()]
        if name not in found and known:
            found[name] = min(known, key=lambda array: array.endswith(foreign))
    lacking = [name for name in inputs if name not in found]
    if lacking:
        said = " and ".join(f'"{name}"' for name in lacking)
        has = ", ".join(names[:10]) or "nothing"
        message = f"{file} has no array for the input{'s' if lacking[1:] else ''} {said}: it holds {has}"
        raise SpecError([ForeignData(message, help="give arrays the names of the net's inputs")])
    return found


def item_shape(file: str, name: str, given: tuple[int, ...], asked: Shape | None) -> tuple[int, ...]:
    """The shape of an item as the net asks for it: sizes of 1 come and go, and what has one axis is flat.

    Raises SpecError (NS827).
    """
    if asked is None:
        return given
    behind = asked[1:]
    sizes = integers(behind)
    if sizes is None:
        shape = (*(1,) * (len(behind) - len(given)), *given)
        fits = len(shape) == len(behind) and all(
            not isinstance(a, int) or a == b for a, b in zip(behind, shape, strict=True)
        )
        if fits:
            return shape
    elif [d for d in sizes if d != 1] == [d for d in given if d != 1] or sizes == (prod(given),):
        return sizes
    message = f'{file} has items of {show(given)} for "{name}", which asks for {show(behind)}'
    raise SpecError([ForeignData(message)])


def channels_last(given: tuple[int, ...], asked: Shape | None) -> bool:
    """Whether images are H×W×C where the net asks for C×H×W."""
    if asked is None or len(asked) != 4:
        return False
    _, *sizes = asked
    return [*given] != sizes and [*given] == [*sizes[1:], sizes[0]]
