"""How a window slides along spatial axes: what convolution and pooling have in common."""

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from netspec.layers.base import NO_SIZES, BlobShape, Field, Layer, Positive, Refusal, UInt
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, EmptyOutput
from netspec.shapes import Dim, Shape, show

Ends: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


class Sliding(Layer):
    """The fields that say how a window slides. Either form of them may be used, each for itself."""

    repeated_defaults: ClassVar[Mapping[str, tuple[float, ...]]] = {"kernel_size": (), "stride": (1,), "pad": (0,)}

    kernel_size: tuple[Positive, ...] = Field(
        default=(), description="the window: once for all spatial axes, or once for each"
    )
    stride: tuple[Positive, ...] = Field(default=(), description="the step of the window, likewise; 1 where not given")
    pad: tuple[UInt, ...] = Field(default=(), description="what is added at both ends, likewise; 0 where not given")
    kernel_h: Positive | None = Field(
        default=None, description="the window's height, for two spatial axes, with kernel_w"
    )
    kernel_w: Positive | None = Field(default=None, description="the window's width, with kernel_h")
    stride_h: Positive | None = Field(
        default=None, description="the vertical step, for two spatial axes, with stride_w"
    )
    stride_w: Positive | None = Field(default=None, description="the horizontal step, with stride_h")
    pad_h: UInt | None = Field(
        default=None, description="what is added above and below, for two spatial axes, with pad_w"
    )
    pad_w: UInt | None = Field(default=None, description="what is added left and right, with pad_h")

    def size_field(self, field: Literal["kernel_size", "stride", "pad"]) -> tuple[str, tuple[int, ...]]:
        """The repeated field of a size, and its values."""
        match field:
            case "kernel_size":
                return field, self.kernel_size
            case "stride":
                return field, self.stride
            case "pad":
                return field, self.pad

    def over_axes(
        self, field: Literal["kernel_size", "stride", "pad"], default: int | None, axes: int, lone: bool = False
    ) -> tuple[int, ...]:
        """A size for each spatial axis, from its repeated field or from its `_h` and `_w`. Raises Refusal.

        default: None where the size has to be given. lone: whether one of `_h` and `_w` may be absent, as 0.
        """
        match field:
            case "kernel_size":
                h, w, names = self.kernel_h, self.kernel_w, ("kernel_h", "kernel_w")
            case "stride":
                h, w, names = self.stride_h, self.stride_w, ("stride_h", "stride_w")
            case "pad":
                h, w, names = self.pad_h, self.pad_w, ("pad_h", "pad_w")
        called, values = self.size_field(field)
        if h is None and w is None:
            if default is None and not values and axes:
                raise Refusal(
                    MissingField,
                    f"{self.type_name()} has no {called}",
                    fields=(called,),
                    help=f"give {called} once for all spatial axes, or for each, or both {names[0]} and {names[1]}",
                )
            return spread(values, default or 0, axes, called)
        given = tuple(name for name, value in zip(names, (h, w), strict=True) if value is not None)
        if values:
            raise Refusal(
                InvalidValue,
                f"{called} and {given[0]} say the same thing twice",
                fields=(given[0], called),
                help=f"keep {called}, or both {names[0]} and {names[1]}",
            )
        if axes != 2:
            raise Refusal(
                BadDimensions,
                f"{given[0]} is for two spatial axes; the input has {spatial_axes(axes)}",
                fields=given,
                bottoms={0: ""},
                help=f"write {called} once for all spatial axes, or once for each, the first axis first",
            )
        if len(given) == 1 and not lone:
            other = names[1 - names.index(given[0])]
            raise Refusal(InvalidValue, f"{given[0]} is given without {other}", fields=given, help=f"add {other}")
        return h or 0, w or 0

    def ends(self, space: Shape, extent: tuple[int, ...], stride: tuple[int, ...], lone: bool) -> Ends:
        """What is added before and behind on each spatial axis. Raises Refusal."""
        pad = self.over_axes("pad", 0, len(space), lone)
        return pad, pad

    def kernel_field(self, i: int) -> str:
        """The field that gives the window's size on spatial axis i."""
        called, values = self.size_field("kernel_size")
        return called if values else ("kernel_h", "kernel_w")[i]


class Shaped(Sliding):
    """Sizes written as shapes, as forks for video have them."""

    kernel_shape: BlobShape = Field(default=NO_SIZES, description="the window: a `dim` for each spatial axis")
    stride_shape: BlobShape = Field(default=NO_SIZES, description="its step, likewise; 1 where not given")
    pad_shape: BlobShape = Field(default=NO_SIZES, description="what is added at both ends, likewise; 0 if not given")

    def size_field(self, field: Literal["kernel_size", "stride", "pad"]) -> tuple[str, tuple[int, ...]]:
        match field:
            case "kernel_size":
                name, shape, least = "kernel_shape", self.kernel_shape, 1
            case "stride":
                name, shape, least = "stride_shape", self.stride_shape, 1
            case "pad":
                name, shape, least = "pad_shape", self.pad_shape, 0
        if not shape.dim:
            return super().size_field(field)
        if min(shape.dim) < least:
            raise Refusal(
                InvalidValue, f"{name} must be at least {least}, is {show(shape.dim)}", fields=(f"{name}.dim",)
            )
        return name, shape.dim


