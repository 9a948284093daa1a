"""Layers that give an image another height and width: by interpolation, by the nearest element, by a mask."""

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import lcm
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    blend,
    cast,
    cut,
    equal,
    iota,
    maximum,
    minimum,
    repeat,
    select,
    total,
    where,
)
from netspec.arrays.functions import function
from netspec.arrays.images import Coinciding, enlarge, interpolated
from netspec.layers.base import CallSite, Count, Field, Formula, Layer, LayoutPreference, Positive, Refusal, UInt
from netspec.layers.fit import axes, expect_equal
from netspec.layers.overwriting import SCATTERED
from netspec.layers.window import empty
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, EmptyOutput
from netspec.shapes import Dim, Shape, integers, known, product, show


class Method(IntEnum):
    """How values between elements are found."""

    NEAREST = 1
    LINEAR = 2
    CUBIC = 3


@dataclass(frozen=True)
class Sampling:
    """How an axis of an image is sampled: output i looks at place scale·i + shift of `size` elements from `begin` on.

    NEAREST takes the element at the place, rounded down; else the elements around it count by their distance, times
    `sharpness`, and the sum of what they count is 1.
    """

    begin: int
    size: int
    output: int
    scale: Fraction
    shift: Fraction = Fraction(0)
    sharpness: Fraction = Fraction(1)

    @property
    def corners(self) -> bool:
        """Whether the first and the last elements of input and output lie at the same places."""
        first = self.output == 1 and self.scale == 0
        return first or (self.shift == 0 and self.scale * (self.output - 1) == self.size - 1)

    @property
    def kept(self) -> bool:
        """Whether output i is element i."""
        return self.size == self.output and self.scale == 1 and self.shift in (0, Fraction(1, 2))

    @property
    def repeats(self) -> int:
        """How often each element is taken, one after the other, if all are taken equally often; 0 if not."""
        return self.output // self.size if self.shift == 0 and self.scale * (self.output // self.size) == 1 else 0

    @property
    def spread(self) -> bool:
        """Whether the elements of the output divide the input into equal parts."""
        return self.scale == Fraction(self.size, self.output)

    def nearest(self) -> Array:
        """The element at the place of each output, rounded down: (a·i + b) / c, for integers a, b and c."""
        divisor = lcm(self.scale.denominator, self.shift.denominator)
        step, shift = int(self.scale * divisor), int(self.shift * divisor)
        at = iota(self.output) if step == 1 else iota(self.output) * step
        at = (at + shift if shift else at) // divisor
        beyond = (step * (self.output - 1) + shift) // divisor >= self.size
        return minimum(at, self.size - 1) if beyond else at


def coinciding(samplings: tuple[Sampling, ...]) -> Coinciding | None:
    """Where input and output of linear interpolation lie at one place on all axes, if there is such a place."""
    if any(sampling.sharpness != 1 for sampling in samplings):
        return None
    if all(sampling.corners for sampling in samplings):
        return Coinciding.CORNERS
    if not all(sampling.spread for sampling in samplings):
        return None
    if all(sampling.shift == (sampling.scale - 1) / 2 for sampling in samplings):
        return Coinciding.EDGES
    return Coinciding.FIRST if all(sampling.shift == 0 for sampling in samplings) else None


def resampled(x: Array, axes: tuple[int, ...], samplings: tuple[Sampling, ...], method: Method) -> Array:
    """`x` with its axes sampled anew."""
    for axis, sampling in zip(axes, samplings, strict=True):
        begin, end = sampling.begin, sampling.begin + sampling.size
        x = x if (begin, end) == (0, x.shape[axis]) else cut(x, axis, begin, end)
    moved = [(axis, sampling) for axis, sampling in zip(axes, samplings, strict=True) if not sampling.kept]
    if not moved:
        return x
    if method is Method.LINEAR and (places := coinciding(samplings)):
        return interpolated(x, axes, [sampling.output for sampling in samplings], places)
    if method is Method.NEAREST and axes[0] == 2 and all(sampling.repeats for sampling in samplings):
        return enlarge(x, [sampling.repeats for sampling in samplings])
    for axis, sampling in moved:
        if method is not Method.NEAREST:
            x = blend(x, _weights(x, axis, sampling, method), axis)
        elif sampling.repeats:
            x = repeat(x, axis, sampling.repeats)
        else:
            x = select(x, sampling.nearest(), axis)
        x = x.named("sampled")
    return x


