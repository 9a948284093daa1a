"""How alike two images are, for every displacement of one against the other, in the plane or along rows."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, absolute, cut, for_each, mean, pad
from netspec.arrays.functions import function
from netspec.arrays.images import avg_pool
from netspec.layers.base import CallSite, Count, Field, Formula, LayoutPreference, Positive, Refusal, UInt, checks
from netspec.layers.fit import axes, expect_equal
from netspec.layers.window import empty
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, product, show


class CorrelationType(IntEnum):
    MULTIPLY = 0
    SUBTRACT = 1


@function("N C rows columns", "N C rows columns")
def correlation(a: Array, b: Array, *, layer: "Correlation") -> Array:
    """How alike each place of a is to places of b around it, these along the channels."""
    borders = {axis: layer.reach(axis) for axis in (2, 3)}
    for axis, (reach, padding) in borders.items():
        if padding < reach:
            a = cut(a, axis, reach - padding, a.shape[axis] - (reach - padding))
    still = _padded(
        a, {axis: (padding - reach, padding - reach) for axis, (reach, padding) in borders.items()}, "still"
    )
    height, width = still.shape[2:]
    rows, columns = (padding for _, padding in borders.values())
    around = _padded(b, {2: (rows, rows), 3: (columns + layer.beyond, columns)}, "around")

    def alike(x: Dim, y: Dim | None = None) -> Array:
        moved = around if y is None else cut(around, 2, y, y + height)
        moved = cut(moved, 3, x, x + width)
        pairs = absolute(still - moved) if layer.correlation_type is CorrelationType.SUBTRACT else still * moved
        return mean(pairs, (1,), keepdims=True)

    planes = for_each(b, layer.places(), alike, 1)
    if layer.kernel_size == layer.stride_1 == 1:
        return planes
    return avg_pool(planes.named("planes"), layer.kernel_size, layer.stride_1)


def _padded(x: Array, amounts: Mapping[int, tuple[int, int]], name: str) -> Array:
    """Zeros around, where there are more than none of them."""
    if all(amount <= 0 for ends in amounts.values() for amount in ends):
        return x
    return pad(x, [(max(before, 0), max(behind, 0)) for before, behind in ((0, 0), (0, 0), *amounts.values())]).named(
        name
    )


class Correlation(Formula):
    """y[n, d, i, j] = the mean of a·b, or for SUBTRACT of |a − b|, over windows of two images, the second displaced.

    The windows are kernel_size × kernel_size, over all channels. The displacements go from −r to r steps of stride_2,
    to the right first and then down, where r = max_displacement / stride_2, rounded down.
    Shape: two of N×C×H×W to N×(2·r + 1)²×H'×W', with H' = (H + 2·pad − 2·(max_displacement + (kernel_size − 1) / 2)) /
    stride_1, rounded up.
    Source: correlation_layer.cpp of FlowNet 2.0.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "correlation_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False
    ignored: ClassVar = {"single_direction": int, "do_abs": bool}

    pad: UInt = Field(default=0, description="what is added at all four sides of both images")
    kernel_size: Positive = Field(description="the side of the windows, an odd number")
    max_displacement: UInt = Field(description="how far the second image is displaced at most")
    stride_1: Positive = Field(default=1, description="the step of the window in the first image")
    stride_2: Positive = Field(default=1, description="the step between displacements")
    correlation_type: CorrelationType = Field(
        default=CorrelationType.MULTIPLY, description="MULTIPLY, or SUBTRACT for the absolute difference"
    )

    @checks("kernel_size")
    @staticmethod
    def _odd(kernel_size: int) -> int:
        if kernel_size % 2 == 0:
            raise ValueError("kernel_size has to be odd, so that a window has a middle")
        return kernel_size

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape = site.bottoms[0]
        for i, bottom in enumerate(site.bottoms):
            if len(bottom) != 4:
                raise Refusal(
                    BadDimensions,
                    f"{self.type_name()} takes two of N×C×H×W; {show(bottom)} has {axes(len(bottom))}",
                    bottoms={i: ""},
                )
        expect_equal(f"{self.type_name()} takes two images of one shape", site.bottoms, 1)
        return ((shape[0], self.displacements(), *(self._size(shape, axis) for axis in (2, 3))),)

    def displacements(self) -> int:
        """How many there are in all."""
        return (2 * self.steps + 1) ** 2

    def formula(self, a: Array, b: Array) -> Array:
        return correlation(a, b, layer=self)

    def places(self) -> dict[str, range]:
        """Where in the second image, with what is added, the window of the first begins, on each axis displaced."""
        places = self._range(2 * self.steps + 1)
        return {"y": places, "x": places}

    def _range(self, count: int) -> range:
        start = self.max_displacement + self.beyond + self.first * self.stride_2
        return range(start, start + (count - 1) * self.stride_2 + 1, self.stride_2)

    @property
    def first(self) -> int:
        """The first displacement, in steps."""
        return -self.steps

    @property
    def beyond(self) -> int:
        """By how many columns the first displacement reaches beyond the padding."""
        return max(0, -self.first * self.stride_2 - self.max_displacement)

    @property
    def steps(self) -> int:
        """How many displacements there are in one direction."""
        return self.max_displacement // self.stride_2

    def reach(self, axis: int) -> tuple[int, int]:
        """How far images are displaced at most along an axis, and what is added at either end of it."""
        return self.max_displacement, self.pad

    def _size(self, shape: Shape, axis: int) -> Dim:
        reach, pad = self.reach(axis)
        border = reach + (self.kernel_size - 1) // 2
        free = shape[axis] + 2 * pad - 2 * border
        size = -(-free // self.stride_1)
        if size < 1:
            raise empty(
                self.type_name(),
                axis,
                f"({shape[axis]} + 2·{pad} − 2·{border}) / {self.stride_1}",
                size,
                "max_displacement" if reach else "kernel_size",
                f"leaves a border of {border}",
                "use more padding, or a smaller max_displacement" if reach else "use a smaller kernel_size",
            )
        return size

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * site.bottoms[0][1] * self.kernel_size**2


class Correlation1D(Correlation):
    """Correlation in which the second image is displaced along rows alone, as for the two images of a stereo camera.

    The displacements go from −r to r steps of stride_2, or with single_direction 1 from 0 to r; with −1 the fork takes
    those from −r − 1 to −1. Where they reach beyond the padding at the left they would read the end of the row above:
    this is refused, and what lies before the first row of all counts as 0. There is no padding above and below.
    Shape: two of N×C×H×W to N×(2·r + 1)×H'×W', with single_direction N×(r + 1)×H'×W', where H' is
    (H − 2·((kernel_size − 1) / 2)) / stride_1, rounded up, and W' as in Correlation.
    Source: correlation_layer1d.cpp and correlation_layer1d.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"

    single_direction: int = Field(
        default=0, ge=-1, le=1, description="displace to both sides (0), to the left alone (−1) or to the right (1)"
    )

    def displacements(self) -> int:
        return self.steps + 1 if self.single_direction else 2 * self.steps + 1

    def reach(self, axis: int) -> tuple[int, int]:
        return super().reach(axis) if axis == 3 else (0, 0)

    def places(self) -> dict[str, range]:
        return {"x": self._range(self.displacements())}

    @property
    def first(self) -> int:
        return {-1: -self.steps - 1, 0: -self.steps, 1: 0}[self.single_direction]

    def lacks(self, site: CallSite) -> str:
        if self.beyond <= self.pad:
            return ""
        return f"a displacement of {self.first * self.stride_2} reads the end of the row above: pad by {self.beyond}"
