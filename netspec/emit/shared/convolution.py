"""Which types are convolutions for a backend, which writes these three by hand."""

from __future__ import annotations

from netspec.emit.code import Code
from netspec.emit.place import Emitter, Place
from netspec.layers.base import Layer
from netspec.layers.caffe.convolution import Convolution, Deconvolution, Im2col
from netspec.layers.tensors.convolution import ConvolutionDepthwise, DepthwiseConvolution
from netspec.layers.video.convolution import Convolution3D, Deconvolution3D, NdConvolution


def emitters(convolution: Emitter, deconvolution: Emitter, im2col: Emitter) -> dict[type[Layer], Emitter]:
    def depthwise(layer: ConvolutionDepthwise, place: Place) -> Code | tuple[Code, ...]:
        return convolution(layer.plain(place.site), place)

    return {
        Convolution: convolution,
        NdConvolution: convolution,
        Convolution3D: convolution,
        Deconvolution3D: deconvolution,
        DepthwiseConvolution: convolution,
        ConvolutionDepthwise: depthwise,
        Deconvolution: deconvolution,
        Im2col: im2col,
    }