def _weights(x: Array, axis: int, sampling: Sampling, method: Method) -> Array:
    smooth = sampling.sharpness != 1
    scale, shift = float(sampling.scale), float(sampling.shift)
    cubic = method is Method.CUBIC
    return shares(x, x.shape[axis], sampling.output, scale, shift, smooth=smooth, cubic=cubic).named(f"shares_{axis}")


@function("N C rows columns")
def shares(x: Array, before: Dim, after: Dim, scale: float, shift: float = 0.0, *, smooth: bool, cubic: bool) -> Array:
    """What each element of an axis counts for element i of another size, which lies at scale·i + shift; the sum is 1.
    It falls with the distance."""
    at = align(iota(after, DType.WIDE) * scale + shift, 0, 2)
    away = absolute(at - align(iota(before, DType.WIDE), 1, 2))
    d = (away / scale if smooth else away).named("d")
    if cubic:  # Catmull and Rom's
        inner, outer = d * d * (1.5 * d - 2.5) + 1, (d * (2.5 - 0.5 * d) - 4) * d + 2
        counts = where(d < 2, where(d <= 1, inner, outer), 0.0).named("counts")
    else:
        counts = maximum(1 - d, 0.0).named("counts")
    sums = total(counts, (1,), keepdims=True).named("sums")
    return cast(counts / where(equal(sums, 0.0), 1.0, sums), DType.FLOAT)


class Resize(Formula):
    """A layer that samples an image anew, height and width each for itself."""

    of_any_size: ClassVar = False  # whether its formula needs no numbers for height and width
    garbled: ClassVar = SCATTERED

    def overwritten(self, site: CallSite) -> str:
        return "" if self.infer(site)[0] == site.bottoms[0] else self.garbled

    def space(self) -> tuple[int, ...]:
        """The axes that are sampled."""
        return 2, 3

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape, space = site.bottoms[0], self.space()
        if len(shape) != len(space) + 2:
            raise Refusal(
                BadDimensions,
                f"{self.called()} takes {len(space) + 2} axes; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to that with a Reshape",
            )
        sizes = dict(zip(space, self.output(site), strict=True))
        for axis, size in sizes.items():
            if size < 1:
                message = f"the output of {self.called()} would have size {size} on axis {axis}, from {shape[axis]}"
                raise Refusal(EmptyOutput, message, bottoms={0: ""}, help="ask for a larger output")
        return (tuple(sizes.get(axis, size) for axis, size in enumerate(shape)),)

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        """The sizes of the output on the axes that are sampled. Raises Refusal."""
        raise NotImplementedError

    def method(self) -> Method:
        return Method.LINEAR

    def samplings(self, site: CallSite) -> tuple[Sampling, ...]:
        """How each axis is sampled, where all sizes are known."""
        sizes = integers(tuple(site.bottoms[0][axis] for axis in self.space())) or ()
        outputs = integers(self.output(site)) or ()
        scales = tuple(Fraction(size, output) for size, output in zip(sizes, outputs, strict=True))
        return tuple(self.sampling(*row) for row in zip(sizes, outputs, reversed(scales), strict=True))

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        """How an axis is sampled; `other` is how much smaller the other axis of an image becomes."""
        raise NotImplementedError

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        sampled = self.symbolic(site, xs[0]) if self.of_any_size and not self._known(site) else None
        return (sampled or resampled(xs[0], self.space(), self.samplings(site), self.method()),)

    def symbolic(self, site: CallSite, x: Array) -> Array:
        """`x` sampled, where sizes have names."""
        raise NotImplementedError

    def lacks(self, site: CallSite) -> str:
        if self.of_any_size or self._known(site):
            return ""
        return f"it needs numbers for sizes, not {show(site.bottoms[0])}: give them with --input"

    def _known(self, site: CallSite) -> bool:
        return known((*(site.bottoms[0][axis] for axis in self.space()), *self.output(site)))

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * {Method.NEAREST: 0, Method.LINEAR: 4, Method.CUBIC: 16}[self.method()]

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER if self.space()[0] == 2 else LayoutPreference.FIRST


