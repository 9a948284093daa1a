"""Means as Synopsys' fork has them. Source: pooling_layer.cpp of Synopsys' caffe."""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import Field
from netspec.layers.caffe.pooling import Pooling, PoolMethod


class InsideMethod(IntEnum):
    AVE_EXC_PAD = 3
    AVE_TF = 3


class InsidePooling(Pooling):
    """AVE_EXC_PAD, once AVE_TF: the mean of what a window has of the input, the padding not counted."""

    edition: ClassVar = "synopsys"

    pool: PoolMethod | InsideMethod = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
        default=PoolMethod.MAX, description="MAX, AVE, STOCHASTIC, or AVE_EXC_PAD"
    )
