"""Dropout as Fast R-CNN's fork has it, which scales in TEST. Source: dropout_layer.cpp of that fork."""

from typing import ClassVar

from netspec.layers.base import Field
from netspec.layers.caffe.activation import Dropout


class ScaledDropout(Dropout):
    """When the result is scaled."""

    edition: ClassVar = "fast-rcnn"
    foldable: ClassVar = True

    scale_train: bool = Field(
        default=True, description="false: all is multiplied by 1 − dropout_ratio, so that it is scaled in TEST"
    )

    @property
    def reduced(self) -> str:
        return "" if self.scale_train else "scale_train: false"