class Interp(Resize):
    """Bilinear interpolation, in which the corners of input and output coincide.

    The size comes from a second bottom, if there is one, or from the first of these that is given: shrink_factor s
    alone, H' = (H − 1) / s + 1, rounded down; zoom_factor z alone, H' = H + (H − 1)·(z − 1); height and width;
    shrink_factor and zoom_factor, one after the other; full_zoom_factor z, H' = H·z. H is the input's height less what
    pad_beg and pad_end crop; the width likewise.
    Shape: N×C×H×W to N×C×H'×W'.
    Source: interp_layer.cpp of DeepLab, where forks of it have the second bottom, and of PSPNet; that of Synopsys' fork
    for full_zoom_factor.
    """

    edition: ClassVar = "deeplab"
    message: ClassVar = "interp_param"
    of_any_size: ClassVar = True
    bottoms: ClassVar = Count(1, 2)
    shape_alone: ClassVar = frozenset({1})

    height: int = Field(default=0, ge=0, description="the output's height, with width")
    width: int = Field(default=0, ge=0, description="the output's width, with height")
    zoom_factor: int = Field(default=1, ge=1, description="into how many steps the one between two elements is divided")
    shrink_factor: int = Field(default=1, ge=1, description="how many steps between elements become one")
    full_zoom_factor: int = Field(default=1, ge=1, description="how many times as high and wide it is")
    pad_beg: int = Field(default=0, le=0, description="minus the rows and columns cropped at the beginning")
    pad_end: int = Field(default=0, le=0, description="minus the rows and columns cropped at the end")
    use_blob_size: bool = Field(default=False, description="soeaver's fork: the size is that of a second bottom")

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        if len(site.bottoms) > 1 or self.use_blob_size:
            return self._as_second(site)
        return tuple(self._scaled(site, axis) for axis in (2, 3))

    def _as_second(self, site: CallSite) -> tuple[Dim, ...]:
        given = [name for name in ("shrink_factor", "zoom_factor", "height", "width") if self.has(name)]
        if len(site.bottoms) < 2:
            message = "use_blob_size takes the size from a second bottom, and there is none"
            raise Refusal(InvalidValue, message, fields=("use_blob_size",))
        if given and not self.use_blob_size:
            message = f"Interp has a second bottom, whose size it takes, and {given[0]}"
            raise Refusal(InvalidValue, message, fields=(given[0],), bottoms={1: ""}, help="remove one of them")
        if len(site.bottoms[1]) != 4:
            message = f"Interp takes its size from a second bottom N×C×H×W, not {show(site.bottoms[1])}"
            raise Refusal(BadDimensions, message, bottoms={1: ""}, label=axes(len(site.bottoms[1])))
        return site.bottoms[1][2:]

    def _scaled(self, site: CallSite, axis: int) -> Dim:
        size = site.bottoms[0][axis]
        left = size + self.pad_beg + self.pad_end
        if left < 1:
            raise empty(
                "Interp",
                axis,
                f"{size} − {-self.pad_beg} − {-self.pad_end}",
                left,
                "pad_beg" if self.pad_beg else "pad_end",
                "crops everything",
                "crop less, or use a larger input",
            )
        shrink, zoom = self.has("shrink_factor"), self.has("zoom_factor")
        if shrink != zoom:
            return (left - 1) // self.shrink_factor + 1 if shrink else left + (left - 1) * (self.zoom_factor - 1)
        if self.has("height") and self.has("width"):
            field, output = (("height", self.height), ("width", self.width))[axis - 2]
            if output < 1:
                raise Refusal(InvalidValue, f"{field} must be greater than 0, is {output}", fields=(field,))
            return output
        if shrink:
            shrunk = (left - 1) // self.shrink_factor + 1
            return shrunk + (shrunk - 1) * (self.zoom_factor - 1)
        if self.has("full_zoom_factor"):
            return left * self.full_zoom_factor
        raise Refusal(
            MissingField,
            "Interp has no size",
            fields=("height", "width"),
            help="give height and width, or zoom_factor, or shrink_factor",
        )

    def symbolic(self, site: CallSite, x: Array) -> Array:
        for axis in self.space() if self.pad_beg or self.pad_end else ():
            x = cut(x, axis, -self.pad_beg, x.shape[axis] + self.pad_end)
        return interpolated(x, self.space(), self.output(site), Coinciding.CORNERS)

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        left = size + self.pad_beg + self.pad_end
        return Sampling(-self.pad_beg, left, output, Fraction(left - 1, output - 1) if output > 1 else Fraction(0))


