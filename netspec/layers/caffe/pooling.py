"""Pooling: the largest or the mean element of every window, on any number of spatial axes; and pyramids of it."""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, LayoutPreference, Phase, Positive, Refusal, Stochastic
from netspec.layers.fit import axes
from netspec.layers.message import Engine
from netspec.layers.overwriting import SCATTERED
from netspec.layers.rewriting import Composite, Step, Unfolded
from netspec.layers.window import Sliding, Windows, empty
from netspec.problems.fields import BlobCount, InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Dim, Shape, integers, known, product, show


class PoolMethod(IntEnum):
    MAX = 0
    AVE = 1
    STOCHASTIC = 2


class RoundMode(IntEnum):
    CEIL = 0
    FLOOR = 1


class Pooling(Stochastic, Sliding):
    """y = the largest (MAX) or the mean (AVE) element of every window, or in TRAIN one drawn from it (STOCHASTIC).

    Shape: N×C×S… to N×C×S'…, with S' = ceil((S + 2·pad − kernel) / stride) + 1, or floor for round_mode FLOOR. If any
    axis is padded, a last window that would begin beyond S + pad is left out. A second top of the same shape holds the
    index of each maximum in its plane of the input, as a float.
    MAX never sees the padding. AVE counts it in the divisor, but not what a last window has beyond S + pad.
    STOCHASTIC draws an element with a probability proportional to it; in TEST y = Σ x² / Σ x.
    Source: Caffe's pooling_layer.cpp; more or fewer than two spatial axes follow the same rule.
    """

    message: ClassVar = "pooling_param"
    garbled: ClassVar = "the top is filled with the lowest number, or with 0, before its windows are read"
    tops: ClassVar = Count(1, 2)
    ignored: ClassVar = {"engine": Engine}
    clips: ClassVar[bool] = True  # whether padding makes it leave out a last window that begins beyond S + pad

    pool: PoolMethod = Field(default=PoolMethod.MAX, description="MAX, AVE or STOCHASTIC")
    global_pooling: bool = Field(
        default=False, description="one window over everything; no kernel, pad or stride is given then"
    )
    round_mode: RoundMode = Field(default=RoundMode.CEIL, description="how the number of windows is rounded")

    @property
    def rounding(self) -> RoundMode:
        """How the number of windows is rounded, all fields taken together."""
        return self.round_mode

    def overwritten(self, site: CallSite) -> str:
        filled = {PoolMethod.MAX: "the lowest number", PoolMethod.AVE: "0"}.get(self.pool)
        return f"the top is filled with {filled} before its windows are read" if filled else SCATTERED

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if site.tops > 1 and self.pool is not PoolMethod.MAX:
            raise Refusal(
                BlobCount,
                f"{self.pool.name} pooling has one top; a second one, for indices, belongs to MAX",
                fields=("pool",),
                help="remove the second top",
            )
        shape = site.bottoms[0]
        return ((*shape[:2], *self.geometry(site).output),) * site.tops

    def geometry(self, site: CallSite) -> Windows:
        """The windows at a site. Raises Refusal."""
        shape = site.bottoms[0]
        if len(shape) < 3:
            raise Refusal(
                BadDimensions,
                f"Pooling takes N×C and spatial axes; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to N×C×H×W with a Reshape",
            )
        space = shape[2:]
        stride = self.over_axes("stride", 1, len(space))
        if self.global_pooling:
            pad = self.over_axes("pad", 0, len(space))
            self._check_global(stride, pad)
            return Windows(space, space, stride, pad, (1,) * len(space))
        kernel = self.over_axes("kernel_size", None, len(space))
        pad, end = self.ends(space, kernel, stride, lone=False)
        self._check_pad(pad, kernel)
        mode = self.rounding
        output = pooled(space, kernel, stride, pad, mode, end, self.clips)
        for i, size in enumerate(output):
            if size < 1:
                word = "ceil" if mode is RoundMode.CEIL else "floor"
                added = f"2·{pad[i]}" if pad[i] == end[i] else f"{pad[i]} + {end[i]}"
                raise empty(
                    "Pooling",
                    2 + i,
                    f"{word}(({space[i]} + {added} − {kernel[i]}) / {stride[i]}) + 1",
                    size,
                    self.kernel_field(i),
                    f"spans {kernel[i]} of {space[i] + pad[i] + end[i]}",
                    "use a smaller kernel, more padding, or a larger input; global_pooling takes any size",
                )
        at = Windows(space, kernel, stride, pad, output, None if end == pad else end)
        return at if known(space) else at._replace(room=room(at, mode, self.clips))

    def random(self, site: CallSite) -> bool:
        return self.pool is PoolMethod.STOCHASTIC and site.phase is Phase.TRAIN

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST

    def _check_global(self, stride: tuple[int, ...], pad: tuple[int, ...]) -> None:
        """That nothing contradicts a single window. Raises Refusal."""
        for names, values, only in (
            (("kernel_size", "kernel_h", "kernel_w"), (), 0),
            (("stride", "stride_h", "stride_w"), stride, 1),
            (("pad", "pad_h", "pad_w"), pad, 0),
        ):
            given = tuple(name for name in names if self.has(name))
            if given and (not values or any(value != only for value in values)):
                raise Refusal(
                    InvalidValue,
                    f"{given[0]} is given beside global_pooling, whose one window is the whole input",
                    fields=(*given, "global_pooling"),
                    help=f"remove {given[0]}, or global_pooling",
                )

    def _check_pad(self, pad: tuple[int, ...], kernel: tuple[int, ...]) -> None:
        fields = tuple(name for name in ("pad", "pad_h", "pad_w") if self.has(name))
        if any(pad) and self.pool is PoolMethod.STOCHASTIC:
            raise Refusal(
                InvalidValue,
                f"STOCHASTIC pooling cannot pad: pad is {show(pad)}",
                fields=fields,
                help="remove pad, or use MAX or AVE",
            )
        for p, k in zip(pad, kernel, strict=True):
            if any(pad) and p >= k:
                raise Refusal(
                    InvalidValue,
                    f"pad {p} is not less than the kernel, {k}: the first window would see nothing but padding",
                    fields=fields,
                    help=f"use a pad of at most {k - 1}",
                )


