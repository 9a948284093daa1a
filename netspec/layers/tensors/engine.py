"""The layer of NVIDIA's fork that runs another net in TensorRT."""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Layer, UInt
from netspec.shapes import Shape


class TRTMode(IntEnum):
    FP32 = 0
    FP16 = 1
    INT8 = 2


class TRT(Layer):
    """What another net makes of an image, in TensorRT.

    Bottoms: the image, and its label, for a statistic. Shape: that of the other net's first output, for one image;
    unknown, as its file is not read. Its meaning is not there.
    Source: trt_layer.cpp of NVIDIA's caffe 0.17, for the shape.
    """

    edition: ClassVar = "nvidia"
    message: ClassVar = "trt_param"
    bottoms: ClassVar = Count(2, 2)
    unsupported: ClassVar = "it runs a net of another file in TensorRT; compile that net"

    trt_mode: TRTMode = Field(TRTMode.INT8, description="in which precision TensorRT computes")
    top_k: UInt = Field(1, description="among how many of the largest scores the label's has to be, for the statistic")
    deploy: str = Field(description="the file of the other net")
    model: str = Field(description="the file of its weights")
    deploy_outputs: tuple[str, ...] = Field((), description="its outputs")
    calibrator: str = Field("", description="INT8: a file that says how numbers are rounded")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        return (None,)
