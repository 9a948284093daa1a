"""Windows that are padded differently at the two ends of an axis.

Source: convolution and pooling layers of Synopsys' caffe.
"""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import Field, Refusal, UInt
from netspec.layers.caffe.pooling import Pooling, RoundMode
from netspec.layers.window import Ends, Sliding, spatial_axes
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, show


class PadType(IntEnum):
    """Padding as the fields say it, or what TensorFlow calls SAME."""

    GIVEN = 0
    SAME = 1


class Sided(Sliding):
    """Fields by which the two ends of an axis are padded differently."""

    edition: ClassVar = "synopsys"
    foldable: ClassVar = True

    pad_type: PadType = Field(
        default=PadType.GIVEN, description="1: pad for ceil(S / stride) windows, at the end by one more if it is odd"
    )
    pad_l: UInt = Field(default=0, description="what is added left, for two spatial axes, instead of pad")
    pad_r: UInt = Field(default=0, description="what is added right, likewise")
    pad_t: UInt = Field(default=0, description="what is added above, likewise")
    pad_b: UInt = Field(default=0, description="what is added below, likewise")

    def ends(self, space: Shape, extent: tuple[int, ...], stride: tuple[int, ...], lone: bool) -> Ends:
        """What is added before and behind on each spatial axis. Raises Refusal."""
        axes, sides = len(space), (self.pad_t, self.pad_l, self.pad_b, self.pad_r)
        if not any(sides) and self.pad_type is PadType.GIVEN:
            return super().ends(space, extent, stride, lone)
        self.over_axes("pad", 0, axes, lone)
        given = tuple(name for name in ("pad", "pad_h", "pad_w") if self.has(name))
        own = tuple(name for name in ("pad_type", "pad_l", "pad_r", "pad_t", "pad_b") if self.has(name))
        if given or (any(sides) and self.pad_type is PadType.SAME):
            raise Refusal(
                InvalidValue,
                f"{own[0]} and {given[0] if given else own[-1]} say the same thing twice",
                fields=(*own, *given),
                help="keep one of pad, pad_type, and pad_l, pad_r, pad_t and pad_b",
            )
        if self.pad_type is PadType.SAME:
            rows = [_same(*row) for row in zip(space, extent, stride, strict=True)]
            return tuple(before for before, _ in rows), tuple(behind for _, behind in rows)
        if axes != 2:
            raise Refusal(
                BadDimensions,
                f"{own[0]} is for two spatial axes; the input has {spatial_axes(axes)}",
                fields=own,
                bottoms={0: ""},
                help="write pad once for all spatial axes, or once for each, the first axis first",
            )
        return sides[:2], sides[2:]


def _same(size: Dim, extent: int, stride: int) -> tuple[int, int]:
    """What TensorFlow's SAME adds; nothing where the size is not known, and neither is the number of windows.

    Raises Refusal where it depends on a size that has a name.
    """
    if not isinstance(size, int):
        if stride > 1 and size.symbolic:
            raise Refusal(
                InvalidValue,
                f"pad_type 1 with a stride of {stride} pads by the size of the input, which has to be a number here, "
                f"not {size}",
                fields=("pad_type",),
                bottoms={0: ""},
                help="give numbers with --input, or write pad",
            )
        return ((extent - 1) // 2, extent // 2) if size.symbolic else (0, 0)
    total = max(0, (-(-size // stride) - 1) * stride + extent - size)
    return total // 2, total - total // 2


class EvenlySided(Sided):
    """The same fields where nothing but the same padding at both ends has a meaning."""

    edition: ClassVar = "synopsys"
    foldable: ClassVar = True

    def ends(self, space: Shape, extent: tuple[int, ...], stride: tuple[int, ...], lone: bool) -> Ends:
        pad, end = super().ends(space, extent, stride, lone)
        if pad != end:
            raise Refusal(
                InvalidValue,
                f"{self.type_name()} pads both ends of an axis alike, not by {show(pad)} and {show(end)}",
                fields=("pad_type", "pad_l", "pad_r", "pad_t", "pad_b"),
                help="give pad",
            )
        return pad, end


class SidedPooling(Sided, Pooling):
    """Pooling's; SAME says how many windows there are."""

    edition: ClassVar = "synopsys"

    @property
    def rounding(self) -> RoundMode:
        return RoundMode.FLOOR if self.pad_type is PadType.SAME else super().rounding