class SPP(Composite, Stochastic):
    """Spatial pyramid pooling: level i pools into 2^i × 2^i bins; all bins of all levels stand in one row an item.

    On each axis a level has kernel = stride = ceil(S / 2^i) and pad = (kernel·2^i − S + 1) / 2, rounded down, and
    follows the rule of Pooling. Bins come level by level, within a level channel by channel.
    Shape: N×C×H×W to N×(C·(4^pyramid_height − 1) / 3), but to N×C×1×1 for a single level.
    Source: Caffe's spp_layer.cpp.
    """

    message: ClassVar = "spp_param"
    ignored: ClassVar = {"engine": Engine}
    garbled: ClassVar = Pooling.garbled

    pyramid_height: Positive = Field(description="how many levels there are")
    pool: PoolMethod = Field(default=PoolMethod.MAX, description="MAX, AVE or STOCHASTIC")

    def overwritten(self, site: CallSite) -> str:
        return self.garbled if self.pyramid_height == 1 else ""  # several levels have blobs of their own

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        if len(shape) != 4:
            raise Refusal(
                BadDimensions,
                f"SPP takes N×C×H×W; its input {show(shape)} has {axes(len(shape))}",
                bottoms={0: ""},
                help="bring the input to four axes with a Reshape",
            )
        levels = self.levels(site)
        if self.pyramid_height == 1:
            return ((*shape[:2], 1, 1),)
        bins: Dim = 0
        for level in levels or ():
            bins = bins + product(level.output)
        return ((shape[0], shape[1] * bins if levels else UNKNOWN),)

    def levels(self, site: CallSite) -> tuple[Windows, ...] | None:
        """The windows of each level; None where height or width is not known. Raises Refusal."""
        space = site.bottoms[0][2:]
        known = tuple(size for size in space if isinstance(size, int))
        if len(known) < len(space):
            return None
        return tuple(self._level(i, known) for i in range(self.pyramid_height))

    def random(self, site: CallSite) -> bool:
        return self.pool is PoolMethod.STOCHASTIC and site.phase is Phase.TRAIN

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded:
        """A Pooling and a Flatten for each level, and a Concat; for a single level the Pooling alone."""
        from netspec.layers.caffe.merge import Concat  # which only compiling asks for
        from netspec.layers.caffe.shape import Flatten

        (shape,), levels = site.bottoms, self.levels(site)
        if levels is None:  # sizes with names, for which a single level alone has a shape
            return Unfolded((Step(Pooling(pool=self.pool, global_pooling=True), (0,), tops, "level0"),))
        steps: list[Step] = []
        for i, at in enumerate(levels):
            bins = (*shape[:2], *at.output)
            pool = Pooling(pool=self.pool, kernel_size=integers(at.kernel) or (), stride=at.stride, pad=at.pad)
            steps.append(Step(pool, (0,), (bins,), f"level{i}"))
            if len(levels) > 1:
                row = (shape[0], product(bins[1:]))
                steps.append(Step(Flatten(axis=1, end_axis=-1), (len(steps),), (row,), f"row{i}"))
        if len(levels) > 1:
            rows = range(2, len(steps) + 1, 2)
            steps.append(Step(Concat(axis=1, concat_dim=None), tuple(rows), tops))
        return Unfolded(tuple(steps))

    def _level(self, i: int, space: tuple[int, ...]) -> Windows:
        bins = 2**i
        kernel = tuple(-(-size // bins) for size in space)
        pad = tuple((k * bins - size + 1) // 2 for k, size in zip(kernel, space, strict=True))
        for k, p, size in zip(kernel, pad, space, strict=True):
            if p >= k:
                raise Refusal(
                    BadDimensions,
                    f"level {i} of the pyramid has {bins} bins, too many for a size of {size}: its kernel would be "
                    f"ceil({size} / {bins}) = {k}, and its pad ({k}·{bins} − {size} + 1) / 2 = {p} has to be less",
                    fields=("pyramid_height",),
                    bottoms={0: ""},
                    help=f"use a pyramid_height of at most {i}, or a larger input",
                )
        if any(pad) and self.pool is PoolMethod.STOCHASTIC:
            raise Refusal(
                InvalidValue,
                f"STOCHASTIC pooling cannot pad, as level {i} would: {show(space)} into {bins}×{bins} bins",
                fields=("pool",),
                bottoms={0: ""},
                help="use MAX or AVE",
            )
        return Windows(space, kernel, kernel, pad, pooled(space, kernel, kernel, pad, RoundMode.CEIL))


def pooled(
    space: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    mode: RoundMode,
    end: tuple[int, ...] | None = None,
    clips: bool = True,
) -> tuple[Dim, ...]:
    """How many windows there are on each axis; less than 1 where the kernel is too large. `end`: the padding behind,
    where that is not `pad`. clips: as `Pooling.clips`."""
    sizes: list[Dim] = []
    for n, k, s, p, e in zip(space, kernel, stride, pad, end or pad, strict=True):
        offset, less = window_offset(k, s, p, e, mode, clips and any(pad + (end or ())))
        sizes.append((n + offset) // s + 1 - less)
    return tuple(sizes)


def room(at: Windows, mode: RoundMode, clips: bool) -> tuple[int, ...]:
    """What may follow the input on each axis for there to be exactly the windows of a mode, whatever the size is.

    Where algebra shows that the last window always ends in the same place, as for 16·h at stride 2, that is the padding
    itself, or else no more than the window needs.
    """
    rooms: list[int] = []
    padded = clips and any(at.pad + at.behind)
    axes = zip(at.size, integers(at.kernel) or (), at.stride, at.pad, at.behind, at.output, strict=True)
    for n, k, s, p, e, o in axes:
        needed = (o - 1) * s + (k - p) - n
        if isinstance(needed, int):
            rooms.append(e if needed <= e < needed + s else max(0, needed))
        else:
            offset, less = window_offset(k, s, p, e, mode, padded)
            rooms.append(offset - less * s + k - p)
    return tuple(rooms)


def window_offset(kernel: int, stride: int, pad: int, end: int, mode: RoundMode, padded: bool) -> tuple[int, int]:
    """Such `offset` and `less` that (size + offset) // stride + 1 − less is the number of windows, whatever the size.

    Caffe rounds (size + pad + end − kernel) / stride, adds 1, and leaves out the last window if it would begin at
    size + pad or beyond. Padding on one axis is enough for it to look at every axis (`padded`). Whether the last one
    begins there depends on the size only if `beyond` is less than the stride; then those are left that begin before:
    ceil((size + pad) / stride).
    """
    slack = stride - 1 if mode is RoundMode.CEIL else 0
    beyond = end - kernel + slack  # how far behind size + pad the last window may begin
    if padded and 0 <= beyond < stride - 1:
        return pad - 1, 0
    return pad + beyond, int(padded and beyond >= stride - 1)
