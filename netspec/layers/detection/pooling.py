"""Pooling as ports of YOLO have it, and other forks from before Caffe's round_mode."""

from typing import Any, ClassVar

from netspec.layers.base import Field, Layer
from netspec.layers.caffe.pooling import Pooling, PoolMethod, RoundMode
from netspec.layers.extensions import shown


class CeilPooling(Pooling):
    """Another name of round_mode."""

    edition: ClassVar = "several"

    ceil_mode: bool = Field(default=True, description="false is round_mode FLOOR")

    @property
    def rounding(self) -> RoundMode:
        return super().rounding if self.ceil_mode else RoundMode.FLOOR


def to_the_end(layer: Layer) -> tuple[Layer, str] | None:
    """Dense windows of two elements begin in the last row and column, too: with an element more behind either axis.

    Source: pooling_layer.cpp of ChenYingpeng/caffe-yolov3.
    """
    if not isinstance(layer, Pooling) or layer.pool is not PoolMethod.MAX or layer.global_pooling:
        return None
    kernel = {*layer.kernel_size, layer.kernel_h, layer.kernel_w} - {None}
    steps = {*layer.stride, layer.stride_h, layer.stride_w} - {None}
    added = {*layer.pad, layer.pad_h, layer.pad_w} - {None}
    sided = any(layer.has(name) for name in ("pad_type", "pad_l", "pad_r", "pad_t", "pad_b"))
    if kernel != {2} or not steps <= {1} or not added <= {0} or sided:
        return None
    kept = {name: getattr(layer, name) for name in layer.model_fields_set - {"pad", "pad_h", "pad_w"}}
    fields: dict[str, Any] = {**kept, "pad_r": 1, "pad_b": 1}
    words = "with windows that begin in the last row and column, as darknet's do"
    return shown(layer.base_type(), fields).model_construct({*fields}, **fields), words