def spread(values: tuple[int, ...], default: int, axes: int, field: str) -> tuple[int, ...]:
    """A repeated field over the spatial axes: one entry stands for all of them, none for the default.

    Raises Refusal unless there are 0, 1 or `axes` entries.
    """
    if len(values) <= 1:
        return (values or (default,)) * axes
    if len(values) != axes:
        raise Refusal(
            BadDimensions,
            f"{field} is given {len(values)} times; the input has {spatial_axes(axes)}",
            fields=(field,),
            bottoms={0: ""},
            help=f"give {field} once for all spatial axes, or once for each, the first axis first",
        )
    return values


class Geometry(NamedTuple):
    """A convolution's kernel. `axis` is that of the channels; the tuples have an entry for each spatial axis behind."""

    axis: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    dilation: tuple[int, ...]
    pad_end: tuple[int, ...] | None = None  # behind, where that is not `pad`

    @property
    def behind(self) -> tuple[int, ...]:
        """What is added behind on each axis."""
        return self.pad if self.pad_end is None else self.pad_end

    @property
    def extent(self) -> tuple[int, ...]:
        """What the dilated kernel spans."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def free(self, shape: Shape) -> tuple[Dim, ...]:
        """How far the kernel can move over an input of this shape; negative where it is larger."""
        sizes = zip(shape[self.axis + 1 :], self.pad, self.behind, self.extent, strict=True)
        return tuple(size + (pad + behind - extent) for size, pad, behind, extent in sizes)

    def overhang(self, shape: Shape) -> tuple[int, ...]:
        """How far a convolution's kernel reaches beyond the padding at the end of each axis, where it reads zeros.

        It is 0 but for a kernel larger than the padded input by less than the stride. Caffe accepts that one, because
        its division rounds towards zero.
        """
        return tuple(max(0, -free) if isinstance(free, int) else 0 for free in self.free(shape))

    def spell(self, i: int) -> str:
        """The extent on spatial axis i in arithmetic: `31`, or `(2·(16 − 1) + 1)`."""
        kernel, dilation = self.kernel[i], self.dilation[i]
        return str(kernel) if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"


class Windows(NamedTuple):
    """Where pooling looks. The tuples have an entry for each spatial axis, the first of which is axis 2.

    `size` is that of the input, `output` the number of windows, of which window i begins at i·stride − pad.
    """

    size: tuple[Dim, ...]
    kernel: tuple[Dim, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    output: tuple[Dim, ...]
    pad_end: tuple[int, ...] | None = None  # behind, where that is not `pad`
    room: tuple[int, ...] | None = None  # `end`, where it has to suit every size

    @property
    def behind(self) -> tuple[int, ...]:
        """What is added behind on each axis."""
        return self.pad if self.pad_end is None else self.pad_end

    @property
    def end(self) -> tuple[Dim, ...]:
        """What has to follow the input for the last window to be whole: more than `pad`, or less, but not below 0.

        With `pad` before the input and this after it there is room for exactly `output` windows.
        """
        if self.room is not None:
            return self.room
        axes = zip(self.size, self.kernel, self.stride, self.pad, self.output, strict=True)
        return tuple(_at_least_0((o - 1) * s + k - p - n) for n, k, s, p, o in axes)

    @property
    def outside(self) -> tuple[bool, ...]:
        """Whether the last window lies wholly beyond the input, as only a stride larger than the kernel allows.

        There MAX gives the lowest number of the precision, which is Caffe's −FLT_MAX in float32, and the index −1; AVE
        divides 0 by what `divisors` says.
        """
        if self.room is not None:  # whether it does for any size
            return tuple(not k > room for k, room in zip(self.kernel, self.room, strict=True))
        axes = zip(self.size, self.stride, self.pad, self.output, strict=True)
        return tuple((o - 1) * s - p >= n for n, s, p, o in axes)

    def divisors(self, i: int) -> tuple[int, ...] | None:
        """What AVE counts of each window on spatial axis i: padding within `pad` of the input, nothing beyond that.

        A window's divisor is the product over the axes. An entry is 0 or less for a window outside the input.
        None where a size is not known, unless the entries are the same whatever it is.
        """
        size, kernel, output = self.size[i], self.kernel[i], self.output[i]
        if self.room is not None and isinstance(kernel, int):
            return (kernel,) if self.room[i] <= self.behind[i] else None
        if not (isinstance(size, int) and isinstance(kernel, int) and isinstance(output, int)):
            return None
        begins = (j * self.stride[i] - self.pad[i] for j in range(output))
        return tuple(min(begin + kernel, size + self.behind[i]) - begin for begin in begins)


def truncated(a: Dim, b: int) -> Dim:
    """C's a / b, which rounds towards zero."""
    return -(-a // b) if a < 0 else a // b  # of a size with a name, a ≥ 0 is taken for granted


def empty(layer: str, axis: int, arithmetic: str, size: Dim, field: str, label: str, help: str) -> Refusal:
    """The refusal of an output that would have no elements."""
    result = str(size).replace("-", "−")
    return Refusal(
        EmptyOutput,
        f"the output of {layer} would have size {result} on axis {axis}: {arithmetic} = {result}",
        fields=(field,),
        bottoms={0: ""},
        label=label,
        help=help,
    )


def spatial_axes(n: int) -> str:
    """`1 spatial axis`, `no spatial axes`."""
    return f"{n or 'no'} spatial {'axis' if n == 1 else 'axes'}"


def _at_least_0(size: Dim) -> Dim:
    return 0 if size < 0 else size