class NearestUpsample(Resize):
    """y[…, i, j] = x[…, i / scale, j / scale], rounded down: every element becomes a square.

    Shape: N×C×H×W to N×C×(H·scale)×(W·scale).
    Source: upsample_layer.cpp of MobileNet-YOLO, and of other ports of YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "upsample_param"
    of_any_size: ClassVar = True

    scale: Positive = Field(default=1, description="how many times as high and wide it is")

    def symbolic(self, site: CallSite, x: Array) -> Array:
        return enlarge(x, (self.scale, self.scale))

    def method(self) -> Method:
        return Method.NEAREST

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        return tuple(size * self.scale for size in site.bottoms[0][2:])

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        return Sampling(0, size, output, Fraction(size, output))


class ResampleType(IntEnum):
    NEAREST = 1
    LINEAR = 2
    CUBIC = 3


class Resample(Resize):
    """An image of another size, from the elements around each place by NEAREST, LINEAR or CUBIC (Catmull-Rom).

    Column x of the output looks at x·fx + fy/2 − 1/2 of the input, where fx = W / W' and fy = H / H'; row y at
    y·fy + fx/2 − 1/2: that the halves are exchanged is the fork's. What lies beyond the input does not count, and the
    rest counts more for it. A smaller output is smoothed first, unless antialias is false.
    Shape: N×C×H×W to N×C×H'×W', from height and width, or H·factor rounded down, or the second bottom.
    Source: resample_layer.cpp and resample_layer.cu of FlowNet 2.0, which knows no gradient.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "resample_param"
    bottoms: ClassVar = Count(1, 2)

    antialias: bool = Field(default=True, description="whether to smooth before elements are left out")
    width: UInt = Field(default=0, description="the output's width, with height")
    height: UInt = Field(default=0, description="the output's height, with width")
    type: ResampleType = Field(default=ResampleType.LINEAR, description="NEAREST, LINEAR or CUBIC")
    factor: float = Field(
        default=1.0, gt=0, allow_inf_nan=False, description="how many times as high and wide the output is"
    )

    def method(self) -> Method:
        return Method(self.type)

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        image = site.bottoms[0]
        if len(site.bottoms) > 1:
            if len(site.bottoms[1]) != 4:
                raise Refusal(
                    BadDimensions,
                    f"Resample takes its size from N×C×H×W, not from {show(site.bottoms[1])}",
                    bottoms={1: ""},
                )
            return site.bottoms[1][2], site.bottoms[1][3]
        if self.height and self.width:
            return self.height, self.width
        if not self.has("factor"):
            raise Refusal(
                MissingField,
                "Resample has no size",
                fields=("factor", "height", "width"),
                help="give height and width, or factor, or a second bottom of the size",
            )
        return tuple(times(size, self.factor) for size in image[2:])

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        scale = Fraction(size, output)
        if self.type is ResampleType.NEAREST:
            return Sampling(0, size, output, scale, other / 2)
        smooth = self.antialias and max(scale, other) > 1
        return Sampling(0, size, output, scale, (other - 1) / 2, 1 / scale if smooth else Fraction(1))


