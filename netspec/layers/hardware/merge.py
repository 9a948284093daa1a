"""How blobs are joined and split, in intel's fork. Source: concat_layer.cpp of intel/caffe."""

from typing import ClassVar

from netspec.arrays import Array, reshape, transpose
from netspec.layers.base import Field, Message, Refusal
from netspec.layers.caffe.merge import Concat, Eltwise, Split
from netspec.layers.fit import axes
from netspec.layers.message import Engine
from netspec.problems.shapes import BadDimensions
from netspec.shapes import product, show


class EltwiseEngine(Eltwise):
    """The implementation."""

    edition: ClassVar = "intel"
    ignored: ClassVar = {"engine": Engine}


class FlatConcat(Concat):
    """What comes before joining."""

    edition: ClassVar = "intel"
    ignored: ClassVar = {"engine": Engine}

    per_fla_fuse: bool = Field(
        default=False, description="bring each bottom from N×C×H×W to N×H×W×C, and flatten it, before joining"
    )

    def formula(self, *xs: Array) -> Array:
        flat = tuple(self._channels_last(x, i) for i, x in enumerate(xs)) if self.per_fla_fuse else xs
        return super().formula(*flat)

    def _channels_last(self, x: Array, i: int) -> Array:
        if x.rank != 4:
            raise Refusal(
                BadDimensions,
                f"per_fla_fuse takes bottoms of N×C×H×W; {show(x.shape)} has {axes(x.rank)}",
                fields=("per_fla_fuse",),
                bottoms={i: ""},
                help="remove per_fla_fuse where bottoms are flat already",
            )
        return reshape(transpose(x, (0, 2, 3, 1)), (x.shape[0], product(x.shape[1:])))


class SplitParameter(Message):
    """The implementation."""

    ignored: ClassVar = {"engine": Engine}


class SplitEngine(Split):
    """The message that Caffe's has not."""

    edition: ClassVar = "intel"
    foldable: ClassVar = True

    split_param: SplitParameter | None = Field(None, description="the implementation, which changes no result")
