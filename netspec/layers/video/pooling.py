"""Pooling with a window written as a shape."""

from __future__ import annotations

from netspec.layers.caffe.pooling import Pooling
from netspec.layers.window import Shaped


class NdPooling(Shaped, Pooling):
    """Pooling, whose kernel, stride and pad are written as shapes: kernel_shape { dim: 2 dim: 2 dim: 2 }.

    Shape: as of Pooling; the first `dim` is for the first spatial axis.
    Source: cudnn_ndpooling_layer.cpp of video-caffe and of temporal segment networks.
    """