class SegNetUpsample(Layer):
    """The inverse of MAX pooling: y is 0 but for y[…, mask[i]] = x[i], the second bottom being the mask of a Pooling.

    Where a place is named twice in a plane, the last element that names it is there.
    Shape: N×C×H×W to N×C×upsample_h×upsample_w, or where those are not given to N×C×(H·scale − pad_out_h)×
    (W·scale − pad_out_w), in which scale_h and scale_w may take the place of scale, and a pad_out counts as 1.
    With upsample_h the fork aborts in its backward pass; here there is a gradient as without.
    Source: upsample_layer.cpp of caffe-segnet.
    """

    edition: ClassVar = "segnet"
    message: ClassVar = "upsample_param"
    bottoms: ClassVar = Count(2, 2)
    garbled: ClassVar = "the top is filled with 0 first"

    scale: UInt = Field(default=2, description="how many times as high and wide it is")
    scale_h: UInt | None = Field(default=None, description="how many times as high it is, with scale_w")
    scale_w: UInt | None = Field(default=None, description="how many times as wide it is, with scale_h")
    pad_out_h: bool = Field(default=False, description="one row less, for an odd height that pooling has rounded up")
    pad_out_w: bool = Field(default=False, description="one column less, likewise")
    upsample_h: UInt = Field(default=32, description="the output's height, with upsample_w")
    upsample_w: UInt = Field(default=32, description="the output's width, with upsample_h")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape, mask = site.bottoms
        for i, bottom in enumerate(site.bottoms):
            if len(bottom) != 4:
                raise Refusal(
                    BadDimensions,
                    f"Upsample takes N×C×H×W and a mask of that shape; {show(bottom)} has {axes(len(bottom))}",
                    bottoms={i: ""},
                )
        expect_equal(
            f"the mask of Upsample, {show(mask)}, needs the shape of what it places, {show(shape)}", site.bottoms, 1
        )
        return ((*shape[:2], *self._size(shape[2:])),)

    def _size(self, size: Shape) -> tuple[Dim, Dim]:
        if self.has("upsample_h") and self.has("upsample_w"):
            if min(self.upsample_h, self.upsample_w) < 2:
                raise Refusal(
                    InvalidValue,
                    f"upsample_h and upsample_w must be greater than 1: {self.upsample_h}×{self.upsample_w}",
                    fields=("upsample_h", "upsample_w"),
                )
            return self.upsample_h, self.upsample_w
        lone = [name for name in ("scale_h", "scale_w") if self.has(name)]
        if lone and (self.has("scale") or len(lone) == 1):
            raise Refusal(
                InvalidValue,
                f"{lone[0]} is given {'beside scale' if self.has('scale') else 'alone'}",
                fields=(lone[0], "scale"),
                help="give scale, or both scale_h and scale_w, or better upsample_h and upsample_w",
            )
        sizes: list[Dim] = []
        for axis, scale, less in (("h", self.scale_h, self.pad_out_h), ("w", self.scale_w, self.pad_out_w)):
            scale = self.scale if scale is None else scale
            if scale < 2 or (less and scale != 2):
                rule = "must be greater than 1" if scale < 2 else f"has to be 2 beside pad_out_{axis}"
                raise Refusal(
                    InvalidValue,
                    f"the scale {rule}, is {scale}",
                    fields=(f"scale_{axis}", "scale", f"pad_out_{axis}"),
                    help="give upsample_h and upsample_w, which name the size itself",
                )
            sizes.append(size["hw".index(axis)] * scale - less)
        return sizes[0], sizes[1]

    def indices(self, site: CallSite) -> dict[int, Dim]:
        return {1: product(self._size(site.bottoms[0][2:]))}

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST


def times(size: Dim, factor: float) -> Dim:
    """A multiple of a size, rounded down."""
    ratio = Fraction(factor)
    return size * ratio.numerator // ratio.denominator
