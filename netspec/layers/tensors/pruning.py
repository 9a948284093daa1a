"""The Filter of channel pruning, which lets some channels through."""

from typing import ClassVar

from netspec.arrays import Array, DType, cast, cut, descending, gather, not_equal, transpose
from netspec.layers import retyped
from netspec.layers.base import ANY_NUMBER, ONE, Blob, CallSite, Field, Formula, Layer, Message, Positive, Refusal
from netspec.layers.caffe.merge import Filter
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import show


class FilterParameter(Message):
    """The fields of the Filter of yihui-he's channel pruning."""

    num_output: Positive = Field(description="how many channels are let through: as many as selectors that are not 0")
    axis: int = Field(1, description="the axis of the channels; the fork computes with 1 alone")


class ChannelFilter(FilterParameter, Formula):
    """Filter with `filter_param`: the channels whose number in the selector is not 0, in their order.

    There are num_output of them; the fork stops at another number, and here the first ones are taken, and where there
    are not enough, the first of the others. A top for each bottom.
    Shape: N×C×H×W to N×num_output×H×W. Blob: the selector, C, which has no gradient.
    Source: filter_layer.cpp and filter_layer.cu of ethanhe42/caffe-pro, on which yihui-he's channel pruning runs; it
    has no meaning for CPUs.
    """

    edition: ClassVar = "pruning"
    message: ClassVar = "filter_param"
    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER
    same_count: ClassVar = True
    in_place: ClassVar = False

    def called(self) -> str:
        return "Filter"

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        return (Blob("selector", (site.bottoms[0][1],), ONE, learnable=False),)

    def trace(self, site: CallSite) -> tuple[Array, ...]:
        if self.axis != 1:
            message = f"Filter with filter_param selects channels, on axis 1, not on axis {self.axis}"
            raise Refusal(InvalidValue, message, fields=("axis",), help="remove axis")
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"Filter with filter_param takes N×C×H×W; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
            channels = site.bottoms[0][1]
            expect_size(f"Filter needs as many channels in bottom {i} as in its first", channels, shape[1], (0, i))
        if self.num_output > site.bottoms[0][1]:
            raise Refusal(
                OutOfBounds,
                f"num_output {self.num_output} is more than the {site.bottoms[0][1]} channels there are",
                fields=("num_output",),
                bottoms={0: ""},
            )
        return super().trace(site)

    def formula(self, *arrays: Array) -> tuple[Array, ...]:
        *xs, selector = arrays
        order = descending(cast(not_equal(selector, 0), DType.FLOAT), 0).named("order")
        chosen = cut(order, 0, 0, self.num_output).named("chosen")
        return tuple(transpose(gather(transpose(x, (1, 0, 2, 3)), chosen), (1, 0, 2, 3)) for x in xs)


class PruningFilter(Filter):
    """The message by which a Filter is that of channel pruning."""

    edition: ClassVar = "pruning"

    filter_param: FilterParameter | None = Field(None, description="channel pruning: the layer is its")

    def canonical(self) -> Layer:
        return super().canonical() if self.filter_param is None else retyped(self.filter_param, "ChannelFilter")
