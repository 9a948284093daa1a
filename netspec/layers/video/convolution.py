"""Convolution with a window written as a shape."""

from __future__ import annotations

from netspec.layers.caffe.convolution import Convolution
from netspec.layers.window import Shaped


class NdConvolution(Shaped, Convolution):
    """Convolution, whose kernel, stride and pad are written as shapes: kernel_shape { dim: 3 dim: 3 dim: 3 }.

    Shape: as of Convolution; the first `dim` is for the first spatial axis.
    Blobs: weight (num_output, C/group, kernel…), bias (num_output).
    Source: ndconv_layer.cpp of video-caffe and of temporal segment networks.
    """
